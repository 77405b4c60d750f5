"""Every car of the brand can be shown in every paint; other makes have no drawing and get none invented."""

import gzip
import re
from pathlib import Path

import pytest

from app import drawings

STATIC = drawings.STATIC


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("painted")
    drawings.generate(STATIC, folder)
    return folder


@pytest.mark.parametrize("model", drawings.MODELS)
def test_a_car_has_a_file_for_every_paint_and_set_of_wheels(painted: Path, model: str) -> None:
    for paint in drawings.PAINTS:
        for wheels in drawings.WHEELS:
            drawing = drawings.drawing(model, paint, wheels)

            assert drawing is not None
            assert (painted / drawing.file).is_file()


def test_a_painted_file_stands_alone(painted: Path) -> None:
    svg = (painted / "images/vehicles/mere-side-tarn-blade.svg").read_text()

    assert drawings.PAINTS["tarn"].colour in svg
    assert "var(" not in svg and "style=" not in svg
    assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", svg)) <= set(re.findall(r'id="([\w-]+)"', svg))


def test_a_painted_file_is_small_enough_for_a_phone(painted: Path) -> None:
    for path in painted.rglob("*-side-*.svg"):
        assert len(gzip.compress(path.read_bytes(), 9)) < 17_000, path.name


def test_a_make_without_a_drawing_gets_none() -> None:
    assert drawings.drawing("solterra", "tarn", "blade") is None
    assert drawings.drawing(None, None, None) is None


def test_a_view_that_was_never_drawn_falls_back_to_the_side() -> None:
    drawing = drawings.drawing("rill", "mist", "aero", "rear")

    assert drawing is not None
    assert drawing.view == "side"
    assert drawing.file.startswith("images/vehicles/rill-side-")


def test_the_large_car_carries_every_set_of_wheels_and_leaves_its_paint_open() -> None:
    inline = drawings.layers("mere", "front")

    assert "var(--paint)" in inline
    for wheels in drawings.WHEELS:
        assert f'id="wheel-{wheels}"' in inline
        assert f'href="#wheel-{wheels}"' in inline
