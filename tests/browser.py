"""A headless Chromium: the one named in CHROMIUM, the machine's, or the one that npm brought."""

import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 20_000
"""How long an expectation waits for its page: what fails then is wrong, and no busy machine."""
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


@dataclass(frozen=True)
class Chromium:
    executable: Path
    flags: tuple[str, ...] = ("--no-sandbox", "--disable-background-networking")
    environment: dict[str, str] = field(default_factory=dict)


def launch(playwright: Playwright, *flags: str) -> Browser:
    chromium = find_chromium()
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(
        executable_path=chromium.executable,
        args=[*chromium.flags, *flags],
        env={**os.environ, **chromium.environment},
    )


@contextmanager
def browsing(*flags: str) -> Iterator[Browser]:
    """A Chromium of its own; one process has one Playwright at a time, so a module shares it."""
    with sync_playwright() as playwright:
        running = launch(playwright, *flags)
        yield running
        running.close()


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """The pages on a free port of this machine, which it tells, in threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


def find_chromium() -> Chromium:
    if named := os.environ.get("CHROMIUM"):
        return Chromium(Path(named))
    for name in ON_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found))
    return unpacked_from_npm()


def unpacked_from_npm() -> Chromium:
    """Its own libraries and fonts come along, since a bare machine has neither."""
    if not (PACKAGE / "bin").is_dir():
        raise FileNotFoundError("No Chromium: set CHROMIUM, install one, or run ./forecourt test once.")
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    folder = ROOT / "build" / f"chromium-{version}"
    if not folder.exists():
        _unpack(folder)
    libraries = [str(folder / "al2023" / "lib"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return Chromium(
        folder / "chromium",
        flags=("--no-sandbox", "--no-zygote", "--disable-gpu"),
        environment={
            "LD_LIBRARY_PATH": os.pathsep.join(libraries),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        },
    )


def _unpack(folder: Path) -> None:
    """Beside the final place and moved there whole: test processes may do this at the same time."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    executable = fresh / "chromium"
    executable.write_bytes(_content("chromium.br"))
    executable.chmod(0o755)
    _extract("al2023.tar.br", fresh / "al2023")
    _extract("swiftshader.tar.br", fresh)
    _extract("fonts.tar.br", fresh)
    (fresh / "fonts.conf").write_text(_font_configuration(folder))
    try:
        fresh.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(fresh)


def _extract(archive: str, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_content(archive))) as content:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            content.extraction_filter = tarfile.data_filter
        content.extractall(folder)


def _content(name: str) -> bytes:
    content: bytes = brotli.decompress((PACKAGE / "bin" / name).read_bytes())
    return content


def _font_configuration(folder: Path) -> str:
    folders = [folder / "fonts", *(Path(name).expanduser() for name in FONT_FOLDERS)]
    listed = "".join(f"<dir>{path}</dir>" for path in folders)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{listed}<cachedir>{folder / 'font-cache'}</cachedir></fontconfig>\n"
    )
