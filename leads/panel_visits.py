"""Visits by the signals they left: a line a day and device, with how far it went and where it stuck."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import session
from app.i18n import N_, _, translate
from app.pages import datetime as shown_datetime
from app.pages import zone_here
from app.signals import Signal
from leads.panel_showing import PanelRow

READ = 120
SHOWN = 6
STEPS: Mapping[str, str] = {
    "stock": N_("looked at cars"),
    "configure": N_("built a car"),
    "cart": N_("the cart"),
    "contact": N_("contact details"),
    "handover": N_("choosing the handover"),
    "review": N_("the last look"),
    "pay": N_("payment"),
}
"""In the order of a purchase."""
TROUBLE: Mapping[str, str] = {
    "refused": N_("a field was refused"),
    "declined": N_("the bank declined"),
    "empty_search": N_("searched without a find"),
    "back_and_forth": N_("went back and forth"),
    "stalled": N_("stopped"),
}
DEVICES: Mapping[str, str] = {"phone": N_("On a phone"), "desktop": N_("On a computer")}


def visits(visitors: Collection[uuid.UUID]) -> list[PanelRow]:
    """The latest first. One statement."""
    if not visitors:
        return []
    found = session().scalars(
        select(Signal)
        .where(Signal.visitor_id.in_(visitors))
        .order_by(Signal.at.desc(), Signal.id.desc())
        .limit(READ)
    )
    return rows(found.all(), zone_here())


def rows(signals: Sequence[Signal], zone: str) -> list[PanelRow]:
    """Pure: signals, newest first, told by the day and the device."""

    def visit(signal: Signal) -> tuple[date, str]:
        return signal.at.astimezone(ZoneInfo(zone)).date(), signal.device or ""

    ordered = sorted(signals, key=lambda signal: signal.at, reverse=True)
    return [_row(list(signals_of), device) for (_day, device), signals_of in groupby(ordered, visit)][:SHOWN]


def _row(signals: Sequence[Signal], device: str) -> PanelRow:
    latest: datetime = signals[0].at
    return PanelRow(
        what=_furthest(signal.step for signal in signals),
        when=shown_datetime(latest),
        at=latest,
        icon="gauge" if device == "desktop" else "phone" if device == "phone" else "eye",
        note=_(", ").join(_notes(signals, device)),
    )


def _furthest(steps: Iterable[str]) -> str:
    known = [step for step in steps if step in STEPS]
    if not known:
        return _("Looked around")
    return _("Came as far as: %(step)s", step=translate(STEPS[max(known, key=list(STEPS).index)]))


def _notes(signals: Sequence[Signal], device: str) -> list[str]:
    met = [kind for kind in TROUBLE if any(signal.kind == kind for signal in signals)]
    return [translate(DEVICES[device])] * (device in DEVICES) + [translate(TROUBLE[kind]) for kind in met]
