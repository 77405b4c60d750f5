"""Static files get names that change with their content, and pages find them by the names they were given."""

import gzip
import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from app import assets
from app.assets import AssetError, Manifest, build


@pytest.fixture(autouse=True)
def no_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_drawings", lambda source: {})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return a_source(tmp_path / "static", **{
        "css/order.txt": "tokens.css\ncar.css # the cars\n",
        "css/tokens.css": ":root { --ink: #17232b; }",
        "css/car.css": '.car { background: url("../images/car.svg#side"), url(data:image/png;base64,AA==); }',
        "images/car.svg": "<svg>" + "<path/>" * 50 + "</svg>",
    })  # fmt: skip


def a_source(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_stylesheets_become_one_in_the_order_listed_with_hashed_references(
    source: Path, tmp_path: Path
) -> None:
    manifest = build(source, tmp_path / "out")

    stylesheet = (tmp_path / "out" / manifest.names["css/site.css"]).read_text()
    assert stylesheet.index("--ink") < stylesheet.index(".car")
    assert re.search(r'url\("\.\./images/car\.[0-9a-f]{8}\.svg#side"\)', stylesheet)
    assert "url(data:image/png;base64,AA==)" in stylesheet
    assert "css/car.css" not in manifest.names


def test_a_changed_file_changes_its_own_name_and_that_of_the_stylesheet_that_shows_it(
    source: Path, tmp_path: Path
) -> None:
    before = build(source, tmp_path / "out").names

    (source / "images/car.svg").write_text("<svg/>")
    after = build(source, tmp_path / "out").names

    assert {name for name in after if after[name] != before[name]} == {"images/car.svg", "css/site.css"}


def test_old_names_stay_for_one_more_build(source: Path, tmp_path: Path) -> None:
    first = build(source, tmp_path / "out").names["images/car.svg"]

    (source / "images/car.svg").write_text("<svg/>")
    build(source, tmp_path / "out")
    stays = first in names_in(tmp_path / "out")
    build(source, tmp_path / "out")

    assert stays
    assert not {name for name in names_in(tmp_path / "out") if name.startswith(first)}


def test_two_builds_of_the_same_source_are_equal_byte_for_byte(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "one")
    build(source, tmp_path / "two")

    assert names_in(tmp_path / "one") == names_in(tmp_path / "two")
    for name in names_in(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_packed_forms_unpack_to_the_file_and_fonts_have_none(source: Path, tmp_path: Path) -> None:
    names = build(source, tmp_path / "out").names
    drawing = tmp_path / "out" / names["images/car.svg"]

    assert gzip.decompress(drawing.with_name(drawing.name + ".gz").read_bytes()) == drawing.read_bytes()
    assert brotli.decompress(drawing.with_name(drawing.name + ".br").read_bytes()) == drawing.read_bytes()
    assert f"{names['fonts/inter.woff2']}.gz" not in names_in(tmp_path / "out")


def test_the_manifest_gives_addresses_and_names_what_it_does_not_know(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path / "out")

    manifest = Manifest.load(tmp_path / "out")

    assert manifest == built
    assert re.fullmatch(r"/static/css/site\.[0-9a-f]{8}\.css", manifest.url("css/site.css"))
    with pytest.raises(KeyError, match=r"No static file is called 'css/sight\.css'"):
        manifest.url("css/sight.css")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("css/order.txt", "tokens.css", "static/css/car.css is not in static/css/order.txt"),
        ("css/order.txt", "tokens.css\ncar.css\nvan.css", "names css/van.css, which does not exist"),
        (
            "css/car.css",
            "a { background: url(../images/van.svg) }",
            "no static file is called images/van.svg",
        ),
    ],
)
def test_a_mistake_in_the_source_stops_the_build_in_a_sentence(
    source: Path, tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    good = build(source, tmp_path / "out")

    a_source(source, **{name: text})
    with pytest.raises(AssetError, match=re.escape(complaint)):
        build(source, tmp_path / "out")

    assert Manifest.load(tmp_path / "out") == good


def test_the_products_own_files_build_within_the_font_budget(tmp_path: Path) -> None:
    files = assets._files_of_packages(assets.PACKAGES, tmp_path)

    assert sum(len(content) for name, content in files.items() if name.startswith("fonts/")) < 80_000
