"""What leaves the house, seen by the administration: what hangs and since when, replayed one by one or all parked."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock, deliveries
from app.db import close_reading, session, statement_count, transaction
from app.deliveries import Delivery, DeliveryAttempt
from app.events import EventRow
from leads import replays
from tests.conversations.builders import Browser

LIST = "/admin/deliveries"


def made(
    key: str, state: str, to: str = "west-lake", kind: str = "leads.webhook", attempts: int = 3
) -> Delivery:
    with transaction():
        one = deliveries.queue(
            kind, to, None, {"lead_id": "", "recipient_id": "", "purpose": "opened"}, key=key
        )
        one.state, one.attempts, one.reason = state, attempts, f"HTTP said no to {key}"
        if state == "delivered":
            one.delivered_at = clock.now()
        for number in range(1, attempts + 1):
            session().add(
                DeliveryAttempt(
                    delivery_id=one.id,
                    number=number,
                    at=clock.now(),
                    outcome="delivered" if state == "delivered" and number == attempts else "refused",
                    status_code=200 if state == "delivered" and number == attempts else 422,
                    latency_ms=37,
                    excerpt="<script>alert(1)</script>",
                )
            )
    return one


def state_of(delivery: Delivery) -> str:
    close_reading()
    return session().get_one(Delivery, delivery.id).state


def test_what_hangs_is_counted_and_listed_with_its_last_answer(admin: Browser) -> None:
    made("p", "parked")
    made("d", "dead")
    made("r", "pending", attempts=2)
    made("a", "delivered", attempts=1)

    page = admin.see(LIST)

    assert "HTTP said no to p" in page and "HTTP said no to d" in page
    assert "HTTP said no to r" not in page
    assert "HTTP said no to r" in admin.see(f"{LIST}?show=retrying")
    assert "HTTP said no to a" in admin.see(f"{LIST}?show=arrived")
    assert "33 %" in page


def test_the_oldest_that_has_not_arrived_is_told_with_its_age(admin: Browser) -> None:
    old = made("old", "parked")
    with transaction():
        session().execute(
            update(Delivery).where(Delivery.id == old.id).values(created_at=clock.now() - timedelta(hours=3))
        )

    assert "3 hours ago" in admin.see(LIST)


def test_a_test_never_counts_as_undelivered_or_in_the_success(admin: Browser) -> None:
    made("t", "parked", kind="leads.trial_webhook")

    page = admin.see(f"{LIST}?show=parked")

    assert "nothing" in page
    assert "The last seven days" not in page


def test_one_delivery_shows_each_try_and_is_sent_once_more(admin: Browser) -> None:
    one = made("p", "parked")
    page = admin.see(f"{LIST}/{one.id}")

    answer = admin.post(f"{LIST}/{one.id}/replay", {})

    assert page.count(">422<") == 3 and "37 ms" in page
    assert "<script>alert(1)" not in page
    assert answer.status_code == 303
    assert state_of(one) == "pending"
    row = session().scalars(select(EventRow).where(EventRow.type == "leads.deliveries_replayed")).one()
    assert (row.payload["count"], row.actor_kind) == (1, "staff")


def test_what_is_on_its_way_is_not_sent_twice(admin: Browser) -> None:
    one = made("s", "sending", attempts=0)

    admin.post(f"{LIST}/{one.id}/replay", {})

    assert state_of(one) == "sending"
    assert session().scalars(select(EventRow).where(EventRow.type == "leads.deliveries_replayed")).all() == []


def test_all_parked_of_a_recipient_are_counted_first_and_sent_only_when_sure(admin: Browser) -> None:
    mine = [made(f"p{n}", "parked") for n in range(3)]
    others = made("other", "parked", to="anping")
    dead = made("dead", "dead")

    asked = admin.post(f"{LIST}/replays", {"to": "west-lake"})
    assert "Send 3 parked messages to" in asked.get_data(as_text=True)
    assert {state_of(one) for one in mine} == {"parked"}

    answer = admin.post(f"{LIST}/replays", {"to": "west-lake", "sure": "1"})

    assert answer.status_code == 303 and "replayed=3" in answer.headers["Location"]
    assert {state_of(one) for one in mine} == {"pending"}
    assert (state_of(others), state_of(dead)) == ("parked", "dead")
    row = session().scalars(select(EventRow).where(EventRow.type == "leads.deliveries_replayed")).one()
    assert row.payload["count"] == 3


def test_nothing_is_sent_for_a_recipient_that_nobody_knows(admin: Browser) -> None:
    one = made("x", "parked", to="customer:somebody")

    assert admin.post(f"{LIST}/replays", {"to": "customer:somebody", "sure": "1"}).status_code == 404
    assert admin.post(f"{LIST}/{uuid.uuid4()}/replay", {}).status_code == 404
    admin.see(f"{LIST}/{uuid.uuid4()}", 404)
    assert state_of(one) == "parked"


def test_a_customers_letter_tells_nothing_of_the_customer(admin: Browser) -> None:
    made("c", "dead", to="customer:0198", kind="conversations.answer")

    page = admin.see(LIST)

    assert "A letter to a customer" in page
    assert "customer:0198" not in page


def test_the_list_goes_on_from_page_to_page_and_stays_within_bounds(admin: Browser) -> None:
    for number in range(55):
        made(f"p{number:02}", "parked", attempts=0)

    with statement_count() as count:
        first = admin.see(LIST)
        stated = count()
    further = first.split('id="more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    second = admin.see(further)

    assert stated <= 9
    assert first.count("data-row") == 50 and second.count("data-row") == 5
    assert "HTTP said no to p54" in first and "HTTP said no to p04" in second


@pytest.mark.parametrize("odd", ["?show=nonsense", "?before=nonsense", "?to=%27--", "?replayed=%C2%B2"])
def test_an_odd_address_is_answered_calmly(admin: Browser, odd: str) -> None:
    admin.see(LIST + odd)


def test_what_is_dead_is_sent_again_since_a_time_and_no_test_or_letter_with_it(admin: Browser) -> None:
    dead = made("d1", "dead")
    parked, trial = made("p1", "parked"), made("t1", "dead", kind="leads.trial_webhook")
    with transaction():
        session().add(_old())

    wish = {"to": "west-lake", "what": "dead", "since": "1d"}
    asked = admin.post(f"{LIST}/replays", wish).get_data(as_text=True)
    answer = admin.post(f"{LIST}/replays", {**wish, "sure": "1"})

    assert "Send 1 dead message to" in asked
    assert "replayed=1" in answer.headers["Location"]
    assert (state_of(dead), state_of(parked), state_of(trial)) == ("pending", "parked", "dead")
    assert admin.post(f"{LIST}/replays", {**wish, "what": "everything"}).status_code == 404


def _old() -> Delivery:
    at = clock.now() - timedelta(days=3)
    return Delivery(
        id=replays.first_id_of(at), kind="leads.webhook", recipient_key="west-lake", payload={},
        key="d0", state="dead", next_at=at,
    )  # fmt: skip


def test_what_is_sent_again_in_great_number_is_spread(admin: Browser) -> None:
    rows = [made(f"d{n}", "dead") for n in range(5)]

    admin.post(f"{LIST}/replays", {"to": "west-lake", "what": "dead", "sure": "1"})

    close_reading()
    due = sorted(session().get_one(Delivery, one.id, populate_existing=True).next_at for one in rows)
    assert due[-1] - due[0] >= 4 * deliveries.BETWEEN_REPLAYS * 0.9
