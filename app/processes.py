"""Child processes that never outlive their parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C at the terminal reaches the parent alone.

    Linux ties `on_parent_death` to the thread that starts the child: call from the main thread.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=partial(die_with, os.getpid(), on_parent_death),
    )


def die_with(parent: int, by: signal.Signals) -> None:
    """Called in a fresh child: the kernel sends it `by` when its parent is gone. Linux only; elsewhere it may stay."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by))
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)


def stop(process: subprocess.Popen[bytes], *requests: signal.Signals, grace_s: float = 10) -> None:
    """Ask with each signal in turn, `grace_s` for each, then kill what is left of the child's group."""
    for request in requests:
        if process.poll() is None:
            process.send_signal(request)
            _wait(process, grace_s)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
