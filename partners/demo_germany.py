"""The demo's second market: Germany, in euros, with its dealers, desks, partner companies, people and days off."""

from datetime import date, time
from decimal import Decimal

from partners.demo_dealers import dealer
from partners.enrolment import Enrolment, Hours

KEY = "DE"
ZONE = "Europe/Berlin"

MARKET = {
    "key": KEY,
    "name": "Germany",
    "name_zh": "德国",
    "currency": "EUR",
    "time_zone": ZONE,
    "languages": ["en", "zh"],
    "phone_region": "DE",
    "house_phone": "0800 000 7700",
    "purchase_tax_rate": Decimal(0),
    "purchase_tax_cap_minor": None,
    "vat_rate": Decimal("0.19"),
    "rounding": {},
    "plates_minor": 149_00,
    "used_transfer_minor": 129_00,
    "delivery_minor": 690_00,
    "deposit_minor": 1_000_00,
    "balance_days_before_handover": 5,
    "cancel_days": 14,
    "tax_mode": "gross_vat",
    "order_words": "obligation",
    "withdrawal_days": 14,
    "number_prefix": "D",
    "address_fields": ["street", "postcode", "city"],
    "finance_rate": Decimal("0.0499"),
    "finance_months": 48,
    "finance_down_share": Decimal("0.20"),
    "finance_step_minor": 1,
    "finance_lender_code": "uferhain",
}

WEEKDAYS, SATURDAY = (1, 2, 3, 4, 5), (6,)
DEALER_HOURS = (
    Hours("visit", WEEKDAYS, time(9), time(19)),
    Hours("visit", SATURDAY, time(10), time(16)),
    Hours("test_drive", WEEKDAYS, time(10), time(18), slot_minutes=60, capacity=2),
    Hours("test_drive", SATURDAY, time(10), time(15), slot_minutes=60, capacity=2),
    Hours("handover", WEEKDAYS, time(9), time(13), slot_minutes=120),
    Hours("handover", WEEKDAYS, time(14), time(18), slot_minutes=120),
    Hours("handover", SATURDAY, time(10), time(16), slot_minutes=120),
    Hours("delivery", WEEKDAYS, time(8), time(18), slot_minutes=120, capacity=2),
)
DESK_HOURS = (Hours("visit", (*WEEKDAYS, *SATURDAY), time(8), time(20)),)


RECIPIENTS = (
    dealer("berlin-gleisdreieck", "Tarn Berlin Gleisdreieck", "泰然柏林三角铁道店", "Berlin", "柏林",
           "Luckenwalder Straße 12, 10963 Berlin", "Luckenwalder Straße 12, 10963 Berlin", "030 5500 1201",
           market_key=KEY, hours=DEALER_HOURS),
    dealer("muenchen-isarufer", "Tarn München Isarufer", "泰然慕尼黑伊萨河畔店", "München", "慕尼黑",
           "Ehrengutstraße 9, 80469 München", "Ehrengutstraße 9, 80469 München", "089 5500 1202",
           market_key=KEY, hours=DEALER_HOURS),
    Enrolment("tarn-online-germany", "agent_desk", "Tarn online, Germany", "泰然线上顾问（德国）", "Berlin", "柏林",
              market_key=KEY, mail_to="desk.germany@tarn.example", hours=DESK_HOURS),
    Enrolment("tarn-help-line-germany", "call_centre", "Tarn help line, Germany", "泰然服务热线（德国）", "Berlin",
              "柏林", phone="0800 000 7700", market_key=KEY, mail_to="helpline.germany@tarn.example",
              hours=DESK_HOURS),
    Enrolment("morgenwehr", "insurance_partner", "Morgenwehr", "晨卫保险", "Köln", "科隆",
              "Gereonswall 61, 50670 Köln", "Gereonswall 61, 50670 Köln", "0221 5500 2301",
              market_key=KEY, mail_to="tarn@morgenwehr.example"),
    Enrolment("uferhain", "finance_partner", "Uferhain", "岸林金融", "Hamburg", "汉堡",
              "Brooktorkai 14, 20457 Hamburg", "Brooktorkai 14, 20457 Hamburg", "040 5500 2302",
              market_key=KEY, mail_to="tarn@uferhain.example"),
    Enrolment("wattweide", "energy_partner", "Wattweide", "瓦原能源", "Leipzig", "莱比锡",
              "Gerberstraße 3, 04105 Leipzig", "Gerberstraße 3, 04105 Leipzig", "0341 5500 2303",
              market_key=KEY, mail_to="tarn@wattweide.example"),
)  # fmt: skip

PEOPLE = (
    ("jana.holt@tarn.example", "Jana Holt", "", (("dealer", "berlin-gleisdreieck"),)),
    ("tobias.rehm@tarn.example", "Tobias Rehm", "", (("dealer", "muenchen-isarufer"),)),
)

EVERY_YEAR = (
    (1, 1, "New Year’s Day", "元旦"),
    (5, 1, "Labour Day", "劳动节"),
    (10, 3, "Day of German Unity", "德国统一日"),
    (12, 25, "Christmas Day", "圣诞节"),
    (12, 26, "Second Day of Christmas", "圣诞节次日"),
)
BY_EASTER = (
    (date(2027, 3, 26), "Good Friday", "耶稣受难日"),
    (date(2027, 3, 29), "Easter Monday", "复活节星期一"),
    (date(2027, 5, 6), "Ascension Day", "耶稣升天节"),
    (date(2027, 5, 17), "Whit Monday", "圣灵降临节星期一"),
)
