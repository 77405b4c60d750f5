"""The pictures narrowed by market, device and language: kept in the address, adding up, and the same as a file."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app import clock
from app.db import session, statement_count, transaction
from insights import counting
from insights.asked import Asked
from insights.models import DayFigure
from insights.queries import Period, figures
from partners.here import markets
from tests.conversations.builders import Browser
from tests.leads.builders import Places
from tests.leads.test_abandoned_carts import a_left_car

Relay = Callable[[], None]


def figure(
    part: str, count: int, device: str = "", language: str = "en", value: int = 0, currency: str = ""
) -> DayFigure:
    left = currency != ""
    return DayFigure(
        market_key="CN",
        on_day=clock.now().date() - timedelta(days=1),
        name="left" if left else "funnel",
        part=part,
        reason="refused" if left else "",
        device=device,
        language=language,
        currency=currency,
        count=count,
        value_minor=value,
    )


def kept(*rows: DayFigure) -> None:
    with transaction():
        session().add_all(rows)


def lines(browser: Browser, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(browser.see(address).removeprefix("\ufeff"))))


def test_devices_and_those_nobody_could_tell_add_up_to_all(admin: Browser, places: Places) -> None:
    kept(
        figure("paid", 4, "phone"),
        figure("paid", 2, "desktop"),
        figure("paid", 1),
        figure("paid", 8, "phone", "zh"),
    )
    period = Period.ending(clock.now().date(), 7)

    def paid(asked: Asked) -> int:
        return figures(asked, period)[0].of("funnel", "paid").count

    assert paid(Asked(market_key="CN")) == 15
    assert [paid(Asked(market_key="CN", device=device)) for device in ("phone", "desktop", "")] == [12, 2, 1]
    assert [paid(Asked(market_key="CN", language=language)) for language in ("en", "zh")] == [7, 8]


def test_what_is_asked_for_stays_in_every_address_of_the_page(admin: Browser, places: Places) -> None:
    page = admin.see("/insights?days=28&market=all&device=unknown&reads=zh")

    assert "/insights?days=84&amp;market=all&amp;device=unknown&amp;reads=zh" in page
    assert "/insights.csv?days=28&amp;market=all&amp;device=unknown&amp;reads=zh" in page
    assert '<option value="all" selected>' in page
    assert '<input type="hidden" name="days" value="28">' in page


@pytest.mark.parametrize("told", ["days=9999", "days=-1", "market=XX", "device=fridge", "reads=tlh"])
def test_a_word_that_means_nothing_narrows_nothing(admin: Browser, places: Places, told: str) -> None:
    assert Asked.told(dict([told.split("=")]), "CN", markets()) == Asked(market_key="CN")
    assert "<h1" in admin.see(f"/insights?{told}")


def test_two_currencies_stand_side_by_side(admin: Browser, places: Places) -> None:
    kept(
        figure("pay", 3, value=30_000_000, currency="CNY"),
        figure("pay", 2, value=4_000_000, currency="EUR"),
        figure("contact", 1, value=90_000_000_000_000_00, currency="CNY"),
    )

    page = admin.see("/en/insights")
    rows = lines(admin, "/en/insights.csv")

    assert "¥300,000 + €40,000" in page
    assert "¥90,000,000,000,000" in page
    found = [row[3:5] for row in rows if row[1:3] == ["A field was refused", "Payment"]]
    assert found == [["5", "count"], ["300000.00", "CNY"], ["40000.00", "EUR"]]


def test_the_file_has_the_figures_of_the_page(admin: Browser, places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    run_relay()
    counting.count()

    rows = lines(admin, "/en/insights.csv?days=28")

    assert ["From visit to order", "Cart", "", "1", "people", "0"] in rows
    assert next(row[3:5] for row in rows if row[0] == "What stopped them, and where") == ["1", "count"]
    assert [
        "Asked for",
        "To",
        "",
        last_day().isoformat(),
        "",
        (last_day() - timedelta(days=28)).isoformat(),
    ] in rows


def last_day() -> date:
    return clock.today("Asia/Shanghai")


def test_a_share_of_few_says_so_and_none_is_larger_than_the_whole(admin: Browser, places: Places) -> None:
    kept(figure("visited", 12), figure("cart", 20), figure("paid", 3))

    page = admin.see("/en/insights")

    assert "nothing before, few" in page
    assert "167%" not in page
    assert "15% of step" not in page, "paid is a share of those who checked out, and nobody did"


def test_a_narrowed_look_takes_few_statements(admin: Browser, places: Places) -> None:
    for device in ("phone", "desktop"):
        kept(figure("paid", 1, device), figure("paid", 1, device, "zh"))

    with statement_count() as count:
        admin.see("/insights?market=all&device=phone&reads=zh&days=84")

    assert count() <= 8


def test_nobody_else_gets_the_file(agent: Browser, ben: Browser) -> None:
    agent.see("/insights.csv", status=403)
    ben.see("/insights.csv", status=403)
