"""Reads for the shop's pages: plain values, a fixed number of statements each."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, literal_column, or_, select
from sqlalchemy.orm import selectinload

from app import clock
from app.db import session
from app.money import Money
from catalog.forms import FAR_KM, PAGE_SIZE, SOON_DAYS, StockFilter
from catalog.pricing import PriceLine, road_price
from catalog.products import Model, Trim
from catalog.shelves import shelves
from catalog.stock import Hold, StockItem, Vehicle
from partners.here import market_of
from partners.models import Market, Recipient

SIMILAR = 4
VERSION = literal_column("stock_item.xmin::text || '.' || vehicle.xmin::text", String)
"""Changes with every change of the two rows that a card is made from."""


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
class Place:
    """A car's place on a list: enough to know whether its card is made already. `held_until` may have passed."""

    id: uuid.UUID
    version: str
    held_until: datetime | None


@dataclass(frozen=True)
class StockPage:
    places: Sequence[Place]
    total: int
    pages: int


def stock_page(wanted: StockFilter, market: Market) -> StockPage:
    """The cars are read now; how many there are is counted some seconds ago, and never less than what is seen."""
    total = shelves(market).total(wanted)
    page = min(wanted.page, max(1, -(-total // PAGE_SIZE)))
    skipped = (page - 1) * PAGE_SIZE
    query = _narrow(select(StockItem.id, VERSION, Hold.until), wanted, market)
    rows = session().execute(_sorted(query, wanted.sort).limit(PAGE_SIZE).offset(skipped)).all()
    seen = skipped + len(rows)
    total = seen if len(rows) < PAGE_SIZE and (rows or not skipped) else max(total, seen)
    return StockPage([Place(*row) for row in rows], total, max(1, -(-total // PAGE_SIZE)))


def listed(ids: Sequence[uuid.UUID], market: Market) -> Mapping[uuid.UUID, Listed]:
    if not ids:
        return {}
    rows = session().execute(
        select(StockItem, Recipient, Hold)
        .join(Recipient, Recipient.id == StockItem.recipient_id)
        .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
        .where(StockItem.id.in_(ids))
    )
    return {item.id: _listed(item, dealer, hold, market) for item, dealer, hold in rows.unique()}


def _listed(item: StockItem, dealer: Recipient, hold: Hold | None, market: Market) -> Listed:
    return Listed(item, dealer, hold, road_price(item.price_minor, market.tax_policy, item.condition))


def _narrow(query: Any, wanted: StockFilter, market: Market) -> Any:
    query = (
        query.select_from(StockItem)
        .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
        .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
        .where(StockItem.market_key == market.key, StockItem.state == "available")
    )
    if wanted.dealers:
        codes = select(Recipient.id).where(Recipient.code.in_(wanted.dealers))
        query = query.where(StockItem.recipient_id.in_(codes))
    if wanted.conditions:
        query = query.where(StockItem.condition.in_(wanted.conditions))
    if wanted.readies:
        soon = clock.today(market.time_zone) + timedelta(days=SOON_DAYS)
        query = query.where(StockItem.ready_on <= soon)
    for bound, compare in ((wanted.price_from, "__ge__"), (wanted.price_to, "__le__")):
        if bound is not None:
            price = Money.of(market.currency, bound).amount_minor
            query = query.where(getattr(StockItem.price_minor, compare)(price))
    if wanted.paints:
        query = query.where(Vehicle.paint.in_(wanted.paints))
    if wanted.models or wanted.drives or wanted.ranges or wanted.query:
        query = query.where(StockItem.vehicle_id.in_(_vehicles(wanted).correlate(None)))
    return query


def _vehicles(wanted: StockFilter) -> Select[Any]:
    vehicles = (
        select(Vehicle.id)
        .join(Model, Model.id == Vehicle.model_id)
        .outerjoin(Trim, Trim.id == Vehicle.trim_id)
    )
    if wanted.models:
        vehicles = vehicles.where(Model.slug.in_(wanted.models))
    if wanted.drives:
        vehicles = vehicles.where(Trim.drivetrain.in_(wanted.drives))
    if wanted.ranges:
        vehicles = vehicles.where(Trim.range_km >= FAR_KM)
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


def vehicle_page(public_id: str) -> Listed | None:
    """By the prices of the market where the car stands, whoever looks."""
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
    return _listed(*row, market_of(row[0].market_key)) if row else None


def is_free() -> ColumnElement[bool]:
    """Of a car: nobody holds it now."""
    held = select(Hold.id).where(
        Hold.stock_item_id == StockItem.id,
        Hold.released_at.is_(None),
        or_(Hold.until.is_(None), Hold.until > clock.sql_now),
    )
    return ~held.exists()


def similar(to: StockItem, market: Market) -> Sequence[Place]:
    """The nearest in price of the same model that can be had now."""
    rows = session().execute(
        select(StockItem.id, VERSION, Hold.until)
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
    return [Place(*row) for row in rows]


def of_model(slug: str, market: Market) -> Sequence[Place]:
    """The soonest of a model that nobody holds."""
    rows = session().execute(
        select(StockItem.id, VERSION, Hold.until)
        .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
        .join(Model, Model.id == Vehicle.model_id)
        .outerjoin(Hold, and_(Hold.stock_item_id == StockItem.id, Hold.released_at.is_(None)))
        .where(
            StockItem.market_key == market.key,
            StockItem.state == "available",
            Model.slug == slug,
            or_(Hold.id.is_(None), Hold.until <= clock.sql_now),
        )
        .order_by(StockItem.ready_on, StockItem.id)
        .limit(SIMILAR)
    )
    return [Place(*row) for row in rows]


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
