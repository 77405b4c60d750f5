"""The cart as the catalogue prices it now, with everything a page or a payment needs to know about it.

Read in a bounded number of statements whatever the cart holds: the lines with what they sell, the people who sell
them, the market, the slot.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.db import session
from app.i18n import N_
from app.money import Money
from catalog import configuration as builds
from catalog import promotions
from catalog.build import BuildPrice, delivery_window
from catalog.models import Configuration, Hold, Offer, StockItem, Vehicle
from catalog.pricing import PriceLine, road_price
from catalog.promotions import Reduction, Running
from checkout.cart import Cart, CartLine
from checkout.quote import TODAY, Handover, Quote, QuoteLine, Terms, quote, service_starts
from partners.here import market_of
from partners.models import DEALER, Market, Recipient, Slot

# A line without a car has none to join: outer joins all the way down, or the services would fall out of the cart.
WHOLE_CAR = (
    joinedload(StockItem.vehicle, innerjoin=False).joinedload(Vehicle.model, innerjoin=False),
    joinedload(StockItem.vehicle, innerjoin=False).joinedload(Vehicle.trim, innerjoin=False),
)

WHOLE_BUILD = (
    joinedload(Configuration.model, innerjoin=False),
    joinedload(Configuration.trim, innerjoin=False),
)

SLOT_PURPOSES = {"home_delivery": "delivery", "dealer_handover": "handover"}


OPTIONS = N_("Paint, wheels, interior")
OPTIONS_AND_EXTRAS = N_("Paint, wheels, interior, extras")


@dataclass(frozen=True)
class BasketLine:
    """A cart line beside what it sells; exactly one of offer, stock item and configuration is there.

    `build` is what the configuration costs and takes by today's catalogue, None when it is not offered any more.
    """

    line: CartLine
    offer: Offer | None
    stock_item: StockItem | None
    hold: Hold | None
    priced: QuoteLine
    configuration: Configuration | None = None
    build: BuildPrice | None = None

    @property
    def is_vehicle(self) -> bool:
        return self.stock_item is not None or self.configuration is not None

    def is_held_by(self, cart: Cart, at: datetime) -> bool:
        """A car that is yet to be built is nobody else's: it has no hold and no clock."""
        if self.configuration is not None:
            return True
        hold = self.hold
        return hold is not None and hold.holder == cart.id and (hold.until is None or hold.until > at)

    def is_gone(self, cart: Cart, at: datetime) -> bool:
        """Sold, withdrawn, or held by somebody else at the moment."""
        if self.offer is not None:
            return not self.offer.active
        if self.configuration is not None:
            return self.build is None
        if self.stock_item is None or self.stock_item.state in ("sold", "withdrawn", "reserved"):
            return True
        hold = self.hold
        return hold is not None and hold.holder != cart.id and (hold.until is None or hold.until > at)


