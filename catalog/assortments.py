"""What each model of the house can be had with in a market, as values: three statements, however many models."""

import functools
import uuid
from collections.abc import Iterable, Mapping

from sqlalchemy import and_, select

from app.db import session
from app.kept import Kept
from catalog.build import FAMILIES, Assortment, Option, Rule
from catalog.fitment import Fitment, OptionRule
from catalog.products import Equipment, Model, Trim

LIVE_S = 5

_kept = Kept[str, Mapping[str, Assortment]](LIVE_S)


def on_show(market_key: str) -> Mapping[str, Assortment]:
    """As `read_now`, at most a few seconds old: for pages that are looked at, never for what is written."""
    return _kept.get(market_key, functools.partial(read_now, market_key))


def forget() -> None:
    _kept.forget()


def read_now(market_key: str) -> Mapping[str, Assortment]:
    """Slug -> assortment, of every model that can be built in this market, in the order of the line-up."""
    models, options = _trims(market_key)
    for model_id, row in session().execute(
        select(Fitment.model_id, Equipment)
        .join(Equipment, Equipment.id == Fitment.equipment_id)
        .where(Equipment.market_key == market_key)
        .order_by(Equipment.position)
    ):
        if model_id in options:
            options[model_id].append(_equipment(row))
    rules = session().scalars(select(OptionRule).order_by(OptionRule.created_at, OptionRule.id)).all()
    found = (
        _assortment(model, market_key, currency, options[id], rules)
        for id, (model, currency) in models.items()
    )
    return {assortment.model: assortment for assortment in found if assortment.is_complete}


def _trims(market_key: str) -> tuple[dict[uuid.UUID, tuple[Model, str]], dict[uuid.UUID, list[Option]]]:
    models: dict[uuid.UUID, tuple[Model, str]] = {}
    options: dict[uuid.UUID, list[Option]] = {}
    for model, trim in session().execute(
        select(Model, Trim)
        .join(Trim, and_(Trim.model_id == Model.id, Trim.market_key == market_key))
        .where(Model.origin == "house")
        .order_by(Model.position, Trim.position)
    ):
        models[model.id] = model, trim.currency
        options.setdefault(model.id, []).append(_trim(trim))
    return models, options


def _trim(row: Trim) -> Option:
    return Option(
        family="trim",
        code=row.code,
        name=row.name,
        name_zh=row.name_zh,
        price_minor=row.price_minor,
        range_km=row.range_km,
        lead_days=row.lead_days,
        facts={
            "battery_kwh": row.battery_kwh,
            "drivetrain": row.drivetrain,
            "acceleration_s": row.acceleration_s,
            "range_cycle": row.range_cycle,
        },
    )


def _equipment(row: Equipment) -> Option:
    return Option(
        family=row.family,
        code=row.code,
        name=row.name,
        name_zh=row.name_zh,
        price_minor=row.price_minor,
        range_km=row.range_delta_km,
        lead_days=row.lead_days,
        facts={"note": row.note, "note_zh": row.note_zh},
    )


def _assortment(
    model: Model, market_key: str, currency: str, options: list[Option], rules: Iterable[OptionRule]
) -> Assortment:
    known = {option.choice for option in options}
    return Assortment(
        model_id=model.id,
        model=model.slug,
        name=model.name,
        name_zh=f"{model.name_zh} {model.name}" if model.name_zh else model.name,
        market_key=market_key,
        currency=currency,
        options=tuple(sorted(options, key=lambda option: FAMILIES.index(option.family))),
        rules=tuple(
            Rule(
                row.kind,
                (row.family, row.code),
                tuple((family, code) for family, code in row.others),
                row.reason,
                row.reason_zh,
            )
            for row in rules
            if row.model_id in (None, model.id) and (row.family, row.code) in known
        ),
    )
