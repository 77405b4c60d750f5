"""The fictional shop's extras, what fits which model, what goes together, and how long a car takes."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.ids import uuid7
from app.money import Money
from catalog.fitment import Fitment, OptionRule
from catalog.products import Equipment, Model, Trim
from partners.models import Market

EXTRAS = (
    ("shade", "Canopy shade", "天幕遮阳帘", "Folds by hand, stays in the car", "手动折叠，留在车上",
     {"CNY": 2_800, "EUR": 390}),
    ("tow", "Tow bar", "拖车钩", "Folds away, 1,600 kg braked", "可收起，带制动拖 1,600 kg", {"CNY": 5_900, "EUR": 890}),
    ("winter", "Winter pack", "冬季包", "Heated rear seats, wheel and wipers", "后排座椅、方向盘和雨刮加热",
     {"CNY": 4_200, "EUR": 590}),
    ("brakes", "Six-piston brakes", "六活塞制动", "Larger discs, for Dual Motor", "更大的制动盘，配双电机",
     {"CNY": 9_800, "EUR": 1_290}),
)  # fmt: skip

NOT_ON = {
    "rill": {"turbine", "tow", "brakes"},
    "strand": {"brakes"},
    "haven": {"turbine", "brakes"},
}

LEAD_DAYS = {"turbine": 7, "cinnabar": 7, "brakes": 14}
TRIM_LEAD_DAYS = {
    ("rill", "standard"): 13,
    ("mere", "dual"): 27,
    ("crag", "dual"): 27,
    ("haven", "standard"): 34,
}

RULES = (
    ("excludes", ("extra", "tow"), [("wheels", "turbine")],
     "The 21″ tyres are not rated for a trailer.", "21″ 轮胎不能用于拖车。"),
    ("requires", ("extra", "brakes"), [("trim", "dual")],
     "The larger brakes are made for the twin-motor car.", "大制动是为双电机车做的。"),
    ("requires", ("extra", "brakes"), [("wheels", "blade"), ("wheels", "turbine")],
     "The larger discs need a wheel of 20″ or more.", "更大的制动盘要配 20″ 以上的轮毂。"),
)  # fmt: skip


def fit_out(market: Market) -> None:
    """After the market's models, trims and equipment are there: its extras, fitments, days; the rules once."""
    _shelve_extras(market)
    equipment = session().scalars(select(Equipment).where(Equipment.market_key == market.key)).all()
    for row in equipment:
        row.lead_days = LEAD_DAYS.get(row.code, 0)
    house = session().execute(select(Model.id, Model.slug).where(Model.origin == "house"))
    models = {id: slug for id, slug in house}  # noqa: C416
    for (slug, code), days in TRIM_LEAD_DAYS.items():
        session().execute(
            update(Trim)
            .where(
                Trim.market_key == market.key,
                Trim.code == code,
                Trim.model_id.in_([id for id, named in models.items() if named == slug]),
            )
            .values(lead_days=days)
        )
    fitting = [
        {"model_id": id, "equipment_id": row.id}
        for id, slug in models.items()
        for row in equipment
        if row.code not in NOT_ON.get(slug, ())
    ]
    if fitting:
        session().execute(insert(Fitment).on_conflict_do_nothing(), fitting)
    _write_rules()


def _shelve_extras(market: Market) -> None:
    last = session().scalar(select(func.max(Equipment.position)).where(Equipment.market_key == market.key))
    session().execute(
        insert(Equipment).on_conflict_do_nothing(),
        [
            {
                "id": uuid7(), "family": "extra", "code": code, "name": name, "name_zh": name_zh, "note": note,
                "note_zh": note_zh, "position": (last or 0) + 1 + place, "market_key": market.key,
                "currency": market.currency,
                "price_minor": Money.of(market.currency, prices[market.currency]).amount_minor,
            }
            for place, (code, name, name_zh, note, note_zh, prices) in enumerate(EXTRAS)
            if market.currency in prices
        ],
    )  # fmt: skip


def _write_rules() -> None:
    if session().scalar(select(func.count()).select_from(OptionRule)):
        return
    session().execute(
        insert(OptionRule),
        [
            {
                "id": uuid7(), "kind": kind, "family": family, "code": code,
                "others": [list(other) for other in others], "reason": reason, "reason_zh": reason_zh,
            }
            for kind, (family, code), others, reason, reason_zh in RULES
        ],
    )  # fmt: skip
