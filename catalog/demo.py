"""The fictional shop's five models, what they can be had with, its services, and about 128 cars in stock at home and 40 abroad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.db import session, transaction
from app.ids import public_id, uuid7
from app.money import Money
from catalog import demo_germany, generated_stock, stock_file
from catalog.demo_builds import fit_out
from catalog.listing import Feed, take_in
from catalog.products import Equipment, Model, Offer, Trim
from catalog.stock_file import Shelf
from partners.models import HOME_MARKET, Market, Recipient

YEAR = 2026
STOCK = 128
SEED = 1

MODELS: tuple[dict[str, Any], ...] = (
    {"slug": "rill", "name": "Rill", "name_zh": "溪", "tagline": "City hatch, five seats", "tagline_zh": "城市两厢，五座",
     "body_style": "hatchback", "seats": 5, "doors": 5, "drivetrain": "fwd", "power_kw": 110, "battery_net_kwh": 51,
     "ac_kw": 11, "dc_kw": 120, "acceleration_s": "7.9", "length_mm": 3980, "width_mm": 1760, "height_mm": 1540,
     "cargo_l": 330},
    {"slug": "mere", "name": "Mere", "name_zh": "澄", "tagline": "Fastback saloon", "tagline_zh": "溜背轿车",
     "body_style": "sedan", "seats": 5, "doors": 5, "drivetrain": "rwd", "power_kw": 200, "battery_net_kwh": 79,
     "ac_kw": 11, "dc_kw": 250, "acceleration_s": "5.6", "length_mm": 4880, "width_mm": 1900, "height_mm": 1455,
     "cargo_l": 480},
    {"slug": "strand", "name": "Strand", "name_zh": "岸", "tagline": "Estate, 1,640 litres", "tagline_zh": "旅行车，1,640 升",
     "body_style": "wagon", "seats": 5, "doors": 5, "drivetrain": "rwd", "power_kw": 200, "battery_net_kwh": 79,
     "ac_kw": 11, "dc_kw": 250, "acceleration_s": "5.8", "length_mm": 4920, "width_mm": 1910, "height_mm": 1495,
     "cargo_l": 1640},
    {"slug": "crag", "name": "Crag", "name_zh": "岩", "tagline": "All-road, twin motor", "tagline_zh": "全路况，双电机",
     "body_style": "suv", "seats": 5, "doors": 5, "drivetrain": "awd", "power_kw": 290, "battery_net_kwh": 92,
     "ac_kw": 11, "dc_kw": 250, "acceleration_s": "4.9", "length_mm": 4740, "width_mm": 1930, "height_mm": 1680,
     "cargo_l": 560},
    {"slug": "haven", "name": "Haven", "name_zh": "湾", "tagline": "Six seats, two doors that slide",
     "tagline_zh": "六座，双侧滑门", "body_style": "van", "seats": 6, "doors": 5, "drivetrain": "awd", "power_kw": 280,
     "battery_net_kwh": 104, "ac_kw": 22, "dc_kw": 250, "acceleration_s": "6.1", "length_mm": 5120, "width_mm": 1970,
     "height_mm": 1820, "cargo_l": 620},
)  # fmt: skip

TRIMS = (
    ("rill", "standard", "51 kWh", "51 度", 51, 430, "7.9", "fwd", 139_800),
    ("mere", "standard", "Standard", "标准", 62, 560, "6.8", "rwd", 219_800),
    ("mere", "long-range", "Long Range", "长续航", 79, 685, "5.6", "rwd", 243_800),
    ("mere", "dual", "Dual Motor", "双电机", 79, 640, "3.9", "awd", 273_800),
    ("strand", "standard", "Standard", "标准", 62, 540, "7.0", "rwd", 236_800),
    ("strand", "long-range", "Long Range", "长续航", 79, 655, "5.8", "rwd", 260_800),
    ("crag", "dual", "Dual Motor", "双电机", 92, 640, "4.9", "awd", 268_800),
    ("haven", "standard", "104 kWh", "104 度", 104, 672, "6.1", "awd", 329_800),
)

EQUIPMENT = (
    ("paint", "mist", "Mist", "雾", 0, 0, "#C3CACB"),
    ("paint", "tarn", "Tarn", "潭", 6_000, 0, "#3C636B"),
    ("paint", "ink", "Ink", "墨", 6_000, 0, "#17232B"),
    ("paint", "lichen", "Lichen", "苔", 6_000, 0, "#878D6C"),
    ("paint", "slate", "Slate", "石", 6_000, 0, "#69757D"),
    ("paint", "cinnabar", "Cinnabar", "朱砂", 10_000, 0, "#A63A22"),
    ("wheels", "aero", "19″ Aero", "19″ Aero", 0, 0, None),
    ("wheels", "blade", "20″ Blade", "20″ Blade", 7_000, -28, None),
    ("wheels", "turbine", "21″ Turbine", "21″ Turbine", 12_000, -46, None),
    ("interior", "graphite", "Graphite", "墨灰", 0, 0, "#3A3F42"),
    ("interior", "sand", "Sand", "沙", 4_000, 0, "#CBBFA9"),
    ("interior", "cedar", "Cedar", "柏", 8_000, 0, "#7A4A34"),
)

MONTHLY, DAILY, YEARLY, ONCE = "monthly", "daily", "yearly", "once"
LATER = "handover_if_vehicle"

OFFERS = (
    ("charge-100", "charging", "Charge 100", "充电 100", "100 kWh a month. Weekday commuting, topping up near work.",
     "每月 100 度，工作日通勤，就近补电。", 89, MONTHLY, LATER, {"kwh": 100}, None),
    ("charge-250", "charging", "Charge 250", "充电 250", "250 kWh a month on 61,000 public points.",
     "每月 250 度，61,000 个公共桩可用。", 199, MONTHLY, LATER, {"kwh": 250}, None),
    ("charge-home", "charging", "Charge Home", "家充", "A 7 kW wallbox from Green Tide, plus 420 kWh at home or away.",
     "绿汐 7 kW 家充桩，另含 420 度，在家在外都能用。", 349, MONTHLY, LATER, {"kwh": 420, "wallbox": True}, None),
    ("pilot", "feature", "Pilot", "领航", "Hands-on lane and speed assistance", "车道与车速辅助，手不离方向盘", 580, MONTHLY,
     LATER, {"feature": "pilot"}, None),
    ("rear-steering", "feature", "Rear steering", "后轮转向", "Turning circle 11.4 m to 10.1 m",
     "转弯直径 11.4 m 减到 10.1 m", 96, MONTHLY, LATER, {"feature": "rear-steering"}, None),
    ("seat-climate", "feature", "Seat climate", "座椅冷暖", "Heating and ventilation, all four seats", "四座加热与通风", 48,
     MONTHLY, LATER, {"feature": "seat-climate"}, None),
    ("track-boost", "feature", "Track boost", "赛道加速", "5.6 s to 5.1 s, for a day", "5.6 秒到 5.1 秒，用一天", 60, DAILY,
     LATER, {"feature": "track-boost"}, None),
    ("cloud-sentry", "feature", "Cloud sentry", "云哨兵", "30 days of clips, shared with family",
     "保存 30 天录像，可与家人共看", 18, MONTHLY, LATER, {"feature": "cloud-sentry"}, None),
    ("theatre", "feature", "Theatre", "影院", "14-speaker sound, cinema mode", "14 扬声器，影院模式", 28, MONTHLY, LATER,
     {"feature": "theatre"}, None),
    ("credits-500", "credits", "500 mobility credits", "500 出行点数", "For rides, parking, tolls and trains. 24 months to use them.",
     "打车、停车、过路费、火车都能用，24 个月内有效。", 450, ONCE, "today", {"credits": 500}, None),
    ("credits-1000", "credits", "1,000 mobility credits", "1,000 出行点数",
     "For rides, parking, tolls and trains. 24 months to use them.", "打车、停车、过路费、火车都能用，24 个月内有效。", 880, ONCE,
     "today", {"credits": 1000}, None),
    ("credits-2500", "credits", "2,500 mobility credits", "2,500 出行点数",
     "For rides, parking, tolls and trains. 24 months to use them.", "打车、停车、过路费、火车都能用，24 个月内有效。", 2125, ONCE,
     "today", {"credits": 2500}, None),
    ("subscribe-rill", "subscription", "Rill subscription", "溪 Rill 订阅",
     "Insurance, service and 1,500 km a month. Stop with 30 days’ notice.",
     "含保险、保养和每月 1,500 公里。提前 30 天说一声就能停。", 2980, MONTHLY, "today", {"model": "rill"}, None),
    ("subscribe-mere", "subscription", "Mere subscription", "澄 Mere 订阅",
     "Insurance, service and 1,500 km a month. Stop with 30 days’ notice.",
     "含保险、保养和每月 1,500 公里。提前 30 天说一声就能停。", 4580, MONTHLY, "today", {"model": "mere"}, None),
    ("anping-motor", "partner_product", "Anping motor insurance", "安平车险",
     "Compulsory plus ¥3 m third party. Sold by Anping, arranged by us.", "交强险加 300 万三者险。安平承保，我们代办。", 5480, YEARLY,
     LATER, {"cover": "motor"}, "anping"),
)  # fmt: skip


@dataclass(frozen=True)
class Wares:
    """What is sold in one market, prices in its own currency."""

    trims: Sequence[tuple[str, str, str, str, int, int, str, str, int]]
    equipment: Sequence[tuple[str, str, str, str, int, int, str | None]]
    offers: Sequence[tuple[Any, ...]]
    cycle: str
    stock: int
    seed: int


WARES: Mapping[str, Wares] = {
    HOME_MARKET: Wares(TRIMS, EQUIPMENT, OFFERS, "cltc", STOCK, SEED),
    "DE": Wares(
        demo_germany.TRIMS,
        demo_germany.EQUIPMENT,
        demo_germany.OFFERS,
        demo_germany.CYCLE,
        demo_germany.STOCK,
        demo_germany.SEED,
    ),
}


def demo(_at: datetime) -> None:
    with transaction():
        shelved = set(session().scalars(select(Trim.market_key).distinct()))
        fresh = [market for key in WARES if key not in shelved and (market := session().get(Market, key))]
        for market in fresh:
            shelve(market)
    for market in fresh:
        _stock(market, WARES[market.key])


def _stock(market: Market, wares: Wares) -> None:
    with transaction():
        shelf = Shelf.now(market.key)
    feed = Feed(stock_file.parser(shelf), stock_file.lander(shelf), lambda row: row.vin)
    take_in(generated_stock.rows(wares.stock, wares.seed, shelf, clock.today(market.time_zone)), feed)


def shelve(market: Market) -> None:
    """The models, what they can be had with, and the services, without any stock."""
    wares = WARES[market.key]
    money = {"market_key": market.key, "currency": market.currency}

    def minor(price: int | str) -> int:
        return Money.of(market.currency, price).amount_minor

    for place, facts in enumerate(MODELS):
        session().execute(
            insert(Model)
            .on_conflict_do_nothing(index_elements=["slug"])
            .values(
                id=uuid7(),
                origin="house",
                brand_id="tarn",
                position=place,
                make_slug="tarn",
                make_name="Tarn",
                year=YEAR,
                figures={},
                source="Tarn",
                **facts,
            )
        )
    ids = dict(session().execute(select(Model.slug, Model.id).where(Model.origin == "house")).all())
    session().execute(
        insert(Trim),
        [
            {
                "id": uuid7(), "model_id": ids[model], "code": code, "name": name, "name_zh": name_zh,
                "position": place, "battery_kwh": kwh, "range_km": km, "range_cycle": wares.cycle,
                "acceleration_s": Decimal(seconds), "drivetrain": drive, "price_minor": minor(price), **money,
            }
            for place, (model, code, name, name_zh, kwh, km, seconds, drive, price) in enumerate(wares.trims)
        ],
    )  # fmt: skip
    session().execute(
        insert(Equipment),
        [
            {
                "id": uuid7(), "family": family, "code": code, "name": name, "name_zh": name_zh, "position": place,
                "colour": colour, "range_delta_km": km, "price_minor": minor(price), **money,
            }
            for place, (family, code, name, name_zh, price, km, colour) in enumerate(wares.equipment)
        ],
    )  # fmt: skip
    fit_out(market)
    sellers = {r.code: r.id for r in session().scalars(select(Recipient))}
    session().execute(
        insert(Offer),
        [
            {
                "id": uuid7(), "public_id": public_id(), "sku": sku, "family": family, "name": name, "name_zh": name_zh,
                "summary": summary, "summary_zh": summary_zh, "price_minor": minor(price), "billing": billing,
                "starts": starts, "grants": grants, "seller_id": sellers[seller] if seller else None,
                "position": place, **money,
            }
            for place, (sku, family, name, name_zh, summary, summary_zh, price, billing, starts, grants, seller)
            in enumerate(wares.offers)
        ],
    )  # fmt: skip
