"""The doorbell: a message that says only "look". A broker that is away costs the caller next to nothing."""

import functools
import time
from collections.abc import Callable

import structlog
from celery import Celery
from redis import Redis

from app.settings import SettingsRefused, settings

LOOK = "app.look"
SILENT_AFTER_FAILURE_S = 5.0

log = structlog.get_logger()


class Line:
    """Tells the broker something, and leaves it alone for a while when it is away: nobody who is served waits for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._silent_until = 0.0

    def tell(self, send: Callable[[], object]) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            send()
        except Exception as away:  # no fault of the broker's may reach the person who has just been served
            self._silent_until = time.monotonic() + SILENT_AFTER_FAILURE_S
            log.warning("broker.away", line=self._name, error=repr(away))


@functools.cache
def client() -> Redis:
    """For what is told and asked beside the doorbell; half a second of patience."""
    return Redis.from_url(settings().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)


_bell = Line("bell")


@functools.cache
def celery() -> Celery:
    made = Celery("forecourt", broker=settings().redis_url, set_as_current=False)
    made.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_serializer="json",
        accept_content=["json"],
        enable_utc=True,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_transport_options={
            "visibility_timeout": 300,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 2,
            "socket_connect_timeout": 1,
            "socket_keepalive": True,
        },
    )
    return made


def refuse_evicting() -> None:
    """A broker that drops keys when it is full would drop messages; raises SettingsRefused."""
    policy = Redis.from_url(settings().redis_url, socket_timeout=2).config_get("maxmemory-policy")
    if policy.get("maxmemory-policy") != "noeviction":
        raise SettingsRefused("FORECOURT_REDIS_URL: the broker must not evict (maxmemory-policy noeviction)")


def ring() -> None:
    """Asks a worker to look at once; when the broker is away, the worker's own timer will."""
    _bell.tell(lambda: celery().send_task(LOOK, retry=False, ignore_result=True))
