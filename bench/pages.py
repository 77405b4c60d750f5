"""What a page costs: processor time of pages and database together, time to answer, bytes; one visitor, one at a time."""

import re
import time
import urllib.request
from pathlib import Path
from statistics import median

import brotli  # type: ignore[import-untyped]

from app.shop_folder import ShopFolder
from bench.table import show
from tests.shop import Shop

ROUNDS = 100
WARM = 10
TICK_MS = 10
PATHS = (
    "/healthz",
    "/",
    "/models",
    "/models/mere",
    "/models/mere/configure",
    "/stock",
    "/stock?model=mere&condition=new",
    "/services",
    "/cart",
)


def measure(shop: Shop) -> None:
    car = re.search(r'href="/en(/stock/[\w-]{22})"', fetch(shop.url + "/en/stock"))
    assert car is not None
    rows = [one(shop, path) for path in (*PATHS, car.group(1))]
    show(
        f"Pages, {ROUNDS} GETs each without a cookie",
        ("page", "CPU ms", "p50 ms", "p95 ms", "bytes", "brotli"),
        rows,
    )


def one(shop: Shop, path: str) -> tuple[str, ...]:
    url = shop.url + path
    for _ in range(WARM):
        body = fetch(url)
    before, took = processor_ms(shop), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        body = fetch(url)
        took.append((time.perf_counter() - began) * 1000)
    spent = (processor_ms(shop) - before) / ROUNDS
    took.sort()
    raw = body.encode()
    name = "/stock/<car>" if path.startswith("/stock/") else path
    packed = len(brotli.compress(raw, quality=5))
    return (
        name,
        f"{spent:.2f}",
        f"{median(took):.1f}",
        f"{took[int(ROUNDS * 0.95)]:.1f}",
        f"{len(raw)}",
        f"{packed}",
    )


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        body: str = answer.read().decode()
        return body


def processor_ms(shop: Shop) -> int:
    """Of the pages and of the database, with all their processes."""
    return sum(processor_ms_of(shop).values())


def processor_ms_of(shop: Shop) -> dict[str, int]:
    """The same apart, by `pages` and `postgresql`."""
    running = ShopFolder(shop.data).running()
    assert running is not None
    spent = _spent()
    lines = {pid: _line_of(pid) for pid in spent}
    return {
        name: sum(ms for pid, ms in spent.items() if running.pids[name] in lines[pid])
        for name in ("pages", "postgresql")
    }


def _spent() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rsplit(") ", 1)[1].split()
            except OSError:
                continue
            found[int(folder.name)] = (int(fields[11]) + int(fields[12])) * TICK_MS
    return found


def _line_of(pid: int) -> set[int]:
    """The process and those it comes from."""
    line = set()
    while pid > 1 and pid not in line:
        line.add(pid)
        try:
            pid = int((Path("/proc") / str(pid) / "stat").read_text().rsplit(") ", 1)[1].split()[1])
        except OSError:
            break
    return line
