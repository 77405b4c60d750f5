"""Model records of the open-ev-data form (schema 1.0.0): one JSON object a line, typed here, kept whole beside.

The records are facts about cars of many makes, not offers. Ranges keep their cycle and note; what a record does not
state stays empty.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.ids import uuid7
from app.money import Money
from catalog.listing import Landed, RowRefused
from catalog.products import Model, ModelListPrice, ModelRange

SOURCE = "open-ev-data"
SOURCE_VERSION = "1.24.0"
LICENCE = "CDLA-Permissive-2.0"
MAX_LINE_BYTES = 200_000
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Slug = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Figure = Annotated[Decimal, Field(gt=0, lt=100_000)]
Seconds = Annotated[Decimal, Field(gt=0, lt=1_000)]
Millimetres = Annotated[int, Field(gt=0, lt=30_000)]


class Part(BaseModel):
    """Members that this shop does not show are kept in the record and not judged."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(Part):
    slug: Slug
    name: Name


class Body(Part):
    style: Slug | None = None
    seats: Annotated[int, Field(ge=1, le=60)] | None = None
    doors: Annotated[int, Field(ge=1, le=9)] | None = None


class Powertrain(Part):
    drivetrain: Slug
    system_power_kw: Figure | None = None
    system_torque_nm: Figure | None = None


class Battery(Part):
    pack_capacity_kwh_gross: Figure | None = None
    pack_capacity_kwh_net: Figure | None = None


class Power(Part):
    max_power_kw: Figure | None = None


class Charging(Part):
    ac: Power | None = None
    dc: Power | None = None


class Rated(Part):
    cycle: Slug
    range_km: Annotated[int, Field(gt=0, lt=5_000)]
    notes: str | None = None


class Range(Part):
    rated: tuple[Rated, ...] = ()


class Performance(Part):
    acceleration_0_100_kmh_s: Seconds | None = None
    top_speed_kmh: Annotated[Decimal, Field(gt=0, lt=2_000)] | None = None


class Dimensions(Part):
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    wheelbase_mm: Millimetres | None = None


class Weights(Part):
    curb_weight_kg: Annotated[int, Field(gt=0, lt=60_000)] | None = None


class Capacity(Part):
    cargo_l: Annotated[int, Field(ge=0, lt=60_000)] | None = None


class Msrp(Part):
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount: Annotated[Decimal, Field(gt=0, lt=10**12)]
    year: Annotated[int, Field(ge=1990, le=2100)]


class Pricing(Part):
    msrp: tuple[Msrp, ...] = ()


class Record(Part):
    schema_version: Literal["1.0.0"]
    make: Named
    model: Named
    year: Annotated[int, Field(ge=1990, le=2100)]
    trim: Named | None = None
    variant: Named | None = None
    body: Body = Body()
    powertrain: Powertrain
    battery: Battery = Battery()
    charging: Charging = Charging()
    range: Range = Range()
    performance: Performance = Performance()
    dimensions: Dimensions = Dimensions()
    weights: Weights = Weights()
    capacity: Capacity = Capacity()
    pricing: Pricing = Pricing()
    whole: dict[str, Any]

    @property
    def key(self) -> str:
        """What makes it this record and no other: make, model, year, trim and variant by their slugs."""
        return _key(self.whole)

    @property
    def slugs(self) -> tuple[str, str]:
        """make-model-year-trim-variant, lacking parts left out; and the same told apart, should another record own it."""
        parts = [self.make.slug, self.model.slug, str(self.year)]
        parts += [part.slug for part in (self.trim, self.variant) if part is not None]
        plain = "-".join(parts).replace("_", "-").replace(".", "-")
        return plain, f"{plain}-{hashlib.sha256(self.key.encode()).hexdigest()[:6]}"

    @property
    def content_hash(self) -> str:
        text = json.dumps(self.whole, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"{SOURCE_VERSION}|{text}".encode()).hexdigest()

    @property
    def is_incomplete(self) -> bool:
        """Lacks a figure that a reader looks for first."""
        return not (self.range.rated and self.battery.pack_capacity_kwh_net and self.body.style)


def _key(whole: Mapping[str, Any]) -> str:
    parts = (whole.get(name) or {} for name in ("make", "model", "trim", "variant"))
    make, model, trim, variant = (str(part.get("slug", "")) for part in parts)
    return "/".join((make, model, str(whole.get("year", "")), trim, variant))


def read(path: Path) -> Iterator[tuple[int, object]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def parse(raw: object) -> Record:
    """Raises RowRefused naming the member and what it should be."""
    assert isinstance(raw, bytes)
    if len(raw) > MAX_LINE_BYTES:
        raise RowRefused(f"longer than {MAX_LINE_BYTES} bytes")
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError) as broken:
        raise RowRefused(f"not JSON: {broken}") from None
    if not isinstance(whole, dict):
        raise RowRefused("not a JSON object")
    _refuse_unkeepable(whole)
    try:
        return Record.model_validate({**whole, "whole": whole})
    except ValidationError as refused:
        first = refused.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RowRefused(f"{place}: {first['msg']}") from None


