"""The worker. Celery is the doorbell; the database is the record.

A message only wakes the threads below sooner: one relays events, one sends what leaves the house, one runs the
timetable. Each looks by itself every few seconds, broker or no broker, so losing every message loses nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from celery.signals import worker_init, worker_shutting_down
from kombu.exceptions import OperationalError

from app import deliveries, relay, timetable
from app.broker import LOOK
from app.broker import celery as make_celery
from app.db import close_reading
from app.events import SYSTEM, act_as
from app.factory import assemble, house
from app.wiring import Sweep

LOOK_EVERY_S = 3.0
CANARY_EVERY_S = 20

log = structlog.get_logger()
celery = make_celery()


@dataclass(frozen=True)
class Watch:
    """A thread that looks when woken, and every LOOK_EVERY_S anyway."""

    name: str
    look: Callable[[], object]
    woken: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        while not _stopping.is_set():
            self.woken.wait(LOOK_EVERY_S)
            self.woken.clear()
            act_as(SYSTEM)
            try:
                self.look()
            except Exception as failed:  # the database may be away for a while; the next look tries again
                log.warning("worker.look_failed", watch=self.name, error=repr(failed))
            finally:
                close_reading()


@celery.task(name=LOOK)
def look(**_: Any) -> None:
    for watch in WATCHES:
        watch.woken.set()


@celery.task(name=timetable.CANARY)
def canary(**_: Any) -> None:
    timetable.sing()


def call_canary() -> int:
    try:
        canary.apply_async(retry=False)
    except OperationalError as away:
        log.warning("worker.broker_away", error=repr(away))
        return 0
    return 1


CANARY = Sweep(timetable.CANARY + "_call", CANARY_EVERY_S, call_canary)

_stopping = threading.Event()

WATCHES = (
    Watch("relay", relay.relay),
    Watch("deliveries", deliveries.deliver_due),
    Watch("timetable", lambda: timetable.run_due((CANARY, *house().timetable))),
)


@worker_init.connect
def start(**_: Any) -> None:
    assemble()
    for watch in WATCHES:
        threading.Thread(target=watch.keep, name=watch.name, daemon=True).start()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    _stopping.set()
    for watch in WATCHES:
        watch.woken.set()
