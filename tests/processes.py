"""What runs on this machine, as the kernel tells it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def processes_of(folder: Path) -> list[str]:
    """Command lines of the living processes that work in a folder, are named after it, or have it in their environment."""
    return [command for pid in _pids() if (command := _command_if_of(pid, os.fsencode(folder))) is not None]


def wait_until(is_so: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {within_s} s"
        time.sleep(0.05)


def _pids() -> Iterator[int]:
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return (pid for pid in pids if pid != os.getpid())


def _command_if_of(pid: int, folder: bytes) -> str | None:
    """The dead that nobody has buried yet have no working folder, and do not count."""
    process = Path(f"/proc/{pid}")
    try:
        working_folder = os.fsencode((process / "cwd").readlink())
        command = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:
        return None
    is_of = working_folder.startswith(folder) or folder in command or folder in environment
    return command.replace(b"\0", b" ").decode(errors="replace") if is_of else None
