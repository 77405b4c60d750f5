"""Stock files: one row a VIN, as CSV (comma or semicolon, with or without a byte order mark) or JSON lines.

Columns: vin, model, trim, paint, wheels, interior, condition, dealer, price; and where they apply model_year,
odometer_km, ready_on, first_registered_on, battery_health_pct, owners, home_delivery. The price is the car as it stands,
VAT in, in the currency of the market.
"""

import csv
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import clock, ids
from app.db import session
from app.events import record_many
from app.ids import uuid7
from app.money import Money
from catalog import vin as vins
from catalog.events import VehicleListed
from catalog.listing import Landed, RowRefused
from catalog.products import Equipment, Model, Trim
from catalog.stock import StockItem, Vehicle
from partners.models import HOME_MARKET, Market, Recipient

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MAX_LINE_BYTES = 20_000
CORRECTED = (
    "trim_id",
    "model_year",
    "paint",
    "wheels",
    "interior",
    "odometer_km",
    "battery_health_pct",
    "first_registered_on",
    "owners",
)
"""Facts of a vehicle that a later row may set right; its VIN and model are what it is."""


def _vin(value: str) -> str:
    value = vins.normalized(value)
    if why := vins.fault(value):
        raise ValueError(why)
    return value


Code = Annotated[str, Field(min_length=1, max_length=60)]


class StockRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    vin: Annotated[str, AfterValidator(_vin)]
    model: Code
    trim: Code
    paint: Code
    wheels: Code
    interior: Code
    condition: Literal["new", "demo", "used"]
    dealer: Code
    price: Annotated[Decimal, Field(gt=0, lt=100_000_000)]
    model_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    odometer_km: Annotated[int, Field(ge=0, lt=2_000_000)] = 0
    ready_on: date | None = None
    first_registered_on: date | None = None
    battery_health_pct: Annotated[int, Field(ge=1, le=100)] | None = None
    owners: Annotated[int, Field(ge=0, le=50)] = 0
    home_delivery: bool = True


@dataclass(frozen=True)
class Shelf:
    """What a row may name, read once for a file."""

    market: Market
    models: Mapping[str, Model]
    trims: Mapping[tuple[Any, str], Trim]
    equipment: Mapping[tuple[str, str], Equipment]
    dealers: Mapping[str, Recipient]

    @classmethod
    def now(cls, market_key: str = HOME_MARKET) -> "Shelf":
        market = Market.get(market_key)
        models = session().scalars(select(Model).where(Model.origin == "house"))
        trims = session().scalars(select(Trim).where(Trim.market_key == market.key))
        equipment = session().scalars(select(Equipment).where(Equipment.market_key == market.key))
        dealers = session().scalars(
            select(Recipient).where(Recipient.kind == "dealer", Recipient.market_key == market.key)
        )
        return cls(
            market,
            {model.slug: model for model in models},
            {(trim.model_id, trim.code): trim for trim in trims},
            {(row.family, row.code): row for row in equipment},
            {dealer.code: dealer for dealer in dealers},
        )


def read(path: Path) -> Iterator[tuple[int, object]]:
    """(line, row as a mapping or the reason why it is none)."""
    if path.suffix == ".jsonl":
        yield from _read_jsonl(path)
    else:
        yield from _read_csv(path)


