"""Reads for the shop's pages: plain values, a fixed number of statements each."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from app import clock
from app.db import session
from app.money import Money
from catalog.forms import PAGE_SIZE, StockFilter
from catalog.pricing import PriceLine, road_price
from catalog.products import Equipment, Model, Offer, Trim
from catalog.stock import Hold, StockItem, Vehicle
from partners.models import HOME_MARKET, Market, Recipient

SHELVES_LIVE_S = 10
SIMILAR = 3


@dataclass(frozen=True)
class Listed:
    """A car as a list shows it."""

    item: StockItem
    dealer: Recipient
    hold: Hold | None
    road: tuple[PriceLine, ...]

    @property
    def on_the_road(self) -> Money:
        return Money.total((line.amount for line in self.road), self.item.currency)

    def held_until(self, at: datetime) -> datetime | None:
        return self.hold.until if self.hold is not None and self.hold.is_live(at) else None


@dataclass(frozen=True)
class StockPage:
    cars: Sequence[Listed]
    total: int
    pages: int


@dataclass(frozen=True)
class LineUp:
    """A house model with what it starts from and how far its best trim goes."""

    model: Model
    trims: Sequence[Trim]

    @property
    def price_from(self) -> Money:
        return min((trim.price for trim in self.trims), key=lambda price: price.amount_minor)

    @property
    def range_to(self) -> Trim:
        return max(self.trims, key=lambda trim: trim.range_km)


def stock_page(wanted: StockFilter, market: Market) -> StockPage:
    narrowed = _narrow(select(func.count(StockItem.id)), wanted, market)
    total = session().scalar(narrowed) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(wanted.page, pages)
    rows = session().execute(
        _sorted(_narrow(select(StockItem, Recipient, Hold), wanted, market, with_hold=True), wanted.sort)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return StockPage(
        [_listed(item, dealer, hold, market) for item, dealer, hold in rows.unique()], total, pages
    )


def _listed(item: StockItem, dealer: Recipient, hold: Hold | None, market: Market) -> Listed:
    return Listed(item, dealer, hold, road_price(item.price_minor, market.tax_policy, item.condition))


def _narrow(query: Any, wanted: StockFilter, market: Market, with_hold: bool = False) -> Any:
    query = query.select_from(StockItem).where(
        StockItem.market_key == market.key, StockItem.state == "available"
    )
    if with_hold or wanted.dealers:
        query = query.join(Recipient, Recipient.id == StockItem.recipient_id)
    if with_hold:
        query = query.outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
    if wanted.dealers:
        query = query.where(Recipient.code.in_(wanted.dealers))
    if wanted.conditions:
        query = query.where(StockItem.condition.in_(wanted.conditions))
    for bound, compare in ((wanted.price_from, "__ge__"), (wanted.price_to, "__le__")):
        if bound is not None:
            price = Money.of(market.currency, bound).amount_minor
            query = query.where(getattr(StockItem.price_minor, compare)(price))
    if wanted.models or wanted.paints or wanted.query:
        query = query.where(StockItem.vehicle_id.in_(_vehicles(wanted)))
    return query


def _vehicles(wanted: StockFilter) -> Select[Any]:
    vehicles = (
        select(Vehicle.id)
        .join(Model, Model.id == Vehicle.model_id)
        .outerjoin(Trim, Trim.id == Vehicle.trim_id)
    )
    if wanted.models:
        vehicles = vehicles.where(Model.slug.in_(wanted.models))
    if wanted.paints:
        vehicles = vehicles.where(Vehicle.paint.in_(wanted.paints))
    for word in wanted.query.split()[:6]:
        vehicles = vehicles.where(
            or_(
                Model.name.icontains(word, autoescape=True),
                Model.name_zh.contains(word, autoescape=True),
                Trim.name.icontains(word, autoescape=True),
                Trim.name_zh.contains(word, autoescape=True),
                Model.tagline.icontains(word, autoescape=True),
                Model.tagline_zh.contains(word, autoescape=True),
                Vehicle.vin.iendswith(word, autoescape=True),
            )
        )
    return vehicles


def _sorted(query: Any, sort: str) -> Any:
    if sort == "price":
        return query.order_by(StockItem.price_minor, StockItem.id)
    if sort == "price-down":
        return query.order_by(StockItem.price_minor.desc(), StockItem.id)
    return query.order_by(StockItem.ready_on, StockItem.id)


@dataclass(frozen=True)
class Shelves:
    """What the list can be narrowed by: counts per model, condition, paint and dealer, and the names of these."""

    counts: Mapping[str, Mapping[str, int]]
    equipment: Mapping[tuple[str, str], Equipment]
    dealers: Mapping[str, Recipient]


_shelves: tuple[float, str, Shelves] | None = None


def shelves(market: Market) -> Shelves:
    """Read at most every ten seconds per process: counting a whole stock is not for every look at a list."""
    global _shelves
    if _shelves is None or _shelves[1] != market.key or time.monotonic() - _shelves[0] > SHELVES_LIVE_S:
        dealers = {dealer.code: dealer for dealer in Recipient.dealers(market.key)}
        _shelves = (time.monotonic(), market.key, Shelves(_counts(market), equipment(market), dealers))
    return _shelves[2]


def forget_shelves() -> None:
    global _shelves
    _shelves = None


def _counts(market: Market) -> Mapping[str, Mapping[str, int]]:
    sets = func.grouping_sets(Model.slug, StockItem.condition, Vehicle.paint, Recipient.code)
    rows = session().execute(
        select(Model.slug, StockItem.condition, Vehicle.paint, Recipient.code, func.count())
        .select_from(StockItem)
        .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
        .join(Model, Model.id == Vehicle.model_id)
        .join(Recipient, Recipient.id == StockItem.recipient_id)
        .where(StockItem.market_key == market.key, StockItem.state == "available")
        .group_by(sets)
    )
    counted: dict[str, dict[str, int]] = {"model": {}, "condition": {}, "paint": {}, "dealer": {}}
    for *values, count in rows:
        for name, value in zip(counted, values, strict=True):
            if value is not None:
                counted[name][value] = count
    return counted


def vehicle_page(public_id: str, market: Market) -> Listed | None:
    row = (
        session()
        .execute(
            select(StockItem, Recipient, Hold)
            .join(Recipient, Recipient.id == StockItem.recipient_id)
            .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
            .where(StockItem.public_id == public_id)
        )
        .unique()
        .one_or_none()
    )
    return _listed(*row, market) if row else None


def similar(to: StockItem, market: Market) -> Sequence[Listed]:
    """The nearest in price of the same model that can be had now."""
    rows = session().execute(
        select(StockItem, Recipient, Hold)
        .join(Recipient, Recipient.id == StockItem.recipient_id)
        .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
        .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
        .where(
            StockItem.market_key == market.key,
            StockItem.state == "available",
            StockItem.id != to.id,
            Vehicle.model_id == to.vehicle.model_id,
            or_(Hold.id.is_(None), Hold.until <= clock.sql_now),
        )
        .order_by(func.abs(StockItem.price_minor - to.price_minor), StockItem.id)
        .limit(SIMILAR)
    )
    return [_listed(item, dealer, hold, market) for item, dealer, hold in rows.unique()]


def equipment(market: Market) -> Mapping[tuple[str, str], Equipment]:
    rows = session().scalars(
        select(Equipment).where(Equipment.market_key == market.key).order_by(Equipment.position)
    )
    return {(row.family, row.code): row for row in rows}


def line_up(market_key: str = HOME_MARKET) -> Sequence[LineUp]:
    """The house's models, in one statement."""
    trims: dict[Any, list[Trim]] = {}
    models: dict[Any, Model] = {}
    for model, trim in session().execute(
        select(Model, Trim)
        .join(Trim, and_(Trim.model_id == Model.id, Trim.market_key == market_key))
        .where(Model.origin == "house")
        .order_by(Model.position, Trim.position)
    ):
        models[model.id] = model
        trims.setdefault(model.id, []).append(trim)
    return [LineUp(model, trims[id]) for id, model in models.items()]


