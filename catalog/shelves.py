"""The whole stock of a market counted in memory: what a list can be narrowed by, and how many cars each choice leaves.

Cars stand in the order of their price, one bit each, so that a price range is a run of bits and every other choice a
set of them; to narrow is to intersect whole numbers. A count is some seconds old at most; the cars themselves are
always read fresh.
"""

import functools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

from sqlalchemy import Select, select

from app import clock
from app.db import session
from app.kept import Kept
from app.money import Money
from catalog.finance import FinanceTerms, HirePurchase, hire_purchase, terms_of
from catalog.forms import FAR_KM, SOON_DAYS, StockFilter
from catalog.products import Equipment, Model, Offer, Trim
from catalog.stock import StockItem, Vehicle
from partners.models import Market, Recipient

T = TypeVar("T")

LIVE_S = 10
SHARE_OF_TIME = 20
"""Counting takes no more than one twentieth of a process's time, however large the stock."""
BARS = 12
VIN_LINE = 18
"""A VIN and the end of its line."""


@dataclass(frozen=True)
class LineUp:
    """A house model with what it starts from and how far its best trim goes."""

    model: Model
    trims: Sequence[Trim]

    @property
    def price_from(self) -> Money:
        return min((trim.price for trim in self.trims), key=lambda price: price.amount_minor)

    @property
    def price_to(self) -> Money:
        return max((trim.price for trim in self.trims), key=lambda price: price.amount_minor)

    @property
    def range_to(self) -> Trim:
        return max(self.trims, key=lambda trim: trim.range_km)