def _read_jsonl(path: Path) -> Iterator[tuple[int, object]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = (
                    json.loads(line) if len(line) <= MAX_LINE_BYTES else f"longer than {MAX_LINE_BYTES} bytes"
                )
            except (ValueError, RecursionError) as broken:
                row = f"not JSON: {broken}"
            yield number, row if isinstance(row, dict | str) else "not a JSON object"


def _read_csv(path: Path) -> Iterator[tuple[int, object]]:
    with path.open("rb") as raw:
        start = raw.read(2)
    encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        head = file.readline()
        delimiter = ";" if head.count(";") > head.count(",") else ","
        columns = [column.strip().lower() for column in next(csv.reader([head], delimiter=delimiter), [])]
        reader = csv.reader(file, delimiter=delimiter)
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as broken:
                yield reader.line_num + 1, f"not CSV: {broken}"
                continue
            if any(value.strip() for value in values):
                yield reader.line_num + 1, _cells(columns, values)


def _cells(columns: list[str], values: list[str]) -> dict[str, str] | str:
    if len(values) != len(columns):
        return f"{len(values)} cells where the first line has {len(columns)}"
    if bad := next((value for value in values if value.lstrip(" ").startswith(FORMULA)), None):
        return f"a cell begins like a formula: {bad[:20]!r}"
    return {c: v.strip() for c, v in zip(columns, values, strict=True) if v.strip()}


def parser(shelf: Shelf) -> Callable[[object], StockRow]:
    def parse(raw: object) -> StockRow:
        if isinstance(raw, str):
            raise RowRefused(raw)
        try:
            row = StockRow.model_validate(raw)
        except ValidationError as refused:
            first = refused.errors()[0]
            message = first["msg"].removeprefix("Value error, ")
            raise RowRefused(f"{'.'.join(str(part) for part in first['loc'])}: {message}") from None
        _refuse_unknown(row, shelf)
        return row

    return parse


def _refuse_unknown(row: StockRow, shelf: Shelf) -> None:
    model = shelf.models.get(row.model)
    if model is None:
        raise RowRefused(f"model: {row.model!r} is not ours; one of {', '.join(sorted(shelf.models))}")
    if (model.id, row.trim) not in shelf.trims:
        codes = sorted(code for id, code in shelf.trims if id == model.id)
        raise RowRefused(f"trim: {row.trim!r} is no trim of {row.model}; one of {', '.join(codes)}")
    for family in ("paint", "wheels", "interior"):
        code = getattr(row, family)
        if (family, code) not in shelf.equipment:
            known = sorted(c for f, c in shelf.equipment if f == family)
            raise RowRefused(f"{family}: {code!r} is unknown; one of {', '.join(known)}")
    if row.dealer not in shelf.dealers:
        raise RowRefused(f"dealer: {row.dealer!r} is unknown; one of {', '.join(sorted(shelf.dealers))}")


def lander(shelf: Shelf) -> Callable[[Sequence[StockRow]], Landed]:
    def land(rows: Sequence[StockRow]) -> Landed:
        return _land(rows, shelf)

    return land


def _land(rows: Sequence[StockRow], shelf: Shelf) -> Landed:
    """Lists cars without a live offer and corrects the ones still available; what is reserved or sold stays as it is."""
    known = {
        vehicle.vin: vehicle
        for vehicle in session().scalars(select(Vehicle).where(Vehicle.vin.in_([row.vin for row in rows])))
    }
    offered = _offered_now(known)
    refused, fresh, corrected, unchanged = {}, [], [], 0
    for row in rows:
        vehicle = known.get(row.vin)
        item = offered.get(vehicle.id) if vehicle else None
        if vehicle is not None and vehicle.model_id != shelf.models[row.model].id:
            refused[row.vin] = f"vin: known as a {vehicle.model.name}, not a {shelf.models[row.model].name}"
        elif item is None or (item.state == "sold" and row.condition == "used"):
            fresh.append(row)
        elif item.state != "available" or _correct(item, row, shelf) == 0:
            unchanged += 1
        else:
            corrected.append(row)
    session().flush()
    _list_anew(fresh, shelf)
    return Landed(len(fresh), len(corrected), unchanged, refused)


def _offered_now(known: Mapping[str, Vehicle]) -> dict[uuid.UUID, StockItem]:
    """The live offer of each vehicle, else its sale. Locked in one order, so that two imports do not block each other."""
    items = session().scalars(
        select(StockItem)
        .where(
            StockItem.vehicle_id.in_([vehicle.id for vehicle in known.values()]),
            StockItem.state.in_(("available", "reserved", "sold")),
        )
        .order_by(StockItem.id)
        .with_for_update(of=StockItem)
    )
    return {item.vehicle_id: item for item in sorted(items, key=lambda item: item.state != "sold")}


def _correct(item: StockItem, row: StockRow, shelf: Shelf) -> int:
    """How many facts of an available car the row changes. A row without a day keeps the day that was told."""
    changes = 0
    facts = {name: value for name, value in _vehicle(row, shelf).items() if name in CORRECTED}
    offer = {name: value for name, value in _offer(row, shelf).items() if name != "ready_on" or row.ready_on}
    for thing, values in ((item.vehicle, facts), (item, offer)):
        for name, value in values.items():
            if getattr(thing, name) != value:
                setattr(thing, name, value)
                changes += 1
    return changes


def _list_anew(rows: Sequence[StockRow], shelf: Shelf) -> None:
    if not rows:
        return
    statement = insert(Vehicle)
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["vin"], set_={name: statement.excluded[name] for name in CORRECTED}
        ),
        [_vehicle(row, shelf) for row in rows],
    )
    landed = session().execute(
        select(Vehicle.vin, Vehicle.id).where(Vehicle.vin.in_([row.vin for row in rows]))
    )
    vehicle_ids = dict(landed.all())
    items = [
        {
            "id": uuid7(),
            "public_id": ids.public_id(),
            "vehicle_id": vehicle_ids[row.vin],
            **_offer(row, shelf),
        }
        for row in rows
    ]
    session().execute(insert(StockItem), items)
    record_many(
        [
            VehicleListed(
                stock_item_id=item["id"],
                vin=row.vin,
                price_minor=item["price_minor"],
                currency=item["currency"],
            )
            for row, item in zip(rows, items, strict=True)
        ]
    )


def _vehicle(row: StockRow, shelf: Shelf) -> dict[str, Any]:
    model = shelf.models[row.model]
    return {
        "id": uuid7(),
        "vin": row.vin,
        "model_id": model.id,
        "trim_id": shelf.trims[model.id, row.trim].id,
        "model_year": row.model_year or model.year,
        "paint": row.paint,
        "wheels": row.wheels,
        "interior": row.interior,
        "odometer_km": row.odometer_km,
        "battery_health_pct": row.battery_health_pct,
        "first_registered_on": row.first_registered_on,
        "owners": row.owners,
    }


def _offer(row: StockRow, shelf: Shelf) -> dict[str, Any]:
    market = shelf.market
    return {
        "condition": row.condition,
        "recipient_id": shelf.dealers[row.dealer].id,
        "market_key": market.key,
        "currency": market.currency,
        "price_minor": Money.of(market.currency, row.price).amount_minor,
        "ready_on": row.ready_on or clock.today(market.time_zone),
        "home_delivery": row.home_delivery,
    }
