"""A photo as it is kept: really decoded, turned upright, made smaller and written anew, so that nothing else of the
file stays: no place, no camera, no second picture.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from orders.handover_records import LONGEST_EDGE_PX
from orders.refusals import PhotoBroken, PhotoNeeded, PhotoTooLarge, PhotoTooManyPixels, PhotoWrongKind

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 60_000_000
THUMBNAIL_PX = 360
FORMATS = ("JPEG", "PNG", "WEBP")
TYPE = "image/jpeg"
QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """JPEG, both."""

    whole: bytes
    thumbnail: bytes
    width_px: int
    height_px: int


def read(sent: bytes) -> Picture:
    """Raises PhotoNeeded, PhotoTooLarge, PhotoWrongKind, PhotoTooManyPixels and PhotoBroken."""
    if not sent:
        raise PhotoNeeded()
    if len(sent) > MOST_BYTES:
        raise PhotoTooLarge(mb=MOST_BYTES // 1024 // 1024)
    whole = _decoded(sent)
    thumbnail = whole.copy()
    thumbnail.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return Picture(_written(whole), _written(thumbnail), whole.width, whole.height)


def _decoded(sent: bytes) -> Image.Image:
    """The size is looked at before a pixel is unpacked: a small file may claim to be a huge picture."""
    try:
        opened = Image.open(io.BytesIO(sent), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise PhotoWrongKind() from None
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_many_pixels()
    try:
        opened.draft("RGB", (LONGEST_EDGE_PX, LONGEST_EDGE_PX))
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((LONGEST_EDGE_PX, LONGEST_EDGE_PX))
        return _on_white(upright)
    except (OSError, SyntaxError, ValueError, KeyError, EOFError, MemoryError):
        raise PhotoBroken() from None


def _too_many_pixels() -> PhotoTooManyPixels:
    return PhotoTooManyPixels(megapixels=MOST_PIXELS // 1_000_000)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture)
    fresh.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
