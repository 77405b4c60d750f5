"""The demo shop's markets, dealers, desks, partner companies and people; the second market's are in demo_germany."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert

from app.db import session, transaction
from app.events import SYSTEM
from app.ids import uuid7
from partners import calendar, demo_germany, here
from partners.demo_dealers import dealer
from partners.enrolment import Enrolment, employ, enrol
from partners.models import HOME_MARKET, Holiday, Market, Recipient

PASSWORD = "still-water-2026"

MARKET = {
    "key": HOME_MARKET,
    "name": "China",
    "name_zh": "中国",
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "languages": ["zh", "en"],
    "phone_region": "CN",
    "house_phone": "400 820 7700",
    "purchase_tax_rate": Decimal("0.05"),
    "purchase_tax_cap_minor": 15_000_00,
    "vat_rate": Decimal("0.13"),
    "rounding": {"purchase_tax": 100},
    "plates_minor": 300_00,
    "used_transfer_minor": 1_200_00,
    "delivery_minor": 980_00,
    "deposit_minor": 5_000_00,
    "balance_days_before_handover": 2,
    "cancel_days": 7,
    "tax_mode": "purchase_tax",
    "order_words": "pay",
    "withdrawal_days": 0,
    "number_prefix": "",
    "address_fields": ["street", "district", "city"],
    "finance_rate": Decimal("0.032"),
    "finance_months": 60,
    "finance_down_share": Decimal("0.20"),
    "finance_step_minor": 100,
    "finance_lender_code": "heyuan",
}
MARKETS = (MARKET, demo_germany.MARKET)


RECIPIENTS = (
    dealer("hangzhou-west-lake", "Tarn Hangzhou West Lake", "泰然杭州西湖店", "Hangzhou", "杭州",
           "18 Tianmushan Road, Xihu, Hangzhou", "杭州市西湖区天目山路 18 号", "0571 8700 1101"),
    dealer("hangzhou-binjiang", "Tarn Hangzhou Binjiang", "泰然杭州滨江店", "Hangzhou", "杭州",
           "260 Jiangnan Avenue, Binjiang, Hangzhou", "杭州市滨江区江南大道 260 号", "0571 8700 1102"),
    dealer("shanghai-xuhui", "Tarn Shanghai Xuhui", "泰然上海徐汇店", "Shanghai", "上海",
           "77 Longteng Avenue, Xuhui, Shanghai", "上海市徐汇区龙腾大道 77 号", "021 6400 1103"),
    dealer("suzhou-jinji-lake", "Tarn Suzhou Jinji Lake", "泰然苏州金鸡湖店", "Suzhou", "苏州",
           "9 Suzhou Avenue East, Suzhou", "苏州市苏州大道东 9 号", "0512 6200 1104"),
    dealer("shaoxing", "Tarn Shaoxing", "泰然绍兴店", "Shaoxing", "绍兴",
           "51 Jiefang Avenue, Yuecheng, Shaoxing", "绍兴市越城区解放大道 51 号", "0575 8500 1105"),
    dealer("chengdu-gaoxin", "Tarn Chengdu Gaoxin", "泰然成都高新店", "Chengdu", "成都",
           "1200 Tianfu Avenue, Gaoxin, Chengdu", "成都市高新区天府大道 1200 号", "028 8500 1106"),
    Enrolment("tarn-online", "agent_desk", "Tarn online", "泰然线上顾问", "Hangzhou", "杭州",
              mail_to="desk@tarn.example"),
    Enrolment("tarn-help-line", "call_centre", "Tarn help line", "泰然服务热线", "Hangzhou", "杭州",
              phone="400 820 7700", mail_to="helpline@tarn.example"),
    Enrolment("anping", "insurance_partner", "Anping", "安平", "Shanghai", "上海",
              "300 Century Avenue, Pudong, Shanghai", "上海市浦东新区世纪大道 300 号", "021 5800 2201",
              mail_to="tarn@anping.example"),
    Enrolment("heyuan", "finance_partner", "Heyuan", "禾元", "Shanghai", "上海",
              "88 Lujiazui Ring Road, Pudong, Shanghai", "上海市浦东新区陆家嘴环路 88 号", "021 5800 2202",
              mail_to="tarn@heyuan.example"),
    Enrolment("green-tide", "energy_partner", "Green Tide", "绿汐", "Hangzhou", "杭州",
              "6 Wenyi West Road, Yuhang, Hangzhou", "杭州市余杭区文一西路 6 号", "0571 8800 2203",
              mail_to="tarn@greentide.example"),
)  # fmt: skip

PEOPLE = (
    ("zhou.min@tarn.example", "Zhou Min", "周敏", (("agent", None),)),
    ("xu.rui@tarn.example", "Xu Rui", "徐睿", (("dealer", "hangzhou-west-lake"),)),
    ("han.lei@tarn.example", "Han Lei", "韩磊", (("dealer", "hangzhou-binjiang"),)),
    (
        "lu.qing@tarn.example",
        "Lu Qing",
        "陆青",
        (("dealer", "hangzhou-west-lake"), ("dealer", "hangzhou-binjiang")),
    ),
    ("admin@tarn.example", "He Yan", "何妍", (("admin", None),)),
)

# Statutory days; those of the moon calendar are the published ones, the others come every year.
EVERY_YEAR = (
    (1, 1, "New Year’s Day", "元旦"),
    (5, 1, "Labour Day", "劳动节"),
    (5, 2, "Labour Day", "劳动节"),
    (10, 1, "National Day", "国庆节"),
    (10, 2, "National Day", "国庆节"),
    (10, 3, "National Day", "国庆节"),
)
BY_THE_MOON = (
    (date(2027, 2, 5), "Spring Festival", "春节"),
    (date(2027, 2, 6), "Spring Festival", "春节"),
    (date(2027, 2, 7), "Spring Festival", "春节"),
    (date(2027, 2, 8), "Spring Festival", "春节"),
    (date(2027, 4, 5), "Qingming", "清明节"),
    (date(2027, 6, 9), "Dragon Boat Festival", "端午节"),
    (date(2027, 9, 15), "Mid-Autumn Festival", "中秋节"),
)


def demo(at: datetime) -> None:
    with transaction():
        session().execute(insert(Market).values(MARKETS).on_conflict_do_nothing())
        _holidays(HOME_MARKET, at.year, EVERY_YEAR, BY_THE_MOON)
        _holidays(demo_germany.KEY, at.year, demo_germany.EVERY_YEAR, demo_germany.BY_EASTER)
        for told in (*RECIPIENTS, *demo_germany.RECIPIENTS):
            if Recipient.by_code(told.code) is None:
                enrol(told, SYSTEM)
        _people((*PEOPLE, *demo_germany.PEOPLE))
        calendar.extend_now()
    here.forget()


def sign_ins() -> list[str]:
    """The demo's sign-ins, for the line that says the shop is ready."""
    desks = {"agent": "agent console", "dealer": "dealer board", "admin": "leads and everything else"}
    return [
        f"{email} / {PASSWORD} ({desks[roles[0][0]]})"
        for email, _name, _zh, roles in (*PEOPLE, *demo_germany.PEOPLE)
    ]


def _holidays(
    market_key: str,
    year: int,
    every_year: Sequence[tuple[int, int, str, str]],
    moving: Sequence[tuple[date, str, str]],
) -> None:
    fixed = ((date(y, m, d), name, zh) for y in (year, year + 1) for m, d, name, zh in every_year)
    rows = [
        {
            "id": uuid7(),
            "market_key": market_key,
            "recipient_id": None,
            "on": on,
            "name": name,
            "name_zh": zh,
        }
        for on, name, zh in (*fixed, *moving)
    ]
    session().execute(insert(Holiday).values(rows).on_conflict_do_nothing())


def _people(people: Sequence[tuple[str, str, str, tuple[tuple[str, str | None], ...]]]) -> None:
    for email, name, name_zh, roles in people:
        places = [(role, _recipient_id(code)) for role, code in roles]
        employ(email, name, PASSWORD, places, SYSTEM, name_zh=name_zh)


def _recipient_id(code: str | None) -> uuid.UUID | None:
    found = Recipient.by_code(code) if code else None
    return found.id if found else None
