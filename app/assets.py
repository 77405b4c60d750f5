"""Builds what browsers fetch: `static/` and named files of npm packages, under names that change with their content.

Every name in `build/static/` may be cached for ever; `manifest.json` says which one is current.
"""

import gzip
import hashlib
import importlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import brotli  # type: ignore[import-untyped]

from app import fonts

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "static"
TARGET = ROOT / "build" / "static"
PACKAGES = ROOT / "node_modules"

FROM_PACKAGES = {
    "js/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "fonts/mona-sans.woff2": "@fontsource-variable/mona-sans/files/mona-sans-latin-wdth-normal.woff2",
    "fonts/inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
FONTS = {"fonts/mona-sans.woff2": fonts.TEXT, "fonts/inter.woff2": fonts.FIGURES}
STYLESHEET = "css/site.css"
STYLESHEET_ORDER = "css/order.txt"
SCRIPT = "js/site.js"
SCRIPT_ORDER = "js/order.txt"
"""The scripts of every page, which go out as one; others are loaded by the pages that need them."""

_COMPRESSIBLE = {".css", ".js", ".json", ".svg", ".txt", ".webmanifest", ".xml"}
_URL = re.compile(r"""url\(\s*(?P<quote>["']?)(?P<name>[^"')]+)(?P=quote)\s*\)""")
_NOT_A_FILE = re.compile(r"(?:[a-z][a-z+.-]*:|#)")


class AssetError(RuntimeError):
    """A sentence for the person who builds."""


@dataclass(frozen=True)
class Manifest:
    names: Mapping[str, str]

    @classmethod
    def load(cls, target: Path = TARGET) -> "Manifest":
        try:
            return cls(json.loads((target / "manifest.json").read_text()))
        except FileNotFoundError:
            raise AssetError("The static files are not built yet: run python -m app.assets.") from None

    def url(self, logical: str) -> str:
        """`css/site.css` -> `/static/css/site.4f2a9c1b.css`. KeyError when nothing of that name was built."""
        try:
            return "/static/" + self.names[logical]
        except KeyError:
            raise KeyError(
                f"No static file is called {logical!r}. It is either not in static/ or newer than the last build "
                "(python -m app.assets)."
            ) from None


def build(source: Path = SOURCE, target: Path = TARGET, packages: Path = PACKAGES) -> Manifest:
    """Safe beside a running shop: old names stay for one more build, and the manifest is replaced at one stroke."""
    pictures = _pictures(source, target.parent / "cards")
    packaged = _files_of_packages(packages, target.parent / "fonts")
    logical_files = {**packaged, **_files_of(source), **_drawings(source), **pictures}
    stylesheets = _take_stylesheets(logical_files)
    if SCRIPT_ORDER in logical_files:
        logical_files[SCRIPT] = _take_scripts(logical_files)
    with ThreadPoolExecutor() as pool:
        published = pool.map(partial(_publish, target), logical_files, logical_files.values())
        names = dict(zip(logical_files, published, strict=True))
    names[STYLESHEET] = _publish(target, STYLESHEET, _rewrite_urls(stylesheets, names))
    previous = _previous_names(target)
    _write(target / "manifest.json", json.dumps(names, indent=1, sort_keys=True).encode() + b"\n")
    _prune(target, keep={*names.values(), *previous})
    return Manifest(names)


def _files_of_packages(packages: Path, kept: Path) -> dict[str, bytes]:
    missing = [name for name in FROM_PACKAGES.values() if not (packages / name).is_file()]
    if missing:
        raise AssetError(f"Not installed: {', '.join(missing)}. Run npm ci.")
    return {
        logical: _cut_font(packages / name, FONTS[logical], kept)
        if logical in FONTS
        else (packages / name).read_bytes()
        for logical, name in FROM_PACKAGES.items()
    }


def _cut_font(source: Path, wanted: fonts.Cut, kept: Path) -> bytes:
    """Cut once per font and cut; `kept` holds what was cut before."""
    known = kept / f"{hashlib.sha256(source.read_bytes() + repr(wanted).encode()).hexdigest()[:16]}.woff2"
    if not known.exists():
        _write(known, fonts.cut(source, wanted))
    return known.read_bytes()


def _files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def _drawings(source: Path) -> dict[str, bytes]:
    """Vehicle drawings and paint colours are made from data, not kept as files."""
    if importlib.util.find_spec("app.drawings") is None:
        return {}
    drawings = importlib.import_module("app.drawings")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made: Iterable[Path] = drawings.generate(source, folder)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in made}


