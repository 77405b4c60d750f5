"""How gunicorn serves the edge: one process, open connections let go at once when it stops."""

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
