"""PostgreSQL and Valkey from their wheels: they start for anybody, survive a crash and never outlive their owner."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import Postgres, Valkey
from app.folder_lock import FolderInUse
from tests.processes import processes_of, wait_until

pytestmark = pytest.mark.serial

ROOT = Path(__file__).resolve().parents[2]
PATIENT_S = 9
"""A server that does not heed the first word to stop is given ten seconds before the next."""


def connect(postgres: Postgres) -> psycopg.Connection:
    return psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True)


def setting(postgres: Postgres, name: str) -> str:
    with connect(postgres) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def kill(server: Postgres | Valkey) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)


def test_rows_survive_a_killed_server_and_its_stale_pid_file(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path)
    with postgres:
        with connect(postgres) as connection:
            connection.execute("CREATE TABLE promise AS SELECT 42 AS answer")
        kill(postgres)

    with postgres, connect(postgres) as connection:
        found = connection.execute("SELECT answer FROM promise").fetchone()

    assert found == (42,)


@pytest.mark.parametrize("make", [lambda folder: Postgres(folder, durable=False), Valkey])
def test_a_dead_server_comes_back_at_the_same_address(tmp_path: Path, make: type[Valkey]) -> None:
    with make(tmp_path) as server:
        address = server.url
        assert not server.revive()
        kill(server)

        wait_until(server.revive)

        assert server.url == address
        assert not server.revive()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path, kind: type[Postgres | Valkey]) -> None:
    with kind(tmp_path) as first:
        with pytest.raises(FolderInUse, match=f"Another {kind.title} is already using .*{os.getpid()}"):
            kind(tmp_path).start()

        assert first.pid is not None
        assert processes_of(tmp_path)


def test_servers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from app.embedded import Postgres, Valkey;"
        "folder = Path(sys.argv[1]); Postgres(folder / 'p', durable=False).start(); Valkey(folder / 'v').start();"
        "print('up', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    assert owner.stdout is not None and owner.stdout.readline() == b"up\n"
    assert len(processes_of(tmp_path)) > 2

    owner.kill()
    owner.wait()

    wait_until(lambda: not processes_of(tmp_path))


def test_postgres_keeps_what_it_was_told_to_and_counts_in_utc(tmp_path: Path) -> None:
    with Postgres(tmp_path) as durable:
        assert setting(durable, "fsync") == "on"
        assert setting(durable, "synchronous_commit") == "on"
        assert setting(durable, "TimeZone") == "UTC"

    with Postgres(tmp_path, durable=False) as hasty:
        assert setting(hasty, "fsync") == "off"


def test_a_long_folder_name_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / ("a showroom of many words " * 6).strip()

    with Postgres(folder, durable=False) as postgres, Valkey(folder / "valkey") as valkey:
        assert setting(postgres, "data_directory").startswith(str(folder))
        assert redis.Redis.from_url(valkey.url).ping()


def test_valkey_evicts_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey, redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}


def test_strangers_on_this_machine_are_kept_out(tmp_path: Path) -> None:
    with Postgres(tmp_path / "p", durable=False) as postgres, Valkey(tmp_path / "v") as valkey:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=postgres.port, user="postgres", password="guess")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=valkey.port).ping()

    for secret in ("p/password", "v/password", "v/valkey.conf"):
        assert stat.S_IMODE((tmp_path / secret).stat().st_mode) == 0o600


def test_an_interrupted_first_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    half_made = tmp_path / "cluster.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")

    with Postgres(tmp_path, durable=False) as postgres:
        assert setting(postgres, "server_version").startswith("18")

    assert not half_made.exists()


def test_stopping_is_quick_while_clients_are_connected(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, durable=False)
    postgres.start()
    connection = connect(postgres)
    began = time.monotonic()

    postgres.stop()

    assert time.monotonic() - began < PATIENT_S
    assert not processes_of(tmp_path)
    connection.close()
