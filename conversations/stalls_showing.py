"""Stalls ready to show: words for reasons and steps, the strip of what was met, and the cart as its buyer sees it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from app import clock
from app.db import session
from app.i18n import N_, _, ngettext
from app.pages import time as shown_time
from app.signals import Signal
from checkout import basket
from checkout import showing as cart_showing
from checkout.cart import Cart
from conversations import showing
from conversations.stalls import HelpOffer, Stall

KINDS = {
    "no_progress": "waiting",
    "refused_field": "problem",
    "declined": "problem",
    "back_and_forth": "waiting",
    "empty_search": "plain",
}
STEP_LABELS = {
    **showing.STEP_LABELS,
    "stock": N_("Looking for a car in stock"),
    "models": N_("Looking for a model"),
}
SHORT_STEPS = {
    "configure": N_("Configurator"),
    "cart": N_("Cart"),
    "contact": N_("Contact"),
    "handover": N_("Handover"),
    "review": N_("Review"),
    "pay": N_("Pay"),
}
ELSEWHERE = N_("Elsewhere")
FIELD_LABELS = {
    "name": N_("Name"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "street": N_("Street and number"),
    "district": N_("District"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "slot-picker": N_("Day and time"),
    "slot": N_("Day and time"),
    "method": N_("Way of handover"),
    "message": N_("Your message"),
    "SlotTaken": N_("Day and time"),
    "CartChanged": N_("A price that changed"),
    "HoldHasLapsed": N_("A hold that lapsed"),
    "VehicleGone": N_("A car that was sold"),
    "StartNotAgreed": N_("The start of services"),
}
OUTCOME_TAGS = {
    "went_on": (N_("Went on"), "done"),
    "ordered": (N_("Ordered"), "done"),
    "left": (N_("Left"), "plain"),
    "helped": (N_("Being helped"), "done"),
}
STRIP_BACK = timedelta(minutes=45)
STRIP_MOST = 200
STRIP_WIDE = 1000
LABELS_MOST = 4


@dataclass(frozen=True)
class Tick:
    x: int
    kind: str
    """step, act or problem."""
    words: str


@dataclass(frozen=True)
class Label:
    when: str
    words: str
    kind: str


@dataclass(frozen=True)
class Strip:
    """What one visitor met in the last while, from left to right, until now."""

    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    words: str


@dataclass(frozen=True)
class CartSeen:
    """The cart and the step, as its buyer sees them."""

    lines: Sequence[cart_showing.Line]
    pay: cart_showing.Pay
    steps: Sequence[cart_showing.Step]
    handover_words: Sequence[str]


def visitor_name(visitor_id: uuid.UUID) -> str:
    return _("Visitor %(digits)s", digits=visitor_id.hex[-4:])


def device_words(device: str | None) -> str:
    return {"phone": _("on the phone"), "desktop": _("at a computer")}.get(device or "", "")


def step_words(step: str) -> str:
    return _(STEP_LABELS.get(step, STEP_LABELS["browse"]))


def field_words(detail: str | None) -> str:
    return _(FIELD_LABELS.get(detail or "", N_("An entry")))


def reason_words(stall: Stall) -> str:
    n = stall.times
    if stall.reason == "refused_field":
        said = ngettext("%(field)s refused once", "%(field)s refused %(n)s times", n)
        return said % {"field": field_words(stall.detail), "n": n}
    said = {
        "declined": ngettext("Payment declined once", "Payment declined %(n)s times", n),
        "back_and_forth": ngettext("Went back once", "To and fro %(n)s times", n),
        "empty_search": ngettext("Found nothing once", "Found nothing %(n)s times", n),
        "no_progress": _("No progress at this step"),
    }[stall.reason]
    return said % {"n": n}


def why_words(reason: str, detail: str | None) -> str:
    """Said to the buyer, whose entry or card it was: why help is offered, and nothing more."""
    if reason == "refused_field":
        return _("You see this because an entry was refused twice: %(field)s.", field=field_words(detail))
    return {
        "declined": _("You see this because a payment did not go through twice."),
        "back_and_forth": _("You see this because you went back and forth between two steps."),
        "empty_search": _("You see this because your search found nothing twice."),
        "no_progress": _("You see this because you have been at this step for a while."),
    }[reason]


def state_tag(stall: Stall) -> tuple[str, str]:
    if stall.state == "offered":
        return _("Help offered"), "note"
    words, kind = OUTCOME_TAGS[stall.outcome or "left"]
    return _(words), kind


def offer_words(made: HelpOffer | None) -> str:
    if made is None:
        return ""
    if made.state == "dismissed" and made.answered_at is not None:
        return _("Help was declined at %(time)s.", time=shown_time(made.answered_at))
    if made.state == "taken" and made.answered_at is not None:
        return _("Help was taken at %(time)s.", time=shown_time(made.answered_at))
    if made.shown_at is not None:
        return _("The offer was seen at %(time)s.", time=shown_time(made.shown_at))
    return _("Offered at %(time)s. The buyer sees it within half a minute.", time=shown_time(made.offered_at))


def running(since: datetime) -> Markup:
    """A clock that runs up, to the second; without script it stands at what was true when it was asked for."""
    seconds = max(0, int((clock.now() - since).total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    words = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return Markup('<time data-count-up datetime="{}">{}</time>').format(since.isoformat(), words)


def strip(visitor_id: uuid.UUID, until: datetime | None = None) -> Strip | None:
    """One statement; None for somebody of whom nothing is known lately."""
    until = until or clock.now()
    newest_first = (
        session()
        .execute(
            select(Signal.at, Signal.kind, Signal.step, Signal.detail)
            .where(
                Signal.visitor_id == visitor_id,
                Signal.at > until - STRIP_BACK,
                Signal.at <= until,
                Signal.kind.not_in(("stalled", "back_and_forth")),
            )
            .order_by(Signal.at.desc())
            .limit(STRIP_MOST)
        )
        .all()
    )
    if not newest_first:
        return None
    rows = list(reversed(newest_first))
    first_at = rows[0].at
    span = max((until - first_at).total_seconds(), 1.0)
    ticks = tuple(
        Tick(
            int(8 + (row.at - first_at).total_seconds() / span * (STRIP_WIDE - 16)),
            _tick_kind(row.kind),
            f"{shown_time(row.at)} {_met_words(row)}",
        )
        for row in rows
    )
    return Strip(ticks, tuple(_labels(rows, until)), "; ".join(tick.words for tick in ticks))


def _tick_kind(kind: str) -> str:
    if kind in ("refused", "declined", "empty_search"):
        return "problem"
    return "step" if kind in ("step", "checkout") else "act"


def _met_words(row: Any) -> str:
    if row.kind == "refused":
        return _("%(field)s refused", field=field_words(row.detail))
    if row.kind in ("step", "checkout", "configure"):
        return _(SHORT_STEPS.get(row.step, ELSEWHERE))
    return {
        "cart": _("Put into the cart"),
        "declined": _("Payment declined"),
        "empty_search": _("Found nothing"),
        "offered": _("Help offered"),
        "offer_taken": _("Took the help offered"),
        "offer_dismissed": _("Wanted no help"),
    }.get(row.kind, _(ELSEWHERE))


def _labels(rows: Sequence[Any], until: datetime) -> list[Label]:
    """The first thing, the worst troubles with how often, the newest step, and now."""
    found = [Label(shown_time(rows[0].at), _met_words(rows[0]), "plain")]
    troubles: dict[str, tuple[datetime, int]] = {}
    for row in rows[1:]:
        if _tick_kind(row.kind) == "problem":
            at, times = troubles.get(_met_words(row), (row.at, 0))
            troubles[_met_words(row)] = (at, times + 1)
    worst = sorted(troubles.items(), key=lambda item: -item[1][1])[:2]
    for words, (at, times) in sorted(worst, key=lambda item: item[1][0]):
        found.append(Label(shown_time(at), f"{words} ×{times}" if times > 1 else words, "problem"))
    steps = [row for row in rows[1:] if _tick_kind(row.kind) == "step"]
    if steps and len(found) < LABELS_MOST:
        found.append(Label(shown_time(steps[-1].at), _met_words(steps[-1]), "plain"))
    found.sort(key=lambda label: label.when)
    return [*found, Label(shown_time(until), _("Now"), "plain")]


def cart_seen(cart_id: uuid.UUID | None, step: str) -> CartSeen | None:
    cart = session().get(Cart, cart_id) if cart_id is not None else None
    if cart is None:
        return None
    now = basket.load(cart)
    if not now.lines:
        return None
    at = clock.now()
    return CartSeen(
        lines=cart_showing.lines(now, at),
        pay=cart_showing.pay(now),
        steps=[replace(one, url="") for one in cart_showing.steps(step, now)],
        handover_words=cart_showing.handover_words(now),
    )
