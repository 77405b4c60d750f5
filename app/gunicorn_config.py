"""How gunicorn serves the pages. Address, workers and threads come from the command line."""

import os
import signal
from typing import Any

from prometheus_client import multiprocess

worker_class = "gthread"
graceful_timeout = 8  # the supervisor waits ten seconds before it kills
keepalive = 5
loglevel = "warning"
control_socket_disable = True  # its one default path would be shared by every shop of this user
forwarded_allow_ips = ""  # FORECOURT_TRUSTED_PROXIES alone decides whose word is taken
worker_tmp_dir = (
    "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
)  # the heartbeat must never wait for a disk


def post_fork(_server: Any, worker: Any) -> None:
    from app.processes import die_with  # in the worker alone, so that a reload reads all of the app afresh

    die_with(worker.ppid, signal.SIGKILL)


def child_exit(_server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
