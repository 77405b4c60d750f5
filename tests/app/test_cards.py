"""Pictures for shared links and for an installed shop: drawn once, the same from the same lines."""

import shutil
import struct
from pathlib import Path

import pytest

from app import cards, drawings


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A shop with the Rill alone."""
    folder = tmp_path / "static"
    for name in (
        "images/vehicles/rill-side.svg",
        "images/vehicles/wheel-aero.svg",
        "images/seal.svg",
        "images/ridges.svg",
        "images/characters/rill.svg",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(drawings.STATIC / name, folder / name)
    return folder


def size_of(png: bytes) -> tuple[int, ...]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_every_paint_gets_a_card_and_the_seal_becomes_icons(source: Path, tmp_path: Path) -> None:
    made = cards.generate(source, tmp_path / "kept")

    assert {name for name in made if name.startswith(cards.FOLDER)} == {
        cards.name("rill", paint) for paint in drawings.PAINTS
    }
    assert all(size_of(made[cards.name("rill", paint)]) == cards.SIZE for paint in drawings.PAINTS)
    assert len({made[cards.name("rill", paint)] for paint in drawings.PAINTS}) == len(drawings.PAINTS)
    for name, (width, _is_full) in cards.ICONS.items():
        assert size_of(made[name]) == (width, width)


def test_what_was_drawn_before_is_not_drawn_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cards.generate(source, tmp_path / "kept")
    monkeypatch.setattr(cards, "ProcessPoolExecutor", None)

    assert cards.generate(source, tmp_path / "kept") == before


def test_pictures_of_lines_that_are_gone_are_thrown_away(source: Path, tmp_path: Path) -> None:
    cards.generate(source, tmp_path / "kept")
    (source / "images/vehicles/rill-side.svg").unlink()

    made = cards.generate(source, tmp_path / "kept")

    assert set(made) == set(cards.ICONS)
    assert len(list((tmp_path / "kept").glob("*.png"))) == len(cards.ICONS)


def test_a_paint_that_we_do_not_have_falls_back_to_the_familys_own() -> None:
    assert cards.name("mere", "gold") == cards.name("mere", "tarn")
