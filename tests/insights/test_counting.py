"""From what happened to the manager's page: counted in sets, counted again without doubling, read in few statements."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.events import SYSTEM
from insights import counting
from insights.asked import Asked
from insights.models import AnswerBucket, DayFigure
from insights.queries import Period, figures
from insights.spread import bucket_of
from leads import outcomes
from leads.models import Lead
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_lead
from tests.leads.test_abandoned_carts import a_left_car

Relay = Callable[[], None]


def counted(name: str) -> dict[tuple[str, str], int]:
    close_reading()
    rows = session().scalars(select(DayFigure).where(DayFigure.name == name))
    return {(row.part, row.reason): row.count for row in rows}


def kept(day: date, count: int = 1) -> DayFigure:
    return DayFigure(
        market_key="CN", on_day=day, name="funnel", part="paid", reason="", count=count, value_minor=0
    )


def signal(lead: Lead, kind: str, before: timedelta, step: str = "contact") -> None:
    """Something went wrong for whoever left this cart, that long before it was found."""
    with transaction():
        session().execute(
            text(
                "INSERT INTO signal (id, at, kind, step, visitor_id, cart_id, market_key, language)"
                " SELECT uuidv7(), e.abandoned_at - :before, :kind, :step, e.visitor_id, e.cart_id, 'CN', 'en'"
                " FROM abandonment_episode e WHERE e.cart_id = :cart"
            ),
            {"kind": kind, "step": step, "before": before, "cart": lead.cart_id},
        )


def test_a_cart_that_was_left_counts_once_however_often_it_is_counted(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()

    counting.count()
    counting.count()

    assert counted("left") == {("contact", "nothing_seen"): 1}
    assert counted("funnel")["cart", ""] == 1


def test_what_went_wrong_before_leaving_is_what_stopped_them(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    signal(the_lead(), "refused", timedelta(minutes=3))

    counting.count()

    assert counted("left") == {("contact", "refused"): 1}


def test_a_cart_counts_at_the_step_where_its_buyer_stood_last(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    signal(the_lead(), "step", timedelta(minutes=2), step="review")

    counting.count()

    assert counted("left") == {("review", "nothing_seen"): 1}


def test_a_trouble_of_the_morning_stopped_nobody_at_night(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    signal(the_lead(), "refused", timedelta(hours=5))

    counting.count()

    assert counted("left") == {("contact", "nothing_seen"): 1}


def test_the_first_answer_to_a_lead_is_counted_with_its_time_and_a_later_one_is_not(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    with transaction():
        lead = Lead.locked(the_lead().id)
        outcomes.contacted(lead, None, SYSTEM, lead.signalled_at + timedelta(seconds=300))

    counting.count()

    close_reading()
    bucket = session().scalars(select(AnswerBucket)).one()
    assert (bucket.asked, bucket.count) == ("lead", 1)
    assert bucket.bucket == bucket_of(300)
    assert sum(counted("answer").values()) == 1


def test_days_before_the_last_ones_stand_as_they_were_counted(admin: Browser, places: Places) -> None:
    today = clock.now().date()
    with transaction():
        session().add_all([kept(today - timedelta(days=9), count=4), kept(today - timedelta(days=2))])

    counting.count()

    now, before = figures(Asked(market_key="CN"), Period.ending(today, 7))
    assert (now.of("funnel", "paid").count, before.of("funnel", "paid").count) == (1, 4)


def test_days_that_nobody_counted_are_counted_when_counting_goes_on(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    with transaction():
        session().execute(
            text("UPDATE abandonment_episode SET detected_at = detected_at - interval '6 days'")
        )
        session().add(kept(clock.now().date() - timedelta(days=9)))

    counting.count()

    assert sum(counted("left").values()) == 1


def test_the_page_is_read_in_few_statements_and_draws_what_was_counted(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    counting.count()

    with statement_count() as count:
        page = admin.see("/insights")

    assert count() <= 6
    assert "1 cart left, worth" in page
    assert 'class="heat-6 heat-mark"' in page


def test_an_empty_shop_has_an_empty_page_in_both_languages(admin: Browser) -> None:
    counting.count()

    assert "No cart was left in this time." in admin.see("/en/insights?days=28")
    assert "这段时间没有被留下的购物车。" in admin.see("/zh/insights")


@pytest.mark.parametrize("who", ["agent", "ben", "ada"])
def test_only_admins_see_the_pictures(request: pytest.FixtureRequest, who: str) -> None:
    browser: Browser = request.getfixturevalue(who)

    answer = browser.client.get("/insights")

    assert answer.status_code in (303, 302, 401, 403)


def test_the_carts_behind_a_cell_lead_to_their_leads(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    signal(the_lead(), "refused", timedelta(minutes=3))
    counting.count()

    with statement_count() as count:
        page = admin.see("/en/insights/carts?step=contact&reason=refused")

    assert count() <= 6
    assert f"/leads/{the_lead().public_id}" in page
    assert "No cart was left there" in admin.see("/en/insights/carts?step=pay&reason=declined")
    assert "No cart was left there" in admin.see(
        "/en/insights/carts?step=contact&reason=refused&device=phone"
    )
    assert 'href="/en/insights/carts?step=contact&amp;reason=refused&amp;days=28"' in admin.see(
        "/en/insights?days=28"
    )
    admin.see("/insights/carts?step=fridge&reason=refused", status=404)
    admin.see("/insights/carts", status=404)
