"""A whole shop, started as its operator starts it: ready, watched, stopped in order, never left behind in pieces."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.processes import free_port
from app.supervisor import running_shop, stopped_shop
from tests.processes import processes_of, wait_until

pytestmark = pytest.mark.serial

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 180


class Shop:
    """A shop in a process of its own, free of the settings that the other tests run with."""

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        self.folder = folder
        self.output = folder.with_name(folder.name + ".out")
        own = {name: value for name, value in os.environ.items() if not name.startswith("FORECOURT_")}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.supervisor", "run", "--port", str(port), "--data", folder],
                cwd=ROOT,
                env={**own, **settings},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def card(self) -> dict[str, Any]:
        card: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return card

    def until_ready(self) -> str:
        """The address that it prints."""
        wait_until(lambda: self.process.poll() is not None or bool(self._ready_lines()), READY_WITHIN_S)
        assert self.process.poll() is None, self.said
        [line] = self._ready_lines()
        return line.removeprefix("Forecourt is ready at ")

    def until_ended(self) -> int:
        return self.process.wait(120)

    def _ready_lines(self) -> list[str]:
        return [line for line in self.said.splitlines() if line.startswith("Forecourt is ready at ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the whole module, so that the demo is filled in once."""
    return tmp_path_factory.mktemp("shop") / "var"


@pytest.fixture(scope="module")
def shops(folder: Path) -> Iterator[list[Shop]]:
    started: list[Shop] = []
    yield started
    for shop in started:
        shop.process.kill()
        shop.process.wait()
    wait_until(lambda: not processes_of(folder))


@pytest.fixture
def shop(folder: Path, shops: list[Shop]) -> Shop:
    """The one that the last test left running, else a fresh start."""
    if not shops or shops[-1].process.poll() is not None:
        shops.append(Shop(folder))
    return shops[-1]


def answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=15) as reply:
            return int(reply.status)
    except OSError:
        return 0


def test_a_ready_shop_answers(shop: Shop) -> None:
    address = shop.until_ready()

    assert answer(address + "/healthz") == 200
    assert answer(address + "/") == 200
    assert answer(shop.card["sandbox_url"] + "/healthz") == 200
    assert "superuser" not in shop.said


def test_the_worker_shows_as_ready_soon_after_the_pages(shop: Shop) -> None:
    address = shop.until_ready()

    wait_until(lambda: answer(address + "/readyz") == 200, within_s=120)


def test_a_second_shop_in_the_same_folder_is_refused(shop: Shop) -> None:
    shop.until_ready()

    second = subprocess.run(
        [sys.executable, "-m", "app.supervisor", "run", "--port", "0", "--data", shop.folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert second.stderr == (f"Another shop is already using {shop.folder} (process {shop.process.pid}).\n")


def test_what_the_folder_keeps_is_private(shop: Shop) -> None:
    shop.until_ready()

    assert stat.S_IMODE(shop.folder.stat().st_mode) == 0o700
    for name in ("run.json", "secret_key", "webhook_secret"):
        assert stat.S_IMODE((shop.folder / name).stat().st_mode) == 0o600


def test_a_killed_supervisor_leaves_no_process_behind_and_the_next_start_succeeds(shop: Shop) -> None:
    address = shop.until_ready()
    assert len(processes_of(shop.folder)) > 5

    shop.process.kill()
    shop.process.wait()
    wait_until(lambda: not processes_of(shop.folder))
    again = Shop(shop.folder, port=int(address.rpartition(":")[2]))

    assert again.until_ready() == address
    again.process.send_signal(signal.SIGINT)
    assert again.until_ended() == 0


def test_whoever_dies_is_started_again_in_sight(shop: Shop) -> None:
    address = shop.until_ready()
    before = shop.card["pids"]

    for name in ("pages", "worker", "edge", "sandbox", "valkey", "postgresql"):
        os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: all(shop.card["pids"].get(name) not in (None, pid) for name, pid in before.items()))

    wait_until(lambda: answer(address + "/") == 200)
    for name in ("pages", "worker", "edge", "sandbox"):
        assert f"{name} ended with signal 9, starting again" in shop.said
    assert "Valkey ended and was started again" in shop.said
    assert "PostgreSQL ended and was started again" in shop.said


def test_a_shop_stops_when_asked_with_nothing_left_running(shop: Shop) -> None:
    shop.until_ready()

    shop.process.send_signal(signal.SIGTERM)

    assert shop.until_ended() == 0
    assert not processes_of(shop.folder)
    assert not (shop.folder / "run.json").exists()


def test_a_part_that_keeps_dying_stops_the_shop(shop: Shop) -> None:
    shop.until_ready()

    deadline = time.monotonic() + 120
    while shop.process.poll() is None and time.monotonic() < deadline:
        _kill_if_alive(shop, "sandbox")
        time.sleep(0.1)

    assert shop.until_ended() == 1
    assert "sandbox died 5 times within a minute, the shop stops." in shop.said
    assert not processes_of(shop.folder)


def _kill_if_alive(shop: Shop, name: str) -> None:
    try:
        os.kill(shop.card["pids"][name], signal.SIGKILL)
    except (FileNotFoundError, KeyError, ProcessLookupError):
        pass


def test_a_running_shop_can_be_reached_and_a_stopped_one_started_for_a_command(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("FORECOURT_")]:
        monkeypatch.delenv(name)
    address = shop.until_ready()

    running = running_shop(shop.folder)
    shop.process.send_signal(signal.SIGTERM)
    shop.until_ended()

    assert running is not None and running["FORECOURT_PUBLIC_URL"] == address
    assert running_shop(shop.folder) is None
    with stopped_shop(shop.folder) as environment:
        assert environment["FORECOURT_SECRET_KEY"] == running["FORECOURT_SECRET_KEY"]
        assert processes_of(shop.folder)
    assert not processes_of(shop.folder)


def test_a_taken_port_is_named_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop = Shop(tmp_path / "var", port)

        assert shop.until_ended() == 1

    assert shop.said == (
        f"The shop cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port.\n"
    )
    assert not processes_of(shop.folder)


def test_an_unknown_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "var", free_port(), FORECOURT_COLOUR="green")

    assert shop.until_ended() == 1
    assert "FORECOURT_COLOUR" in shop.said
    assert not processes_of(shop.folder)
