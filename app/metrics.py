"""Figures for operators: requests counted per process and gathered, backlogs read from the database."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from sqlalchemy import text

from app.db import session

CONTENT_TYPE = CONTENT_TYPE_LATEST

REQUESTS = Counter("forecourt_requests_total", "Requests answered", ("endpoint", "status"))
SECONDS = Histogram(
    "forecourt_request_seconds",
    "Time to answer",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

BACKLOGS = {
    "forecourt_events_pending": "SELECT count(*) FROM event_handling WHERE state = 'pending'",
    "forecourt_events_parked": "SELECT count(*) FROM event_handling WHERE state = 'parked'",
    "forecourt_deliveries_pending": "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending')",
    "forecourt_deliveries_parked": "SELECT count(*) FROM delivery WHERE state = 'parked'",
    "forecourt_deliveries_dead": "SELECT count(*) FROM delivery WHERE state = 'dead'",
    "forecourt_oldest_undelivered_seconds": (
        "SELECT coalesce(extract(epoch FROM forecourt_now() - min(next_at)), 0) FROM delivery"
        " WHERE state IN ('pending', 'sending') AND next_at <= forecourt_now()"
    ),
    "forecourt_inbox_pending": "SELECT count(*) FROM inbox_event WHERE handled_at IS NULL",
}


_ALL_BACKLOGS = "SELECT " + ", ".join(f"({sql}) AS {name}" for name, sql in BACKLOGS.items())


def backlogs() -> dict[str, float]:
    """By the names of BACKLOGS. One statement."""
    return {
        name: float(value) for name, value in session().execute(text(_ALL_BACKLOGS)).one()._mapping.items()
    }


def exposition() -> bytes:
    registry = CollectorRegistry()
    for name, value in backlogs().items():
        Gauge(name, name.removeprefix("forecourt_").replace("_", " "), registry=registry).set(value)
    counted = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted.register(REQUESTS)
        counted.register(SECONDS)
    return generate_latest(counted) + generate_latest(registry)