def _refuse_unkeepable(whole: dict[str, Any]) -> None:
    """JSON allows in letter or by custom what no database keeps: NUL, half a character, numbers beyond all bounds."""
    try:
        kept = json.dumps(whole, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as broken:
        raise RowRefused(f"not to be kept: {broken}") from None
    if _NUL.search(kept):
        raise RowRefused("not to be kept: a NUL character")


def land(records: Sequence[Record]) -> Landed:
    """Upserts a batch; a record whose content has not changed is not written."""
    known = _known(records)
    placed: dict[str, Record] = {}
    for record in records:
        slug = next((s for s in record.slugs if s in known and known[s].key == record.key), None)
        slug = slug or next(s for s in record.slugs if s not in known and s not in placed)
        placed[slug] = record
    fresh = [slug for slug in placed if slug not in known]
    changed = [s for s, record in placed.items() if s in known and known[s].content != record.content_hash]
    if fresh or changed:
        rows = [_row(slug, placed[slug], known.get(slug)) for slug in (*fresh, *changed)]
        statement = insert(Model)
        columns = {c: statement.excluded[c] for c in rows[0] if c not in ("id", "slug")}
        session().execute(statement.on_conflict_do_update(index_elements=["slug"], set_=columns), rows)
        _replace_parts({row["slug"]: row["id"] for row in rows}, placed)
    return Landed(len(fresh), len(changed), len(placed) - len(fresh) - len(changed))


@dataclass(frozen=True)
class Known:
    id: uuid.UUID
    content: str | None
    key: str


def _known(records: Sequence[Record]) -> dict[str, Known]:
    """What stands under the slugs that these records may take."""
    slugs = [slug for record in records for slug in record.slugs]
    rows = session().execute(
        select(Model.slug, Model.id, Model.content_hash, Model.figures).where(Model.slug.in_(slugs))
    )
    return {slug: Known(id, content, _key(figures)) for slug, id, content, figures in rows}


def _replace_parts(ids: Mapping[str, Any], records: Mapping[str, Record]) -> None:
    for table in (ModelRange, ModelListPrice):
        session().execute(delete(table).where(table.model_id.in_(ids.values())))
    ranges = [
        {
            "id": uuid7(),
            "model_id": ids[slug],
            "position": position,
            "cycle": rated.cycle,
            "range_km": rated.range_km,
            "note": rated.notes,
        }
        for slug in ids
        for position, rated in enumerate(records[slug].range.rated)
    ]
    prices = [
        {
            "id": uuid7(),
            "model_id": ids[slug],
            "country": country,
            "currency": currency,
            "year": year,
            "amount_minor": Money.of(currency, price.amount).amount_minor,
        }
        for slug in ids
        for (country, currency, year), price in {
            (p.country, p.currency, p.year): p for p in records[slug].pricing.msrp
        }.items()
    ]
    if ranges:
        session().execute(insert(ModelRange), ranges)
    if prices:
        session().execute(insert(ModelListPrice), prices)


def _row(slug: str, record: Record, known: Known | None) -> dict[str, Any]:
    charging = record.charging
    return {
        "id": known.id if known else uuid7(),
        "slug": slug,
        "origin": "imported",
        "make_slug": record.make.slug,
        "make_name": record.make.name,
        "name": record.model.name,
        "year": record.year,
        "trim_name": record.trim.name if record.trim and record.trim.slug != "base" else None,
        "variant_name": record.variant.name if record.variant else None,
        "body_style": record.body.style,
        "seats": record.body.seats,
        "doors": record.body.doors,
        "drivetrain": record.powertrain.drivetrain,
        "power_kw": record.powertrain.system_power_kw,
        "torque_nm": record.powertrain.system_torque_nm,
        "battery_gross_kwh": record.battery.pack_capacity_kwh_gross,
        "battery_net_kwh": record.battery.pack_capacity_kwh_net,
        "ac_kw": charging.ac.max_power_kw if charging.ac else None,
        "dc_kw": charging.dc.max_power_kw if charging.dc else None,
        "acceleration_s": record.performance.acceleration_0_100_kmh_s,
        "top_speed_kmh": record.performance.top_speed_kmh,
        "length_mm": record.dimensions.length_mm,
        "width_mm": record.dimensions.width_mm,
        "height_mm": record.dimensions.height_mm,
        "wheelbase_mm": record.dimensions.wheelbase_mm,
        "weight_kg": record.weights.curb_weight_kg,
        "cargo_l": record.capacity.cargo_l,
        "figures": record.whole,
        "source": SOURCE,
        "source_version": SOURCE_VERSION,
        "licence": LICENCE,
        "content_hash": record.content_hash,
    }
