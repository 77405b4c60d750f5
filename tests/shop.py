"""A whole shop, as `./forecourt run` starts it, for journeys, benchmarks and pictures."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"Forecourt is ready at (http://\S+)")


@dataclass(frozen=True)
class Shop:
    url: str
    data: Path
    pid: int

    @property
    def log(self) -> Path:
        """What its processes said since it was ready."""
        return self.data / "said.log"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.manage", "--data", str(self.data), *arguments],
            cwd=ROOT,
            env=own_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


@contextlib.contextmanager
def running_shop(data: Path, **settings: str) -> Iterator[Shop]:
    """On a free port, with its data in `data`; stopped in order at the end, which must go well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.supervisor", "run", "--port", "0", "--data", str(data)],
        cwd=ROOT,
        env=own_environment() | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    url = ""
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := READY.search(line):
            url = found.group(1)
            break
    assert url, "the shop did not start:\n" + "".join(said[-40:])
    shop = Shop(url, data, process.pid)
    with shop.log.open("w") as log:
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        try:
            yield shop
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(60)
            drain.wait(10)
    assert status == 0


def own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FORECOURT_")}
