"""From a signal to a lead, in the signal's own transaction, in sets, once per signal however often it is told."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.events import Actor, Recorded, record_many
from app.ids import public_id, uuid7
from catalog.models import StockItem
from checkout.cart import Cart
from checkout.events import CartAbandoned
from conversations.events import HelpRequested
from conversations.models import Conversation, HelpRequest
from customers.models import Customer
from leads.events import LeadOpened
from leads.matrix import ANSWER_WITHIN_S, ROW_OF_SOURCE
from leads.models import Lead, LeadMove
from orders.models import NumberSeries
from partners.models import HOME_MARKET, Market, Recipient

SERIES = "lead"
SAME_MATTER = timedelta(minutes=30)
"""Signals of one person within this time are one matter: the first lead leads."""
ABANDONED_ANSWER_WITHIN_S: Mapping[str, int] = {"payment": 900, "checkout": 1800, "cart": 7200}
SOURCE_OF_HELP: Mapping[str, str] = {
    "message": "help_request",
    "callback": "callback",
    "test_drive": "test_drive",
}


@dataclass(frozen=True)
class Signal:
    """What both kinds of signal tell, alike."""

    kind: str
    source: str
    source_id: uuid.UUID
    at: datetime
    due_at: datetime
    family: str
    step: str
    reason: str
    language: str
    visitor_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None
    consent_id: uuid.UUID | None = None
    value_minor: int | None = None
    currency: str | None = None
    page: str | None = None
    cart_id: uuid.UUID | None = None
    about_order_id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None
    named_recipient_id: uuid.UUID | None = None
    answer_within_s: int | None = None
    """Of open time, counted anew for each recipient; None where the person was promised a time."""
    snapshot: list[dict[str, Any]] = field(default_factory=list)


def of_abandoned(recorded: Recorded[CartAbandoned]) -> Signal:
    event = recorded.event
    within = timedelta(seconds=ABANDONED_ANSWER_WITHIN_S.get(event.stage, 7200))
    return Signal(
        kind="abandoned_cart",
        source="abandoned_cart",
        source_id=event.episode_id,
        at=recorded.at,
        due_at=recorded.at + within,
        family=main_family(event.families),
        step=event.step,
        reason=event.reason,
        language=event.language,
        visitor_id=event.visitor_id,
        customer_id=event.customer_id,
        value_minor=event.value_minor,
        currency=event.currency,
        cart_id=event.cart_id,
        named_recipient_id=event.recipient_id or _seller_in(event.snapshot, main_family(event.families)),
        answer_within_s=int(within.total_seconds()),
        snapshot=event.snapshot,
    )


def of_help(recorded: Sequence[Recorded[HelpRequested]]) -> list[Signal]:
    """With what the requests keep of the cart in hand and of the time promised, and the car they are about."""
    ids = [fact.event.help_request_id for fact in recorded]
    kept = {row.id: row for row in session().scalars(select(HelpRequest).where(HelpRequest.id.in_(ids)))}
    wanted = {row.stock_item_id for row in kept.values() if row.stock_item_id}
    asked_about = select(StockItem).where(StockItem.id.in_(wanted))
    cars: dict[uuid.UUID | None, StockItem] = {}
    if wanted:
        cars = {car.id: car for car in session().scalars(asked_about)}
    signals = []
    for fact in recorded:
        request = kept[fact.event.help_request_id]
        signals.append(_of_help(fact, request, _in_hand(request, cars.get(request.stock_item_id))))
    return signals


def _in_hand(request: HelpRequest, car: StockItem | None) -> list[dict[str, Any]]:
    """The car asked about first, then what was in the cart."""
    if car is None or any(line.get("stock_item_id") == str(car.id) for line in request.snapshot):
        return list(request.snapshot)
    title, detail = car.titles()
    asked_about = {
        "kind": "vehicle",
        "family": request.family,
        "sku": car.vehicle.vin,
        "title": title,
        "detail": detail,
        "quantity": 1,
        "price_minor": car.price_minor,
        "vin": car.vehicle.vin,
        "stock_item_id": str(car.id),
        "seller_id": str(car.recipient_id),
    }
    return [asked_about, *request.snapshot]


def _of_help(
    recorded: Recorded[HelpRequested], request: HelpRequest, in_hand: list[dict[str, Any]]
) -> Signal:
    event = recorded.event
    source = SOURCE_OF_HELP.get(event.kind, "help_request")
    within = timedelta(seconds=ANSWER_WITHIN_S[ROW_OF_SOURCE[source]])
    return Signal(
        kind="help_request",
        source=source,
        source_id=event.help_request_id,
        at=recorded.at,
        due_at=request.answer_due_at or recorded.at + within,
        family=event.family,
        step=event.step,
        reason=event.kind,
        language=event.language,
        visitor_id=event.visitor_id,
        customer_id=event.customer_id,
        consent_id=event.consent_id,
        value_minor=event.value_minor,
        currency=event.currency,
        page=event.page,
        cart_id=event.cart_id,
        about_order_id=event.order_id,
        conversation_id=event.conversation_id,
        named_recipient_id=event.recipient_id or _seller_in(in_hand, event.family),
        answer_within_s=None if request.answer_due_at else int(within.total_seconds()),
        snapshot=in_hand,
    )


def _seller_in(snapshot: Iterable[Mapping[str, Any]], family: str) -> uuid.UUID | None:
    """Who sells what it is about: the dealer where the car stands, or the partner company."""
    sellers = (line.get("seller_id") for line in snapshot if line.get("family") == family)
    found = next((seller for seller in sellers if seller), None)
    return uuid.UUID(str(found)) if found else None


def main_family(families: Iterable[str]) -> str:
    """What a mixed cart is about: its car if it has one."""
    present = set(families)
    order = (
        "vehicle_new",
        "vehicle_used",
        "subscription",
        "charging",
        "feature",
        "credits",
        "partner_product",
    )
    return next((family for family in order if family in present), "none")


def open_leads(signals: Sequence[Signal], actor: Actor) -> int:
    """Adds the leads that are not there yet; tells how many. In the open transaction, in a bounded number of
    statements whatever the number of signals."""
    fresh = _without_lead(signals)
    if not fresh:
        return 0
    people = _people(fresh)
    rows = _rows(fresh, people, _markets(fresh), _earlier(fresh))
    _number(rows, max(signal.at for signal in fresh))
    opened = set(
        session().scalars(
            insert(Lead)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["kind", "source_id"])
            .returning(Lead.id)
        )
    )
    made = [row for row in rows if row["id"] in opened]
    _tell(made, actor)
    return len(made)


def _without_lead(signals: Sequence[Signal]) -> list[Signal]:
    by_key = {(signal.kind, signal.source_id): signal for signal in signals}
    keys = tuple_(Lead.kind, Lead.source_id)
    known = {
        (kind, source_id)
        for kind, source_id in session().execute(
            select(Lead.kind, Lead.source_id).where(keys.in_(list(by_key)))
        )
    }
    return [signal for key, signal in by_key.items() if key not in known]


@dataclass(frozen=True)
class _People:
    by_id: Mapping[uuid.UUID, Customer]
    by_visitor: Mapping[uuid.UUID, Customer]

    def of(self, signal: Signal) -> Customer | None:
        if signal.customer_id is not None:
            return self.by_id.get(signal.customer_id)
        return self.by_visitor.get(signal.visitor_id) if signal.visitor_id else None


def _people(signals: Sequence[Signal]) -> _People:
    ids = {signal.customer_id for signal in signals if signal.customer_id}
    visitors = {signal.visitor_id for signal in signals if signal.visitor_id}
    if not ids and not visitors:
        return _People({}, {})
    found = (
        session()
        .scalars(
            select(Customer)
            .where(or_(Customer.id.in_(ids), Customer.visitor_id.in_(visitors)))
            .order_by(Customer.created_at)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    return _People({c.id: c for c in found}, {c.visitor_id: c for c in found if c.visitor_id})


@dataclass(frozen=True)
class _Before:
    """An earlier lead of somebody, and the one that leads it."""

    leading_id: uuid.UUID
    at: datetime


def _earlier(signals: Sequence[Signal]) -> dict[uuid.UUID, _Before]:
    """The newest earlier lead by visitor and by customer."""
    visitors = {signal.visitor_id for signal in signals if signal.visitor_id}
    ids = {signal.customer_id for signal in signals if signal.customer_id}
    if not visitors and not ids:
        return {}
    since = min(signal.at for signal in signals) - SAME_MATTER
    found = session().execute(
        select(Lead.id, Lead.primary_lead_id, Lead.visitor_id, Lead.customer_id, Lead.signalled_at)
        .where(
            or_(Lead.visitor_id.in_(visitors), Lead.customer_id.in_(ids)),
            Lead.signalled_at >= since,
            Lead.closed_at.is_(None),
        )
        .order_by(Lead.signalled_at)
    )
    before = {}
    for lead_id, primary_id, visitor_id, customer_id, at in found:
        for person in filter(None, (visitor_id, customer_id)):
            before[person] = _Before(primary_id or lead_id, at)
    return before


@dataclass(frozen=True)
class _Markets:
    """Where a signal belongs: with the place it names, else the desk that was asked, else the cart, else the person."""

    of_places: Mapping[uuid.UUID, str]
    of_desks: Mapping[uuid.UUID, str]
    of_carts: Mapping[uuid.UUID, str]

    def of(self, signal: Signal, customer: Customer | None) -> str:
        found = (
            self.of_places.get(signal.named_recipient_id or signal.source_id)
            or self.of_desks.get(signal.conversation_id or signal.source_id)
            or self.of_carts.get(signal.cart_id or signal.source_id)
        )
        return found or (customer.market_key if customer else HOME_MARKET)


def _markets(signals: Sequence[Signal]) -> _Markets:
    places = {signal.named_recipient_id for signal in signals if signal.named_recipient_id}
    asked = {signal.conversation_id for signal in signals if signal.conversation_id}
    carts = {signal.cart_id for signal in signals if signal.cart_id}
    of_places = select(Recipient.id, Recipient.market_key).where(Recipient.id.in_(places))
    of_carts = select(Cart.id, Cart.market_key).where(Cart.id.in_(carts))
    of_desks = (
        select(Conversation.id, Recipient.market_key)
        .join(Recipient, Recipient.id == Conversation.recipient_id)
        .where(Conversation.id.in_(asked))
    )

    def found(wanted: Select[uuid.UUID, str], ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        return dict(session().execute(wanted).all()) if ids else {}

    return _Markets(found(of_places, places), found(of_desks, asked), found(of_carts, carts))


def _rows(
    signals: Sequence[Signal], people: _People, markets: _Markets, before: dict[uuid.UUID, _Before]
) -> list[dict[str, Any]]:
    rows = []
    for signal in sorted(signals, key=lambda signal: signal.at):
        customer = people.of(signal)
        lead_id = uuid7()
        person = [known for known in (signal.visitor_id, customer.id if customer else None) if known]
        leading = next((before[known] for known in person if known in before), None)
        primary_id = leading.leading_id if leading and signal.at - leading.at <= SAME_MATTER else None
        for known in person:
            before[known] = _Before(primary_id or lead_id, signal.at)
        rows.append(_row(signal, markets.of(signal, customer), lead_id, customer, primary_id))
    return rows


def _row(
    signal: Signal,
    market_key: str,
    lead_id: uuid.UUID,
    customer: Customer | None,
    primary_id: uuid.UUID | None,
) -> dict[str, Any]:
    return {
        "id": lead_id,
        "public_id": public_id(),
        "market_key": market_key,
        "kind": signal.kind,
        "source": signal.source,
        "source_id": signal.source_id,
        "visitor_id": signal.visitor_id,
        "customer_id": customer.id if customer else None,
        "product_family": signal.family,
        "value_minor": signal.value_minor,
        "currency": signal.currency,
        "step": signal.step,
        "page": signal.page,
        "reason": signal.reason,
        "snapshot": signal.snapshot,
        "language": signal.language,
        "cart_id": signal.cart_id,
        "about_order_id": signal.about_order_id,
        "conversation_id": signal.conversation_id,
        "named_recipient_id": signal.named_recipient_id,
        "primary_lead_id": primary_id,
        "consent_id": signal.consent_id,
        "contactability": customer.first_contact if customer else "none",
        "status": "new",
        "signalled_at": signal.at,
        "due_at": signal.due_at,
        "answer_within_s": signal.answer_within_s,
    }


def _number(rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """L-YYMM-NNNNN, the market's letter behind the L, counted per market and month on the market's clock."""
    for market_key in sorted({row["market_key"] for row in rows}):
        mine = [row for row in rows if row["market_key"] == market_key]
        market = Market.get(market_key)
        day = at.astimezone(ZoneInfo(market.time_zone))
        series = NumberSeries.locked(market_key, SERIES, f"{day:%y%m}")
        first = series.next
        series.next = first + len(mine)
        session().flush()
        for number, row in enumerate(mine, first):
            row["number"] = f"L{market.number_prefix}-{day:%y%m}-{number:05d}"


def _tell(rows: Sequence[Mapping[str, Any]], actor: Actor) -> None:
    if not rows:
        return
    session().execute(
        plain_insert(LeadMove),
        [
            {
                "lead_id": row["id"],
                "from_status": None,
                "to_status": "new",
                "at": row["signalled_at"],
                "actor_kind": actor.kind,
                "actor_id": actor.id,
            }
            for row in rows
        ],
    )
    record_many(
        [
            LeadOpened(
                lead_id=row["id"],
                customer_id=row["customer_id"],
                visitor_id=row["visitor_id"],
                kind=row["kind"],
                source=row["source"],
                source_id=row["source_id"],
                number=row["number"],
            )
            for row in rows
        ],
        actor,
    )
