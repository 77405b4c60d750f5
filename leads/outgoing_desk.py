"""What leaves the house, on one page: what hangs, since when, what each recipient got, and sending it once more."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, request, url_for

from app import clock
from app.access import Policy, staff
from app.db import transaction
from app.deliveries import Delivery, DeliveryAttempt
from app.errors import NotFound
from app.events import actor_now
from app.i18n import N_, _, ngettext, translate
from app.pages import ago, page, page_or_fragment, see_other
from app.pages import datetime as shown_datetime
from leads import outgoing, replays
from leads.showing import why_words

blueprint = Blueprint("outgoing", __name__)

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {
    f"outgoing.{name}": _ADMIN for name in ("listed", "delivery", "replay", "replay_parked")
}

TABS: Mapping[str, str] = {
    "problems": N_("Parked or dead"),
    "retrying": N_("Tried again"),
    "waiting": N_("Waiting"),
    "arrived": N_("Arrived"),
    "cancelled": N_("Called back"),
    "all": N_("Everything"),
}
WHAT_WORDS: Mapping[str, str] = {
    "parked": N_("What is parked"),
    "dead": N_("What is dead"),
    "leads": N_("All it was told of open leads"),
}
LENGTHS: Mapping[str, tuple[str, timedelta]] = {
    "1h": (N_("of the last hour"), timedelta(hours=1)),
    "1d": (N_("of the last day"), timedelta(days=1)),
    "7d": (N_("of the last 7 days"), timedelta(days=7)),
    "30d": (N_("of the last 30 days"), timedelta(days=30)),
}
STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "pending": (N_("Waiting"), "plain"),
    "sending": (N_("Under way"), "plain"),
    "delivered": (N_("Arrived"), "done"),
    "parked": (N_("Parked"), "waiting"),
    "dead": (N_("Dead"), "problem"),
    "cancelled": (N_("Called back"), "plain"),
}
KIND_WORDS: Mapping[str, str] = {
    "leads.mail": N_("Lead by mail"),
    "leads.webhook": N_("Lead by webhook"),
    "leads.closed": N_("News of a lead by webhook"),
    "leads.incident": N_("A letter about trouble"),
    "leads.trial_mail": N_("Test by mail"),
    "leads.trial_webhook": N_("Test by webhook"),
}
REASON_WORDS: Mapping[str, str] = {
    "webhook_gone": N_("Its webhook is gone; it waits for a new address."),
    "no_address": N_("There is no address for it any more."),
    "routed_elsewhere": N_("It went to somebody else."),
    "bought": N_("They bought meanwhile."),
    "test_over": N_("A test is tried once."),
    "over": N_("It was over before."),
}
OUTCOME_WORDS: Mapping[str, str] = {
    "delivered": N_("arrived"),
    "failed": N_("did not arrive, tried again"),
    "refused": N_("was refused"),
    "gone": N_("the address is gone"),
}


@dataclass(frozen=True)
class Line:
    url: str
    what: str
    to: str
    state: str
    kind: str
    tries: str
    since: str
    note: str


@blueprint.get("/admin/deliveries")
def listed() -> Response:
    shown = request.args.get("show", "problems")
    shown = shown if shown in outgoing.SHOWN else "problems"
    to = request.args.get("to", "")[:80]
    if to and "show" not in request.args:
        shown = "all"
    names = outgoing.names()
    rows, following = outgoing.listed(shown, to, _asked_id(request.args.get("before")))
    numbers = outgoing.numbers_of(rows)
    counts = outgoing.counts()
    return page_or_fragment(
        "leads/outgoing.html",
        "leads/_outgoing_counts.html",
        counts=counts,
        oldest=ago(counts.oldest_at) if counts.oldest_at else _("nothing"),
        refresh_url=url_for(".listed"),
        tabs=[
            (url_for(".listed", show=key, to=to or None), translate(words), key == shown)
            for key, words in TABS.items()
        ],
        rows=[_line(row, names, numbers) for row in rows],
        more_url=url_for(".listed", show=shown, to=to or None, before=following) if following else "",
        to=to,
        to_name=names.get(to, to),
        everybody_url=url_for(".listed", show=shown),
        parked_of_to=replays.hanging_count(to, "parked") if to else 0,
        may_repeat=to in names,
        whats=[(key, translate(words)) for key, words in WHAT_WORDS.items()],
        lengths=[(key, translate(words)) for key, (words, _span) in LENGTHS.items()],
        success=[
            (
                names.get(one.code, one.code),
                url_for(".listed", show="all", to=one.code),
                f"{one.percent} %" if one.percent is not None else "–",
                one.arrived,
                one.failed,
                one.waiting,
                f"{one.latency_ms} ms" if one.latency_ms is not None else "–",
            )
            for one in outgoing.success()
        ],
        held=[
            (why_words(reason) or reason or "–", count, ago(since))
            for reason, count, since in outgoing.held()
        ],
        replayed=_replayed(request.args.get("replayed", "")),
    )


@blueprint.get("/admin/deliveries/<uuid:delivery_id>")
def delivery(delivery_id: uuid.UUID) -> Response:
    found = outgoing.one(delivery_id)
    if found is None:
        raise NotFound()
    row, attempts, lead = found
    names = outgoing.names()
    words, kind = STATE_WORDS[row.state]
    return page(
        "leads/outgoing_one.html",
        what=_what(row),
        to=names.get(row.recipient_key, _("A customer")),
        to_url=url_for(".listed", show="all", to=row.recipient_key) if row.recipient_key in names else "",
        state=translate(words),
        kind=kind,
        reason=_reason(row),
        facts=_facts(row),
        lead_url=url_for("leads.lead", public_id=lead.public_id) if lead else "",
        lead_number=lead.number if lead else "",
        attempts=[_attempt(one) for one in attempts],
        may_replay=row.state in replays.REPEATABLE,
        replay_action=url_for(".replay", delivery_id=row.id),
        replayed=_replayed(request.args.get("replayed", "")),
    )


@blueprint.post("/admin/deliveries/<uuid:delivery_id>/replay")
def replay(delivery_id: uuid.UUID) -> Response:
    with transaction():
        found = replays.replay_one(delivery_id, actor_now(), clock.now())
    if found is None:
        raise NotFound()
    return see_other(url_for(".delivery", delivery_id=delivery_id, replayed=1))


@blueprint.post("/admin/deliveries/replays")
def replay_parked() -> Response:
    """First how many it would be; with `sure`, the deed."""
    to = request.form.get("to", "")[:80]
    names = outgoing.names()
    if to not in names:
        raise NotFound()
    what, length = request.form.get("what", "parked"), request.form.get("since", "")
    begin = clock.now() - LENGTHS[length][1] if length in LENGTHS else None
    if what not in WHAT_WORDS:
        raise NotFound()
    if what == "leads" and begin is None:
        begin = clock.now() - LENGTHS["1d"][1]
    if request.form.get("sure") != "1":
        return page(
            "leads/outgoing_sure.html",
            to=to,
            to_name=names[to],
            count=_count(to, what, begin),
            what=what,
            since=length,
            since_words=shown_datetime(begin) if begin else "",
            most=replays.MOST_AT_ONCE,
            back_url=url_for(".listed", show="problems", to=to),
            action=url_for(".replay_parked"),
        )
    with transaction():
        if what == "leads" and begin is not None:
            count = replays.replay_leads(to, begin, actor_now(), clock.now())
        else:
            count = replays.replay_hanging(to, what, actor_now(), clock.now(), begin)
    return see_other(url_for(".listed", show="all", to=to, replayed=count))


def _count(to: str, what: str, begin: datetime | None) -> int:
    if what == "leads" and begin is not None:
        return len(replays.of_leads_since(begin, to))
    return replays.hanging_count(to, what, begin)


def _asked_id(told: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(told) if told else None
    except ValueError:
        return None


def _replayed(told: str) -> str:
    if not told.isascii() or not told.isdigit() or len(told) > 6:
        return ""
    count = int(told)
    return ngettext("%(n)s is sent once more", "%(n)s are sent once more", count) % {"n": count}


def _line(row: Delivery, names: Mapping[str, str], numbers: Mapping[uuid.UUID | None, str]) -> Line:
    words, kind = STATE_WORDS[row.state]
    number = numbers.get(row.subject_id, "")
    return Line(
        url=url_for(".delivery", delivery_id=row.id),
        what=f"{_what(row)} {number}".strip(),
        to=names.get(row.recipient_key, _("A customer")),
        state=translate(words),
        kind=kind,
        tries=ngettext("%(n)s try", "%(n)s tries", row.attempts) % {"n": row.attempts},
        since=ago(row.created_at),
        note=_reason(row),
    )


def _what(row: Delivery) -> str:
    return translate(KIND_WORDS[row.kind]) if row.kind in KIND_WORDS else _("A letter to a customer")


def _reason(row: Delivery) -> str:
    if row.reason is None:
        return ""
    if row.reason in REASON_WORDS:
        return translate(REASON_WORDS[row.reason])
    return why_words(row.reason) or row.reason[:300]


def _facts(row: Delivery) -> list[tuple[str, str]]:
    told = [(_("Queued"), shown_datetime(row.created_at))]
    if row.delivered_at is not None:
        told.append((_("Arrived"), shown_datetime(row.delivered_at)))
    if row.state in ("pending", "sending"):
        told.append((_("Next try"), shown_datetime(row.next_at)))
    if row.replays:
        told.append((_("Sent once more"), str(row.replays)))
    told.append((_("Under the id"), f"msg_{row.id.hex}"))
    return told


def _attempt(one: DeliveryAttempt) -> tuple[str, str, str, str, str, str]:
    return (
        str(one.number),
        shown_datetime(one.at),
        translate(OUTCOME_WORDS.get(one.outcome, one.outcome)),
        str(one.status_code or "–"),
        f"{one.latency_ms} ms" if one.latency_ms is not None else "–",
        (one.excerpt or "")[:300],
    )
