"""How the house itself does: what waits, what is parked, what is due, and whether everything that must be true is."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select, text

from app import clock, ground, invariants, metrics, relay
from app.access import Policy, staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import EventHandling, EventRow, registry
from app.forms import Form, parse
from app.i18n import N_, _, translate
from app.kept import Kept
from app.pages import ago, number, page_or_fragment, see_other
from app.pages import datetime as shown_datetime
from app.timetable import TimedJob
from insights import words
from leads import reconcile
from partners.incident_notices import notices

KEPT_S = 20
"""How long the checks over every signal and lead stand before they are made again."""
PARKED_SHOWN = 20
LATE_AFTER_S = 60
"""How long after its time a job counts as late."""

blueprint = Blueprint("operator", __name__, url_prefix="/admin/operator")

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {"operator.show": _ADMIN, "operator.try_again": _ADMIN}

CHECK_WORDS: Mapping[str, str] = {
    "due_carts_without_episode": N_("Left carts that nobody noticed"),
    "signals_without_lead": N_("Signals without a lead"),
    "leads_without_decision": N_("Leads without a decision"),
    "decisions_without_dispatch": N_("Decisions without a dispatch"),
    "stuck_dispatches": N_("Dispatches that do not move"),
    "bought_but_open": N_("Bought, but the lead is open"),
    "events_not_handled": N_("Events that nobody has handled"),
    "signals_with_two_leads": N_("Signals with more than one lead"),
}
PART_WORDS: Mapping[str, str] = {
    "database": N_("Database"),
    "broker": N_("Broker"),
    "worker": N_("Worker"),
}

_LAG = """
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY lag)
    FROM (SELECT extract(epoch FROM h.done_at - e.at) AS lag
          FROM event e JOIN event_handling h ON h.event_id = e.id
          WHERE e.id >= :since AND h.state = 'done') AS done
"""
_HELD = """
    SELECT reason, count(*) FROM dispatch WHERE state = 'held' GROUP BY reason ORDER BY 2 DESC
"""

_checks: Kept[str, Mapping[str, int]] = Kept(KEPT_S, share_of_time=20)


class Again(Form):
    event_id: uuid.UUID
    listener: str


@dataclass(frozen=True)
class Figure:
    label: str
    figure: str
    note: str
    kind: str


@dataclass(frozen=True)
class Check:
    label: str
    count: str
    kind: str


@dataclass(frozen=True)
class Job:
    name: str
    last: str
    rows: str
    took: str
    next: str
    error: str
    kind: str


@dataclass(frozen=True)
class Parked:
    event_id: str
    listener: str
    type: str
    at: str
    attempts: int
    error: str


@blueprint.get("")
def show() -> Response:
    now = clock.now()
    with_invariants = request.args.get("check") == "invariants"
    return page_or_fragment(
        "insights/operator.html",
        "insights/_operator.html",
        parts=[
            (
                translate(PART_WORDS[name]),
                "done" if good else "problem",
                _("answers") if good else _("does not answer"),
            )
            for name, good in ground.parts_ready().items()
        ],
        figures=_figures(),
        lag=_lag(),
        held=_held(),
        checks=_reconciled(),
        invariants=_invariants() if with_invariants else None,
        invariants_url=url_for(".show", check="invariants", _anchor="invariants"),
        jobs=_jobs(now),
        parked=_parked(),
        incidents=notices(),
        at=shown_datetime(now),
    )


@blueprint.post("/events")
def try_again() -> Response:
    told = parse(Again, request.form).get()
    with transaction():
        if not relay.try_again(told.event_id, told.listener):
            raise NotFound()
        registry().after_record()
    return see_other(url_for(".show", _anchor="parked"))


def _figures() -> list[Figure]:
    found = {name.removeprefix("forecourt_"): value for name, value in metrics.backlogs().items()}
    oldest = found["oldest_undelivered_seconds"]
    parked, dead = int(found["deliveries_parked"]), int(found["deliveries_dead"])
    events, events_parked = int(found["events_pending"]), int(found["events_parked"])
    return [
        Figure(
            _("Oldest undelivered"),
            words.lasting(oldest) if oldest > 0 else _("none"),
            _("past its time"),
            _kind(oldest > 60),
        ),
        Figure(
            _("To deliver"), number(int(found["deliveries_pending"])), _("mails and calls to others"), "plain"
        ),
        Figure(_("Parked"), number(parked), _("wait for a person"), _kind(parked)),
        Figure(_("Dead"), number(dead), _("given up, kept, can be sent again"), _kind(dead)),
        Figure(
            _("Events to handle"),
            number(events),
            _("%(n)s parked", n=number(events_parked)),
            _kind(events_parked),
        ),
        Figure(
            _("Messages from outside"),
            number(int(found["inbox_pending"])),
            _("received, not handled yet"),
            "plain",
        ),
    ]


def _kind(is_bad: object) -> str:
    return "problem" if is_bad else "done"


def _lag() -> str:
    """From the fact to the work on it, over the last hour. By id, which tells the machine's time and has an index."""
    hour_ago = uuid.UUID(int=(int(time() * 1000) - 3_600_000) << 80)
    count, found = session().execute(text(_LAG), {"since": hour_ago}).one()
    if not count:
        return _("Nothing was handled in the last hour.")
    half, most, nearly_all = (
        words.lasting(float(value)) if value >= 1 else _("under 1 s") for value in found
    )
    return _(
        "%(n)s handled in the last hour: half within %(half)s, 95%% within %(most)s, 99%% within %(all)s.",
        n=number(count),
        half=half,
        most=most,
        all=nearly_all,
    )