@dataclass(frozen=True)
class Basket:
    cart: Cart
    lines: tuple[BasketLine, ...]
    market: Market
    dealer: Recipient | None
    """Who hands the car over: where it stands, or for a build whoever the buyer chose, else the market's first."""
    dealers: tuple[Recipient, ...]
    """Among whom the buyer may choose; none where the car in stock decides."""
    partners: tuple[Recipient, ...]
    slot: Slot | None
    quote: Quote
    earliest_on: date
    """The first day on which the car can be handed over."""
    off: Running
    """What promotions take off today."""

    @property
    def vehicles(self) -> tuple[BasketLine, ...]:
        return tuple(line for line in self.lines if line.is_vehicle)

    @property
    def can_be_delivered(self) -> bool:
        """The dealer drives out, and every car of this cart may go."""
        if self.dealer is None or not self.dealer.home_delivery:
            return False
        return all(line.stock_item.home_delivery for line in self.vehicles if line.stock_item)

    @property
    def starting_at_once(self) -> tuple[BasketLine, ...]:
        """What begins today although the buyer may still withdraw: it takes an express wish."""
        if not self.market.withdrawal_days:
            return ()
        has_car = bool(self.vehicles)
        services = (line for line in self.lines if not line.is_vehicle)
        return tuple(line for line in services if service_starts(line.priced, has_car) == TODAY)

    @property
    def needs_handover(self) -> bool:
        return bool(self.vehicles)

    @property
    def handover_is_chosen(self) -> bool:
        if not self.needs_handover:
            return True
        if self.cart.method not in SLOT_PURPOSES or self.slot is None:
            return False
        return self.cart.method != "home_delivery" or bool(self.cart.address)

    @property
    def fingerprint(self) -> str:
        """Of everything the buyer agrees to: what, how many, for how much and when, and how it is handed over."""
        cart = self.cart
        agreed = [
            [[*b.line.identity, b.line.quantity] for b in self.lines],
            [
                [a.when, a.key, a.line_key, a.amount.amount_minor, a.amount.currency, str(a.due_on)]
                for a in self.quote.amounts
            ],
            [cart.method, str(self.dealer.id if self.dealer else None), str(cart.slot_id), cart.address],
        ]
        told = json.dumps(agreed, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def load(cart: Cart, at: datetime | None = None) -> Basket:
    at = at or clock.now()
    market = market_of(cart.market_key)
    off = promotions.running(market.key, clock.today(market.time_zone))
    lines = lines_of(market, CartLine.cart_id == cart.id, CartLine.removed_at.is_(None), off=off)
    people = _recipients([line.line.seller_id for line in lines])
    in_stock = [line for line in lines if line.stock_item is not None]
    to_build = [line for line in lines if line.configuration is not None]
    dealers = _dealers(market) if to_build and not in_stock else ()
    dealer = people.get(in_stock[0].line.seller_id) if in_stock else _chosen(dealers, cart)
    slot = session().get(Slot, cart.slot_id) if cart.slot_id and dealer else None
    zone = ZoneInfo(dealer.time_zone if dealer else market.time_zone)
    today = at.astimezone(zone).date()
    handed_on = slot.starts_at.astimezone(zone).date() if slot else None
    partners = {
        line.line.seller_id: people[line.line.seller_id]
        for line in lines
        if line.line.kind == "partner_product" and line.line.seller_id in people
    }
    return Basket(
        cart=cart,
        lines=tuple(lines),
        market=market,
        dealer=dealer,
        dealers=dealers,
        partners=tuple(partners.values()),
        slot=slot,
        quote=quote(
            [line.priced for line in lines], terms_of(market, off), Handover(cart.method, handed_on), today
        ),
        earliest_on=earliest_handover(
            [line.stock_item.ready_on for line in in_stock if line.stock_item]
            + [delivery_window(line.build.lead_days, today)[0] for line in to_build if line.build],
            market,
            today,
        ),
        off=off,
    )


def terms_of(market: Market, off: Running) -> Terms:
    return Terms(
        currency=market.currency,
        deposit=Money(market.deposit_minor, market.currency),
        delivery=Money(market.delivery_minor, market.currency),
        balance_days_before_handover=market.balance_days_before_handover,
        cancel_days=market.cancel_days,
        delivery_reduction=off.delivery,
    )


def earliest_handover(ready_on: Sequence[date], market: Market, today: date) -> date:
    """When the last car is ready, with a day to spare for the balance."""
    soonest = today + timedelta(days=market.balance_days_before_handover + 1)
    return max([soonest, *ready_on])


def lines_of(market: Market, *which: ColumnElement[bool], off: Running | None = None) -> list[BasketLine]:
    """Lines beside what they sell, a cart's or those put aside: one statement, and three for builds.

    `off` is what runs today; without it, one more statement looks.
    """
    rows = (
        session()
        .execute(
            select(CartLine, Offer, StockItem, Hold, Configuration)
            .outerjoin(Offer, Offer.id == CartLine.offer_id)
            .outerjoin(StockItem, StockItem.id == CartLine.stock_item_id)
            .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
            .outerjoin(
                Configuration,
                and_(Configuration.id == CartLine.configuration_id, CartLine.kind == "vehicle"),
            )
            .where(*which)
            .order_by(CartLine.position, CartLine.id)
            .options(*WHOLE_CAR, *WHOLE_BUILD)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    prices = builds.priced([row.Configuration for row in rows if row.Configuration is not None], market)
    if off is None and any(row.Offer is not None for row in rows):
        off = promotions.running(market.key, clock.today(market.time_zone))
    reductions = off.services if off is not None else {}
    return [
        BasketLine(line, offer, item, hold, _priced(line, offer, item, market, reductions))
        if kept is None
        else BasketLine(
            line,
            None,
            None,
            None,
            _priced_build(line, kept, prices.get(kept.id), market),
            kept,
            prices.get(kept.id),
        )
        for line, offer, item, hold, kept in rows
    ]


def _priced_build(line: CartLine, kept: Configuration, now: BuildPrice | None, market: Market) -> QuoteLine:
    """By today's catalogue; what is not offered any more keeps its last price until it is taken out."""
    return QuoteLine(
        key=line.public_id,
        kind=line.kind,
        title=line.title,
        price=now.car if now else kept.price,
        starts="handover",
        road=_road(now, kept) if now else road_price(kept.price_minor, market.tax_policy),
    )


def _road(now: BuildPrice, kept: Configuration) -> tuple[PriceLine, ...]:
    """Options that cost nothing have no line."""
    words = OPTIONS_AND_EXTRAS if kept.extras else OPTIONS
    return tuple(
        replace(part, label=words) if part.key == "options" else part
        for part in now.road
        if part.key != "options" or part.amount
    )


def _priced(
    line: CartLine,
    offer: Offer | None,
    item: StockItem | None,
    market: Market,
    reductions: Mapping[str, Reduction],
) -> QuoteLine:
    if item is not None:
        return QuoteLine(
            key=line.public_id,
            kind=line.kind,
            title=line.title,
            price=Money(item.price_minor, item.currency),
            starts="handover",
            road=road_price(item.price_minor, market.tax_policy, item.condition),
        )
    assert offer is not None
    # What goes with a car that the buyer owns already has no handover to wait for.
    owned = line.kind == "feature" and line.is_for_owned_car
    return QuoteLine(
        key=line.public_id,
        kind=line.kind,
        title=line.title,
        price=Money(offer.price_minor, offer.currency),
        quantity=line.quantity,
        billing=offer.billing,
        starts="today" if owned else offer.starts,
        reduction=reductions.get(offer.sku),
    )


def _dealers(market: Market) -> tuple[Recipient, ...]:
    """Who hands cars over in this market, the first to enrol first."""
    found = select(Recipient).where(
        Recipient.market_key == market.key, Recipient.kind == DEALER, Recipient.active
    )
    return tuple(session().scalars(found.order_by(Recipient.created_at, Recipient.id)))


def _chosen(dealers: Sequence[Recipient], cart: Cart) -> Recipient | None:
    return next(
        (dealer for dealer in dealers if dealer.id == cart.recipient_id), dealers[0] if dealers else None
    )


def _recipients(ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID | None, Recipient]:
    wanted = {id for id in ids if id is not None}
    if not wanted:
        return {}
    found = session().scalars(select(Recipient).where(Recipient.id.in_(wanted)))
    return {recipient.id: recipient for recipient in found}
