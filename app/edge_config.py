"""How gunicorn serves the edge: one process, open connections let go at once when it stops."""

import socket
from typing import Any

from app.gunicorn_config import (
    control_socket_disable,
    forwarded_allow_ips,
    loglevel,
    post_fork,
    worker_tmp_dir,
)

__all__ = ["control_socket_disable", "forwarded_allow_ips", "loglevel", "post_fork", "worker_tmp_dir"]

worker_class = "asgi"
workers = 1
graceful_timeout = 2
worker_connections = 5_000

SILENT_FOR_MS = 40_000
"""Whoever takes nothing for so long, though something is sent every 15 s, is asleep or does not mean to read."""


def when_ready(server: Any) -> None:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux; what is accepted takes it over
    for listener in server.LISTENERS:
        if option is not None and listener.sock.family in (socket.AF_INET, socket.AF_INET6):
            listener.sock.setsockopt(socket.IPPROTO_TCP, option, SILENT_FOR_MS)