def _held() -> list[tuple[str, str]]:
    return [
        (translate(HELD_WORDS.get(reason, N_("For another reason"))), number(count))
        for reason, count in session().execute(text(_HELD))
    ]


HELD_WORDS: Mapping[str, str] = {
    "no_contact": N_("Nobody knows who it is yet"),
    "no_consent": N_("No consent covers whoever would be told"),
    "no_recipient": N_("Nobody is there to be told"),
}


def _reconciled() -> list[Check]:
    found = _checks.get("reconcile", reconcile.counts)
    return [
        Check(translate(CHECK_WORDS.get(name, name)), number(count), _kind(count))
        for name, count in found.items()
    ]


def _invariants() -> list[Check]:
    found = _checks.get("invariants", invariants.offending)
    return [
        Check(f"{name} {translate(invariants.INVARIANTS[name][0])}", number(count), _kind(count))
        for name, count in found.items()
    ]


def _jobs(now: datetime) -> list[Job]:
    rows = session().scalars(select(TimedJob).order_by(TimedJob.name))
    return [
        Job(
            name=row.name,
            last=ago(row.last_run_at) if row.last_run_at else _("never"),
            rows=number(row.last_rows or 0),
            took=_("%(n)s ms", n=number(row.last_ms)) if row.last_ms is not None else "",
            next=shown_datetime(row.next_at),
            error=row.last_error or "",
            kind="problem" if row.last_error else "waiting" if _is_late(row, now) else "done",
        )
        for row in rows
    ]


def _is_late(row: TimedJob, now: datetime) -> bool:
    """Its time has passed, and it has not run since: what is not run by a clock of its own has no next time to keep."""
    latest = max(row.next_at, row.last_run_at or row.next_at)
    return (now - latest).total_seconds() > LATE_AFTER_S


def _parked() -> list[Parked]:
    rows = session().execute(
        select(EventHandling, EventRow.type, EventRow.at)
        .join(EventRow, EventRow.id == EventHandling.event_id)
        .where(EventHandling.state == "parked")
        .order_by(EventHandling.event_id)
        .limit(PARKED_SHOWN)
    )
    return [
        Parked(str(h.event_id), h.listener, kind, shown_datetime(at), h.attempts, h.error or "")
        for h, kind, at in rows
    ]