def _pictures(source: Path, kept: Path) -> Mapping[str, bytes]:
    """Cards of shared links and icons, drawn once per content: `kept` holds what was drawn before."""
    if importlib.util.find_spec("app.cards") is None:
        return {}
    made: Mapping[str, bytes] = importlib.import_module("app.cards").generate(source, kept)
    return made


def _take_scripts(files: dict[str, bytes]) -> bytes:
    """Joins the scripts that the list names, each within a function of its own."""
    scripts = []
    for name in _listed(files, SCRIPT_ORDER):
        if name not in files:
            raise AssetError(f"static/{SCRIPT_ORDER} names {name}, which does not exist.")
        scripts.append("(() => {\n" + files.pop(name).decode().strip() + "\n})();\n")
    return "".join(scripts).encode()


def _listed(files: dict[str, bytes], order: str) -> list[str]:
    """The files that a list in their folder names, one a line; `#` starts a remark."""
    folder = order.rpartition("/")[0]
    return [
        f"{folder}/{name}"
        for line in files.pop(order, b"").decode().splitlines()
        if (name := line.partition("#")[0].strip())
    ]


def _take_stylesheets(files: dict[str, bytes]) -> str:
    """Moves every stylesheet out of `files` into one text, in the order that the list gives."""
    listed = _listed(files, STYLESHEET_ORDER)
    present = {name for name in files if name.startswith("css/") and name.endswith(".css")}
    for name in sorted(present - set(listed)):
        raise AssetError(f"static/{name} is not in static/{STYLESHEET_ORDER}, so no page would get it.")
    for name in listed:
        if name not in present:
            raise AssetError(f"static/{STYLESHEET_ORDER} names {name}, which does not exist.")
    return "\n".join(files.pop(name).decode().strip() + "\n" for name in listed)


def _rewrite_urls(stylesheet: str, names: Mapping[str, str]) -> bytes:
    def rewrite(match: re.Match[str]) -> str:
        reference = match["name"].strip()
        if _NOT_A_FILE.match(reference):
            return match[0]
        path, hash_mark, fragment = reference.partition("#")
        logical = path.removeprefix("/static/").removeprefix("../")
        if logical not in names:
            raise AssetError(f"A stylesheet asks for {reference}, and no static file is called {logical}.")
        return f'url("{os.path.relpath(names[logical], os.path.dirname(STYLESHEET))}{hash_mark}{fragment}")'

    return _URL.sub(rewrite, stylesheet).encode()


def _publish(target: Path, logical: str, content: bytes) -> str:
    """The file itself comes last, so that where it exists its packed forms do too."""
    path = Path(logical)
    name = path.with_name(f"{path.stem}.{hashlib.sha256(content).hexdigest()[:8]}{path.suffix}").as_posix()
    if not (target / name).exists():
        if path.suffix in _COMPRESSIBLE:
            quality = (
                10 if path.suffix == ".svg" else 11
            )  # hundreds of drawings: as small, in a third of the time
            _write_if_smaller(target / f"{name}.gz", gzip.compress(content, 9, mtime=0), content)
            _write_if_smaller(target / f"{name}.br", brotli.compress(content, quality=quality), content)
        _write(target / name, content)
    return name


def _write_if_smaller(path: Path, packed: bytes, plain: bytes) -> None:
    if len(packed) < len(plain):
        _write(path, packed)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def _previous_names(target: Path) -> set[str]:
    try:
        return set(Manifest.load(target).names.values())
    except AssetError:
        return set()


def _prune(target: Path, keep: set[str]) -> None:
    for path in target.rglob("*"):
        name = path.relative_to(target).as_posix()
        is_kept = name.removesuffix(".gz").removesuffix(".br") in {*keep, "manifest.json"}
        if path.is_file() and not is_kept and not name.endswith(".new"):
            path.unlink(missing_ok=True)


def main() -> int:
    try:
        build()
    except AssetError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
