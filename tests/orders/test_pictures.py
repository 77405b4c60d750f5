"""A photo is decoded and written anew, or refused in words that name the field."""

import io
import struct
import zlib

import pytest
from PIL import Image

from app.errors import Refusal
from orders import pictures
from orders.refusals import PhotoBroken, PhotoNeeded, PhotoTooLarge, PhotoTooManyPixels, PhotoWrongKind
from tests.orders.builders import a_photo


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_jpeg_of_bounded_size(kind: str) -> None:
    made = pictures.read(a_photo(2600, 1300, kind))

    assert opened(made.whole).format == opened(made.thumbnail).format == "JPEG"
    assert opened(made.whole).size == (made.width_px, made.height_px) == (2000, 1000)
    assert max(opened(made.thumbnail).size) == pictures.THUMBNAIL_PX


def test_what_the_camera_wrote_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Ada"
    exif[0x8825] = {1: "N", 2: (30.0, 15.0, 0.0)}

    made = pictures.read(a_photo(80, 40, "JPEG", exif=exif))

    assert (made.width_px, made.height_px) == (40, 80)
    assert not opened(made.whole).getexif()
    assert b"Camera of Ada" not in made.whole and b"Exif" not in made.whole


def test_what_is_seen_through_lies_on_white() -> None:
    made = pictures.read(a_photo(20, 20, "PNG", mode="RGBA"))

    pixel = opened(made.whole).convert("RGB").getpixel((10, 10))
    assert isinstance(pixel, tuple) and min(pixel) > 250


def a_png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 900))
        + chunk(b"IEND", b"")
    )


def a_gif() -> bytes:
    return a_photo(10, 10, "GIF")


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (b"", PhotoNeeded),
        (b"x" * (pictures.MOST_BYTES + 1), PhotoTooLarge),
        (b"hello", PhotoWrongKind),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", PhotoWrongKind),
        (b"%PDF-1.7", PhotoWrongKind),
        (a_gif(), PhotoWrongKind),
        (a_png_that_claims(12_000, 9_000), PhotoTooManyPixels),
        (a_png_that_claims(60_000, 60_000), PhotoTooManyPixels),
        (a_png_that_claims(900, 900), PhotoBroken),
        (a_photo(400, 400)[:-300], PhotoBroken),
    ],
)
def test_what_is_no_photo_is_refused_by_the_name_of_its_field(sent: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as told:
        pictures.read(sent)

    assert told.value.field == "photo" and told.value.text.startswith("Photo:")
