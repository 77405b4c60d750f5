"""Starts a whole shop, watches it and stops it in order: `python -m app.supervisor run`."""

import argparse
import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from app import tickets
from app.embedded import EmbeddedServerError, Postgres, Valkey
from app.folder_lock import FolderInUse
from app.processes import free_port, spawn, stop
from app.shop_folder import RunningShop, ShopFolder

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 90
STOP_GRACE_S = 10
DEATHS_ALLOWED = 4
DEATHS_WINDOW_S = 60
WATCH_EVERY_S = 0.2
PORT_FREE_WITHIN_S = 2
SANDBOX_KEY = "sk_test_sandbox"


class ShopFailed(RuntimeError):
    """A sentence for the person at the terminal."""


class StopRequested(Exception):
    """Ctrl-C, SIGTERM, or the terminal went away."""


class StopRequest:
    """Noted when it comes and heeded at the next `check`: an exception out of a signal handler can get lost."""

    def __init__(self) -> None:
        self._was_made = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if (
                number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
            ):  # nohup keeps its promise
                signal.signal(number, self._note)

    def check(self) -> None:
        if self._was_made:
            raise StopRequested

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._was_made = True


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.bind}"

    @property
    def local_url(self) -> str:
        """How this machine itself reaches it, also when it listens everywhere."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return replace(self, host=here).url


class Child:
    """One process of the shop, started again when it dies."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        health_url: str | None = None,
    ) -> None:
        self.name = name
        self.health_url = health_url
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED + 1)
        self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._process = spawn(
            self._command,
            folder=ROOT,
            environment=self._environment,
            output=subprocess.PIPE,
            on_parent_death=signal.SIGKILL,
        )
        self._reader = threading.Thread(target=self._relay_output, args=(self._process,), daemon=True)
        self._reader.start()

    def watch(self) -> bool:
        """True when it was started again; one that was never started is let be. Raises ShopFailed for many deaths."""
        if self._process is None and not self._deaths:
            return False
        now = time.monotonic()
        if self._process is not None:
            if self._process.poll() is None:
                return False
            self._note_death(self._process, now)
        if now < self._start_at:
            return False
        self.start()
        return True

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGTERM, grace_s=STOP_GRACE_S)
            self._process = None
        if self._reader is not None:
            self._reader.join(1)

    def _note_death(self, process: subprocess.Popen[bytes], now: float) -> None:
        stop(process)  # what it left in its group
        self._process = None
        self._deaths.append(now)
        recent = sum(now - death < DEATHS_WINDOW_S for death in self._deaths)
        if recent > DEATHS_ALLOWED:
            raise ShopFailed(f"{self.name} died {recent} times within a minute, the shop stops.")
        pause_s = 0.1 * 4 ** (recent - 1)
        self._start_at = now + pause_s
        say(f"{self.name} ended with {_ending(process.returncode)}, starting again in {pause_s:.1f} s")

    def _relay_output(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if text := line.decode(errors="replace").rstrip():
                say(f"{self.name:<8}| {text}")


class Shop:
    """Everything between `start` and `stop`; `watch` returns only by an exception."""

    def __init__(
        self,
        folder: ShopFolder,
        address: Address,
        environment: dict[str, str],
        servers: Sequence[Postgres | Valkey],
        stop_request: StopRequest,
    ) -> None:
        self._stop_request = stop_request
        self._folder = folder
        self._address = address
        self._environment = environment
        self._servers = servers
        self._sandbox: Address | None = None
        self._edge: Address | None = None
        self._children: list[Child] = []

    @property
    def _is_demo(self) -> bool:
        return self._environment.get("FORECOURT_ENV", "demo") == "demo"

    def start(self) -> None:
        self._prepare_environment()
        self._announce()
        self._manage("migrate")
        self._children.extend(self._make_children())
        for child in self._children:
            if child.name == "sandbox":  # first, since the demo's buyers pay there
                child.start()
                self._await_health(child)
        if self._is_demo:
            self._manage("seed")
        for child in self._children:
            if child.pid is None:
                child.start()
        self._announce()
        for child in self._children:
            self._await_health(child)

    def sign_ins(self) -> str:
        return self._manage("sign-ins", keep_output=True).strip() if self._is_demo else ""

    def watch(self) -> None:
        while True:
            time.sleep(WATCH_EVERY_S)
            self._stop_request.check()
            revived = [server.title for server in self._servers if server.revive()]
            for title in revived:
                say(f"{title} ended and was started again")
            restarted = [child.name for child in self._children if child.watch()]
            if revived or restarted:
                self._announce()

    def stop(self) -> None:
        for child in self._children:
            child.stop()

    def _prepare_environment(self) -> None:
        environment = self._environment
        environment.setdefault("FORECOURT_PUBLIC_URL", self._address.local_url)
        if self._is_demo and "FORECOURT_STRIPE_API_KEY" not in environment:
            self._sandbox = Address("127.0.0.1", free_port())
            environment["FORECOURT_STRIPE_API_KEY"] = SANDBOX_KEY
            environment["FORECOURT_STRIPE_API_BASE"] = self._sandbox.url
            environment["FORECOURT_STRIPE_WEBHOOK_SECRET"] = "whsec_" + self._folder.secret("webhook_secret")
        if "FORECOURT_EDGE_URL" not in environment:
            self._edge = Address(self._address.host, free_port())
            environment["FORECOURT_EDGE_URL"] = self._edge.local_url
        environment["PYTHONUNBUFFERED"] = "1"

    def _make_children(self) -> Iterator[Child]:
        """In the order in which they stop: whoever asks goes before whoever answers."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        workers = self._environment.get("FORECOURT_WEB_WORKERS", str(min(2, cores)))
        threads = self._environment.get("FORECOURT_WEB_THREADS", "4")
        concurrency = self._environment.get("FORECOURT_WORKER_CONCURRENCY", "2")
        counting = {**self._environment, "PROMETHEUS_MULTIPROC_DIR": str(self._empty_metrics_folder())}
        yield Child(
            "pages",
            python(
                "gunicorn", "--config", str(ROOT / "app" / "gunicorn_config.py"), "--bind", self._address.bind,
                "--workers", workers, "--threads", threads, "app.factory:create_app()",
            ),
            counting,
            health_url=self._address.local_url + "/healthz",
        )  # fmt: skip
        # Celery warns root in eight lines on every start; a shop run as root was told so by whoever runs it.
        yield Child(
            "worker",
            [
                sys.executable, "-W", "ignore:You're running the worker with superuser privileges",
                "-m", "celery", "--quiet", "-A", "app.worker:celery", "worker", "--pool", "threads",
                "--concurrency", concurrency, "--loglevel", "WARNING",
                "--without-mingle", "--without-gossip", "--without-heartbeat",
            ],
            counting,
        )  # fmt: skip
        if self._edge is not None:
            yield self._make_edge(self._edge)
        if self._sandbox is not None:
            yield self._make_sandbox(self._sandbox)

    def _make_edge(self, address: Address) -> Child:
        """It gets the key of its tickets, the broker, and the addresses of its pages; nothing else of the shop."""
        outside = {
            name: value for name, value in self._environment.items() if not name.startswith("FORECOURT_")
        }
        shop = self._environment["FORECOURT_PUBLIC_URL"].rstrip("/")
        return Child(
            "edge",
            python(
                "gunicorn", "--config", str(ROOT / "app" / "edge_config.py"), "--bind", address.bind,
                "app.edge:create_edge()",
            ),
            {
                **outside,
                "EDGE_KEY": tickets.edge_key(self._environment["FORECOURT_SECRET_KEY"]),
                "EDGE_BROKER": self._environment["FORECOURT_REDIS_URL"],
                "EDGE_ORIGINS": ",".join(sorted({shop, shop.replace("127.0.0.1", "localhost")})),
            },
            health_url=address.local_url + "/healthz",
        )  # fmt: skip

    def _empty_metrics_folder(self) -> Path:
        """Counts start from nothing, since those of the last run belong to processes that are gone."""
        folder = self._folder.path / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _make_sandbox(self, address: Address) -> Child:
        outside = {
            name: value for name, value in self._environment.items() if not name.startswith("FORECOURT_")
        }
        return Child(
            "sandbox",
            python(
                "sandbox", "--host", address.host, "--port", str(address.port),
                "--data", str(self._folder.path / "sandbox"),
            ),
            {
                **outside,
                "SANDBOX_API_KEY": SANDBOX_KEY,
                "SANDBOX_MERCHANT": "Tarn 泰然",
                "SANDBOX_WEBHOOK_URL": self._address.local_url + "/webhooks/stripe",
                "SANDBOX_WEBHOOK_SECRET": self._environment["FORECOURT_STRIPE_WEBHOOK_SECRET"],
            },
            health_url=address.url + "/healthz",
        )  # fmt: skip

    def _manage(self, command: str, keep_output: bool = False) -> str:
        with tempfile.TemporaryFile() as output:
            process = spawn(
                python("app.manage", "--data", str(self._folder.path), "app", command),
                folder=ROOT,
                environment=self._environment,
                output=output if keep_output else None,
                on_parent_death=signal.SIGKILL,
            )
            try:
                while process.poll() is None:
                    self._stop_request.check()
                    time.sleep(0.02)
            finally:
                stop(process)
            output.seek(0)
            text = output.read().decode(errors="replace")
        if process.returncode != 0:
            say(text)
            raise ShopFailed(f"The shop does not start: `manage app {command}` failed.")
        return text

    def _await_health(self, child: Child) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while child.health_url and not _answers(child.health_url):
            self._stop_request.check()
            for each in self._children:
                each.watch()
            if time.monotonic() > deadline:
                raise ShopFailed(f"{child.name} did not answer within {READY_WITHIN_S} s, the shop stops.")
            time.sleep(0.1)

    def _announce(self) -> None:
        own = {name: value for name, value in self._environment.items() if name.startswith("FORECOURT_")}
        self._folder.announce(
            RunningShop(
                pid=os.getpid(),
                public_url=own["FORECOURT_PUBLIC_URL"],
                sandbox_url=self._sandbox.url if self._sandbox else None,
                database_url=own["FORECOURT_DATABASE_URL"],
                redis_url=own["FORECOURT_REDIS_URL"],
                environment=own,
                pids={
                    **{server.title.lower(): server.pid for server in self._servers if server.pid},
                    **{child.name: child.pid for child in self._children if child.pid},
                },
            )
        )


def main(arguments: Sequence[str]) -> int:
    given = read_arguments(arguments)
    stop_request = StopRequest()
    stop_request.listen()
    try:
        run(Address(given.host, given.port or free_port()), ShopFolder(given.data), stop_request)
    except StopRequested:
        return 0
    except (ShopFailed, FolderInUse, EmbeddedServerError) as refusal:
        print(refusal, file=sys.stderr, flush=True)
    return 1


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.supervisor")
    run_parser = parser.add_subparsers(required=True).add_parser("run", help="start the shop")
    run_parser.add_argument("--host", default="127.0.0.1")
    run_parser.add_argument("--port", type=_port, default=8000, help="0 takes a free one")
    run_parser.add_argument("--data", type=Path, default=ROOT / "var")
    return parser.parse_args(arguments)


def run(address: Address, folder: ShopFolder, stop_request: StopRequest) -> None:
    """Ends with StopRequested when asked to stop, with a sentence for anything else; nothing is left running."""
    with _servers(folder) as (environment, servers):
        shop = Shop(folder, address, environment, servers, stop_request)
        try:
            refuse_taken(address)
            shop.start()
            say(f"Forecourt is ready at {address.url}")
            if sign_ins := shop.sign_ins():
                say(sign_ins)
            shop.watch()
        finally:
            shop.stop()


@contextlib.contextmanager
def stopped_shop(data_dir: Path) -> Iterator[dict[str, str]]:
    """The environment of a shop that nobody runs, with its servers started for as long as the block lasts.

    Raises FolderInUse when somebody holds the folder.
    """
    with _servers(ShopFolder(data_dir)) as (environment, _):
        environment.setdefault("FORECOURT_PUBLIC_URL", "http://127.0.0.1:8000")
        yield environment


def running_shop(data_dir: Path) -> dict[str, str] | None:
    """The environment of the shop that runs in this folder, None when nobody holds it.

    Raises FolderInUse when its holder is starting, stopping, or another command.
    """
    shop = ShopFolder(data_dir).running()
    return None if shop is None else {**os.environ, **shop.environment}


@contextlib.contextmanager
def _servers(folder: ShopFolder) -> Iterator[tuple[dict[str, str], Sequence[Postgres | Valkey]]]:
    """Holds the folder and yields the environment common to all processes, with the servers started for it."""
    with contextlib.ExitStack() as held:
        folder.take()
        held.callback(folder.release)
        environment = dict(os.environ)
        environment["FORECOURT_DATA_DIR"] = str(folder.path)
        if environment.get("FORECOURT_ENV", "demo") == "demo":
            environment.setdefault("FORECOURT_SECRET_KEY", folder.secret("secret_key"))
        servers: list[Postgres | Valkey] = []
        if "FORECOURT_DATABASE_URL" not in environment:
            postgres = held.enter_context(Postgres(folder.path / "postgres"))
            environment["FORECOURT_DATABASE_URL"] = postgres.url
            servers.append(postgres)
        if "FORECOURT_REDIS_URL" not in environment:
            valkey = held.enter_context(Valkey(folder.path / "valkey"))
            environment["FORECOURT_REDIS_URL"] = valkey.url
            servers.append(valkey)
        yield environment, servers


def refuse_taken(address: Address) -> None:
    """Waits a moment, since the pages of a shop that was killed need one to let go."""
    deadline = time.monotonic() + PORT_FREE_WITHIN_S
    while refusal := _refusal_to_listen(address):
        if refusal.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise ShopFailed(
                f"The shop cannot listen on {address.bind}: {refusal.strerror}. Choose another with --port."
            )
        time.sleep(0.1)


def _refusal_to_listen(address: Address) -> OSError | None:
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as refusal:
            return refusal
    return None


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:  # whoever read us is gone; the shop goes on
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open until the process ends


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _ending(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"status {returncode}"


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port")
    return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
