"""Made-up orders and people to look at letters with."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from app.i18n import N_
from app.letters import Sample
from app.money import Money

LINK = "https://tarn.example/link/…"


def _answer(at: datetime) -> Mapping[str, Any]:
    return {"name": "Lin Yue", "agent": "Zhou Min", "words": "…", "link": LINK}


def _about_order(at: datetime) -> Mapping[str, Any]:
    line = SimpleNamespace(
        title={"en": "Mere Long Range", "zh": "澄 Mere 长续航"},
        detail={"en": "Tarn, 20″ Blade", "zh": "潭，20″ Blade"},
        quantity=1,
    )
    deposit, rest = Money(5_000_00, "CNY"), Money(267_640_00, "CNY")
    sums = {"today": deposit, "by_date": rest, "monthly": Money(0, "CNY")}
    order = SimpleNamespace(
        number="T-2611-40718",
        lines=[line],
        amounts=[
            SimpleNamespace(due="today", label={"en": "Deposit", "zh": "定金"}, amount=deposit),
            SimpleNamespace(due="by_date", label={"en": "Balance", "zh": "尾款"}, amount=rest),
        ],
        total=lambda due: sums[due],
        balance=lambda: rest,
        due_on=(at + timedelta(days=10)).date(),
        has_vehicle=True,
        method="dealer",
    )
    dealer = SimpleNamespace(
        name_shown="Tarn Hangzhou West Lake",
        address_shown="18 Tianmushan Road, Xihu, Hangzhou",
        time_zone="Asia/Shanghai",
    )
    starts_at = (at + timedelta(days=12)).replace(minute=0, second=0, microsecond=0)
    slot = SimpleNamespace(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    return {"name": "Lin Yue", "order": order, "slot": slot, "dealer": dealer, "link": LINK}


def _on_the_way(at: datetime) -> Mapping[str, Any]:
    return {**_about_order(at), "expected_at": at + timedelta(minutes=40), "code": "482913"}


def _cart_again(at: datetime) -> Mapping[str, Any]:
    titles = ["Mere Long Range", "Charging, 250 kWh a month"]
    return {
        "name": "Lin Yue",
        "agent": "Zhou Min",
        "titles": titles,
        "until": at + timedelta(hours=72),
        "link": LINK,
    }


SAMPLES: Mapping[str, Sample] = {
    "conversations/mail/answer.txt": Sample(N_("An answer waits"), _answer),
    "conversations/mail/cart_again.txt": Sample(N_("The way back to a cart"), _cart_again),
    "conversations/mail/order_placed.txt": Sample(N_("The order is placed"), _about_order),
    "conversations/mail/handover_moved.txt": Sample(N_("The handover is moved"), _about_order),
    "conversations/mail/on_the_way.txt": Sample(N_("The car is on the way"), _on_the_way),
    "conversations/mail/other_dealer.txt": Sample(N_("Another dealer has the order"), _about_order),
    "conversations/mail/order_handed_over.txt": Sample(N_("The car is handed over"), _about_order),
}