@dataclass(frozen=True)
class Makes:
    models: Sequence[Model]
    total: int
    pages: int
    page: int
    makes: Sequence[tuple[str, str, int]]


def all_makes(make: str | None, words: str, page: int) -> Makes:
    """Imported models, 24 a page, with every make and how many models it has. Four statements."""
    query = select(Model).where(Model.origin == "imported")
    if make:
        query = query.where(Model.make_slug == make)
    for word in words.split()[:6]:
        query = query.where(
            or_(
                Model.make_name.icontains(word, autoescape=True),
                Model.name.icontains(word, autoescape=True),
                Model.trim_name.icontains(word, autoescape=True),
                Model.variant_name.icontains(word, autoescape=True),
            )
        )
    total = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = max(1, min(page, pages))
    found = (
        session()
        .scalars(
            query.options(selectinload(Model.ranges))
            .order_by(Model.make_slug, Model.slug)
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        .all()
    )
    makes = session().execute(
        select(Model.make_slug, func.min(Model.make_name), func.count())
        .where(Model.origin == "imported")
        .group_by(Model.make_slug)
        .order_by(Model.make_slug)
    )
    return Makes(found, total, pages, page, [(slug, name, count) for slug, name, count in makes])


def model_by_slug(slug: str) -> Model | None:
    return (
        session()
        .scalars(
            select(Model)
            .options(selectinload(Model.ranges), selectinload(Model.list_prices), selectinload(Model.trims))
            .where(Model.slug == slug)
        )
        .one_or_none()
    )


def in_stock_of(model: Model, market: Market) -> int:
    """Cars of this model on offer."""
    count = session().scalar(
        select(func.count(StockItem.id))
        .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
        .where(
            Vehicle.model_id == model.id, StockItem.state == "available", StockItem.market_key == market.key
        )
    )
    return count or 0


def stock_in_brief(market: Market) -> Mapping[str, tuple[int, int | None]]:
    """Condition -> (cars on offer, lowest price)."""
    rows = session().execute(
        select(StockItem.condition, func.count(), func.min(StockItem.price_minor))
        .where(StockItem.market_key == market.key, StockItem.state == "available")
        .group_by(StockItem.condition)
    )
    return {condition: (count, lowest) for condition, count, lowest in rows}


def offers(market: Market) -> Sequence[tuple[Offer, Recipient | None]]:
    rows = session().execute(
        select(Offer, Recipient)
        .outerjoin(Recipient, Recipient.id == Offer.seller_id)
        .where(Offer.market_key == market.key, Offer.active)
        .order_by(Offer.position)
    )
    return [(offer, seller) for offer, seller in rows]
