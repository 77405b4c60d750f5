"""The customer panel's words: everything ready to print, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request, url_for

from app.i18n import N_, _, language, localized, translate
from app.money import Money
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.pages import period
from app.sessions import StaffPrincipal
from conversations.models import Conversation
from customers.models import Customer
from customers.reveals import Contact
from leads.models import Lead
from leads.panel_queries import Known
from leads.panel_subjects import Subject
from leads.showing import Agreed, what_of
from leads.statuses import STATUS_NAMES, STEP_NAMES
from orders import statuses as order_statuses
from orders.order import Order

LANGUAGES = {"en": "English", "zh": "中文"}
DRIVEN = {
    "booked": N_("booked"),
    "driven": N_("driven"),
    "no_show": N_("did not come"),
    "cancelled": N_("cancelled"),
}


@dataclass(frozen=True)
class PanelRow:
    what: str
    when: str
    at: datetime
    icon: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Panel:
    kind: str
    public_id: str
    name: str
    initials: str
    about: str
    contact: Contact | None
    """None when there is none, or when no consent lets this person see it; `contact_note` says which."""
    contact_note: str
    seen_until: datetime | None
    agreed: Sequence[Agreed] = ()
    talking: Sequence[PanelRow] = ()
    drives: Sequence[PanelRow] = ()
    carts: Sequence[PanelRow] = ()
    orders: Sequence[PanelRow] = ()
    leads: Sequence[PanelRow] = ()
    visits: Sequence[PanelRow] = ()
    household: Sequence[str] = field(default_factory=tuple)


def name_shown(customer: Customer | None, subject: Subject) -> str:
    if customer is not None and customer.name:
        return customer.name
    return _("Visitor %(mark)s", mark=(subject.visitor_id or subject.id).hex[-4:])


def about(customer: Customer | None, subject: Subject, place: str) -> str:
    spoken = LANGUAGES.get(customer.language if customer else subject.language, "English")
    return _(", ").join(part for part in (place, spoken) if part)


def carts(known: Known) -> list[PanelRow]:
    return [_cart(*row) for row in known.carts]


def _cart(cart: Any, title: dict[str, str] | None, count: int) -> PanelRow:
    what = _title(title) or _("Cart")
    if count > 1:
        what = _("%(what)s and %(n)s more", what=what, n=count - 1)
    told = [
        Money(cart.value_minor, cart.currency).formatted(language()),
        _("being paid") if cart.state == "paying" else _("at %(step)s", step=_step(cart.step)),
    ]
    return PanelRow(
        what, shown_datetime(cart.last_activity_at), cart.last_activity_at, "cart", _(", ").join(told)
    )


def _step(step: str) -> str:
    return translate(STEP_NAMES[step]) if step in STEP_NAMES else step


def orders(known: Known, me: StaffPrincipal) -> list[PanelRow]:
    return [_order(row[0], row[1], me) for row in known.orders]


def _order(order: Order, title: dict[str, str] | None, me: StaffPrincipal) -> PanelRow:
    status = translate(order_statuses.NAMES[order.status])
    opens = me.has("admin") or order.recipient_id in me.recipient_ids
    return PanelRow(
        what=_(", ").join(part for part in (order.number, _title(title)) if part),
        when=shown_date(order.placed_at),
        at=order.placed_at,
        icon="document",
        note=status,
        url=f"{request.script_root}/dealer/orders/{order.public_id}" if opens else "",
    )


def drives(known: Known) -> list[PanelRow]:
    """Test drives by their own time, the latest first."""
    return _newest(
        [_drive(*row) for row in known.asked if row[0].kind == "test_drive" and row[1] is not None]
    )


def _drive(asked: Any, slot: Any, place: Any, drive: Any) -> PanelRow:
    times = drive or slot
    return PanelRow(
        what=place.name_shown if place else _("Test drive"),
        when=period(times.starts_at, times.ends_at, slot.recipient.time_zone),
        at=times.starts_at,
        icon="wheel",
        note=translate(DRIVEN[drive.state]) if drive is not None else "",
    )


def leads(known: Known) -> list[PanelRow]:
    return [_lead(row[0], row[1], _person(row[2], row[3])) for row in known.leads]


def _lead(lead: Lead, place: Any, staff: str) -> PanelRow:
    who = staff or (place.name_shown if place else "")
    told = [translate(STATUS_NAMES[lead.status]), who]
    return PanelRow(
        what=_(", ").join((lead.number, what_of(lead))),
        when=shown_datetime(lead.signalled_at),
        at=lead.signalled_at,
        icon="inbox",
        note=_(", ").join(part for part in told if part),
        url=url_for("leads.lead", public_id=lead.public_id),
    )


def talking(known: Known, subject: Subject) -> list[PanelRow]:
    """Who else talks to this person, with the last promise made."""
    rows = [_thread(row, subject) for row in known.threads if row[0].id != subject.conversation_id or row[2]]
    rows += [_taken(row) for row in known.leads if row[0].is_open and (row[1] is not None or row[2])]
    rows += [_promised(row) for row in known.asked if row[0].kind == "callback" and row[0].wished_from]
    rows += [_handover(row) for row in known.orders if row[3] is not None and row[0].is_open]
    return _newest(rows)


def _thread(row: Any, subject: Subject) -> PanelRow:
    thread: Conversation = row[0]
    who = _person(row[2], row[3]) or (row[1].name_shown if row[1] else _("Nobody yet"))
    note = (
        _("Settled")
        if thread.state == "resolved"
        else _("Waits for an answer")
        if thread.state == "waiting"
        else ""
    )
    url = url_for("conversations.agent_conversation", public_id=thread.public_id) if subject.is_house else ""
    return PanelRow(who, shown_datetime(thread.last_message_at), thread.last_message_at, "chat", note, url)


def _taken(row: Any) -> PanelRow:
    lead: Lead = row[0]
    who = _(", ").join(
        part for part in (_person(row[2], row[3]), row[1].name_shown if row[1] else "") if part
    )
    if lead.status in ("accepted", "contacted"):
        note = _(
            "Lead %(number)s: %(status)s", number=lead.number, status=translate(STATUS_NAMES[lead.status])
        )
    else:
        note = _("Promised an answer by %(when)s", when=shown_datetime(lead.due_at))
    return PanelRow(who, shown_datetime(lead.signalled_at), lead.signalled_at, "pin", note)


def _promised(row: Any) -> PanelRow:
    asked, _slot, place, _drive_of_it = row
    return PanelRow(
        what=place.name_shown if place else _("Help line"),
        when=shown_datetime(asked.created_at),
        at=asked.created_at,
        icon="phone",
        note=_("Promised a call %(when)s", when=period(asked.wished_from, asked.wished_until)),
    )


def _handover(row: Any) -> PanelRow:
    order, _title_of_it, place, slot = row
    when = period(slot.starts_at, slot.ends_at, slot.recipient.time_zone)
    return PanelRow(
        what=place.name_shown if place else order.number,
        when=shown_date(order.placed_at),
        at=order.placed_at,
        icon="key",
        note=_("Promised the car %(when)s", when=when),
    )


def _person(name: str | None, name_zh: str | None) -> str:
    return localized(name, name_zh or None) if name else ""


def _title(title: dict[str, str] | None) -> str:
    return localized(title.get("en", ""), title.get("zh")) if title else ""


def _newest(rows: list[PanelRow]) -> list[PanelRow]:
    return sorted(rows, key=lambda row: row.at, reverse=True)