@dataclass(frozen=True)
class Shelves:
    """`choices` is kind -> value -> the cars that have it, as bits in the order of `prices` (minor units)."""

    market: Market
    prices: Sequence[int]
    choices: Mapping[str, Mapping[str, int]]
    words: Sequence[tuple[str, int]]
    vins: str
    equipment: Mapping[tuple[str, str], Equipment]
    dealers: Mapping[str, Recipient]
    offers: Sequence[tuple[Offer, Recipient | None]]
    line_up: Sequence[LineUp]
    lender: Recipient | None
    version: int
    """Changes when a name does that stands on a card."""
    kept: dict[Any, Any] = field(default_factory=dict)
    """What was made from these counts, to go with them."""
    _alike: dict[tuple[str, str], Sequence[int]] = field(default_factory=dict)

    @property
    def everything(self) -> int:
        return (1 << len(self.prices)) - 1

    def cars(self, wanted: StockFilter, but: str = "") -> int:
        """The cars that a view leaves, one kind of narrowing left out."""
        found = self.everything
        for kind, values in wanted.kinds.items():
            if values and kind != but:
                found &= _any(self.choices[kind].get(value, 0) for value in values)
        if but != "price":
            found &= self._between(wanted.price_from, wanted.price_to)
        for word in wanted.query.split()[:6]:
            found &= self._worded(word)
        return found

    def counts(self, wanted: StockFilter) -> Mapping[str, Mapping[str, int]]:
        """How many cars each choice would leave or add, the other kinds of narrowing staying as they are."""
        counted: dict[str, Mapping[str, int]] = {}
        for kind, values in self.choices.items():
            others = self.cars(wanted, but=kind)
            counted[kind] = {value: (others & bits).bit_count() for value, bits in values.items()}
        return counted

    def total(self, wanted: StockFilter) -> int:
        return self.cars(wanted).bit_count()

    def bars(self, wanted: StockFilter) -> Sequence[tuple[int, int, int]]:
        """(from, to, cars) in minor units: how the prices lie, whatever range was asked for."""
        if not self.prices:
            return []
        found = self.cars(wanted, but="price")
        low, high = self.prices[0], self.prices[-1] + 1
        step = max(1, -(-(high - low) // BARS))
        edges = [low + step * n for n in range(BARS + 1)]
        return [(start, end, (found & self._run(start, end)).bit_count()) for start, end in pairwise(edges)]

    def lowest(self, kind: str, value: str) -> Money | None:
        bits = self.choices[kind].get(value, 0)
        if not bits:
            return None
        return Money(self.prices[(bits & -bits).bit_length() - 1], self.market.currency)

    def by_the_month(self, price: Money) -> HirePurchase:
        return _example(price, terms_of(self.market))

    def alike(self, model: str, condition: str) -> Sequence[int]:
        """The prices of the cars of one model and condition, lowest first."""
        key = model, condition
        if key not in self._alike:
            bits = self.choices["model"].get(model, 0) & self.choices["condition"].get(condition, 0)
            self._alike[key] = [price for at, price in enumerate(self.prices) if bits >> at & 1]
        return self._alike[key]

    def _between(self, low: int | None, high: int | None) -> int:
        if low is None and high is None:
            return self.everything
        start = 0 if low is None else Money.of(self.market.currency, low).amount_minor
        end = (self.prices[-1] if self.prices else 0) + 1
        if high is not None:
            end = min(end, Money.of(self.market.currency, high).amount_minor + 1)
        return self._run(start, end)

    def _run(self, start: int, end: int) -> int:
        """The cars from `start` up to, not including, `end`."""
        first, past = bisect_left(self.prices, start), bisect_left(self.prices, end)
        return (1 << past) - (1 << first) if past > first else 0

    def _worded(self, word: str) -> int:
        small = word.lower()
        found = _any(bits for text, bits in self.words if small in text)
        ending, at = word.upper() + "\n", -1
        while (at := self.vins.find(ending, at + 1)) >= 0:
            found |= 1 << (at + len(ending) - 1) // VIN_LINE
        return found


_kept = Kept[str, Shelves](LIVE_S, SHARE_OF_TIME)


@functools.lru_cache(maxsize=2_000)
def _example(price: Money, terms: FinanceTerms) -> HirePurchase:
    return hire_purchase(price, terms)


def shelves(market: Market) -> Shelves:
    return _kept.get(market.key, functools.partial(_count, market))


def forget() -> None:
    _kept.forget()


def _count(market: Market) -> Shelves:
    soon = clock.today(market.time_zone) + timedelta(days=SOON_DAYS)
    bits: dict[str, dict[str, bytearray]] = defaultdict(dict)
    variants: dict[tuple[Any, Any], bytearray] = {}
    prices, vins = [], []
    rows = (
        session()
        .execute(
            select(
                StockItem.price_minor,
                StockItem.condition,
                StockItem.ready_on,
                Vehicle.paint,
                Vehicle.vin,
                Vehicle.model_id,
                Vehicle.trim_id,
                Model.slug,
                Recipient.code,
                Trim.drivetrain,
                Trim.range_km,
            )
            .select_from(StockItem)
            .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
            .join(Model, Model.id == Vehicle.model_id)
            .outerjoin(Trim, Trim.id == Vehicle.trim_id)
            .join(Recipient, Recipient.id == StockItem.recipient_id)
            .where(StockItem.market_key == market.key, StockItem.state == "available")
            .order_by(StockItem.price_minor, StockItem.id)
        )
        .all()
    )
    size = len(rows) // 8 + 1
    for at, row in enumerate(rows):
        price, condition, ready_on, paint, vin, model_id, trim_id, slug, dealer, drive, range_km = row
        prices.append(price)
        vins.append(vin + "\n")
        chosen = {
            "model": slug,
            "condition": condition,
            "paint": paint,
            "dealer": dealer,
            "drive": drive or "",
        }
        chosen["ready"] = "soon" if ready_on <= soon else ""
        chosen["range"] = "far" if range_km and range_km >= FAR_KM else ""
        for kind, value in chosen.items():
            if value:
                _mark(bits[kind], value, at, size)
        _mark(variants, (model_id, trim_id), at, size)
    choices = {
        kind: {value: _whole(marked) for value, marked in bits[kind].items()} for kind in StockFilter.KINDS
    }
    equipment = _equipment(market)
    people = list(_recipients(market))
    dealers = {recipient.code: recipient for recipient in people if recipient.is_dealer}
    line_up = _line_up(market.key)
    words = _words(variants)
    return Shelves(
        market=market,
        prices=prices,
        choices=choices,
        words=words,
        vins="".join(vins),
        equipment=equipment,
        dealers=dealers,
        offers=_offers(market, {recipient.id: recipient for recipient in people}),
        line_up=line_up,
        lender=next((other for other in people if other.code == market.finance_lender_code), None),
        version=_version(market, equipment, dealers, words),
    )


def _mark(into: dict[Any, bytearray], value: Any, at: int, size: int) -> None:
    marked = into.get(value)
    if marked is None:
        marked = into[value] = bytearray(size)
    marked[at >> 3] |= 1 << (at & 7)


def _whole(marked: bytearray) -> int:
    return int.from_bytes(marked, "little")


def _any(sets: Iterable[int]) -> int:
    found = 0
    for bits in sets:
        found |= bits
    return found


def _words(variants: Mapping[tuple[Any, Any], bytearray]) -> Sequence[tuple[str, int]]:
    """What a word is looked for in, and the cars it then finds."""
    models = {id for id, _trim in variants}
    trims = {id for _model, id in variants if id is not None}
    told: dict[Any, str] = {}
    for id, *names in session().execute(
        select(Model.id, Model.name, Model.name_zh, Model.tagline, Model.tagline_zh).where(
            Model.id.in_(models)
        )
    ):
        told[id] = "\n".join(name for name in names if name).lower()
    for id, *names in session().execute(select(Trim.id, Trim.name, Trim.name_zh).where(Trim.id.in_(trims))):
        told[id] = "\n".join(name for name in names if name).lower()
    return [
        (told.get(model, "") + "\n" + told.get(trim, ""), _whole(marked))
        for (model, trim), marked in variants.items()
    ]


def _equipment(market: Market) -> Mapping[tuple[str, str], Equipment]:
    table = Equipment.__table__
    rows = _copies(
        Equipment, select(table).where(table.c.market_key == market.key).order_by(table.c.position)
    )
    return {(row.family, row.code): row for row in rows}


def _offers(market: Market, sellers: Mapping[Any, Recipient]) -> Sequence[tuple[Offer, Recipient | None]]:
    table = Offer.__table__
    query = select(table).where(table.c.market_key == market.key, table.c.active).order_by(table.c.position)
    return [(offer, sellers.get(offer.seller_id)) for offer in _copies(Offer, query)]


def _recipients(market: Market) -> Iterable[Recipient]:
    table = Recipient.__table__
    return _copies(
        Recipient,
        select(table).where(table.c.market_key == market.key, table.c.active).order_by(table.c.code),
    )


def _line_up(market_key: str) -> Sequence[LineUp]:
    models, trims = Model.__table__, Trim.__table__
    of_model: dict[Any, list[Trim]] = defaultdict(list)
    for trim in _copies(
        Trim, select(trims).where(trims.c.market_key == market_key).order_by(trims.c.position)
    ):
        of_model[trim.model_id].append(trim)
    house = _copies(Model, select(models).where(models.c.origin == "house").order_by(models.c.position))
    return [LineUp(model, of_model[model.id]) for model in house if model.id in of_model]


def _copies(kind: type[T], query: Select[Any]) -> list[T]:
    """Rows that belong to no session: what they hold stays as it was read, whatever becomes of this request."""
    return [kind(**row) for row in session().execute(query).mappings()]


def _version(
    market: Market,
    equipment: Mapping[tuple[str, str], Equipment],
    dealers: Mapping[str, Recipient],
    words: Sequence[tuple[str, int]],
) -> int:
    terms = terms_of(market)
    names = [(row.name, row.name_zh) for row in equipment.values()]
    places = [(row.name, row.name_zh) for row in dealers.values()]
    return hash((market.tax_policy, terms, tuple(names), tuple(places), tuple(text for text, _bits in words)))
