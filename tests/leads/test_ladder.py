"""An offer is taken, refused or let pass, in open time; the next one is asked, and the help line last."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, EventRow
from customers import consents
from customers.consent_texts import ANSWER_ME, SHARE
from customers.models import Consent
from leads import ladder
from leads.models import Dispatch, Lead
from leads.offers import LeadOffer
from partners.models import Holiday, Recipient
from tests.checkout.builders import a_car, a_cart
from tests.conversations.builders import Browser
from tests.leads.builders import Places, decisions, dispatches, give_contact, left, the_lead
from tests.partners.builders import a_member_of_staff, a_recipient

Relay = Callable[[], None]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 at the dealer's; the 24th is a Tuesday. It is open from nine to seven."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def it_is(at: datetime) -> None:
    close_reading()
    clock.move(at - datetime.now(UTC))


@pytest.fixture(autouse=True)
def tuesday_morning(database: None) -> None:
    it_is(on(24, 11))


@pytest.fixture
def binjiang(places: Places) -> Recipient:
    with transaction():
        found = a_recipient("binjiang", name="Tarn Binjiang", name_zh="泰然滨江店")
        a_member_of_staff("cleo@tarn.example", role="dealer", recipient=found, name="Cleo Sells")
    return found


@pytest.fixture
def cleo(flask_app: object, binjiang: Recipient) -> Browser:
    browser = Browser(flask_app.test_client())  # type: ignore[attr-defined]
    browser.sign_in("cleo@tarn.example")
    return browser


def a_lead(
    places: Places, run_relay: Relay, *also: Recipient, at: datetime | None = None, answer_me: bool = True
) -> Lead:
    """A cart with West Lake's car, left on a Tuesday morning by somebody who agreed to be called by these dealers."""
    it_is(at or on(24, 11))
    with transaction():
        cart = a_cart(a_car(dealer=session().merge(places.dealer)))
        share = (places.dealer.public_id,)
        customer = give_contact(cart, share=share, answer_me=answer_me)
        for place in also:
            agree(customer.id, place)
    left(cart.id)
    run_relay()
    return the_lead()


def agree(customer_id: uuid.UUID, place: Recipient) -> None:
    """To be told of by a place that sells nothing in the cart."""
    Consent.record(
        customer_id,
        SHARE,
        True,
        place.id,
        method="help",
        language="en",
        evidence={},
        actor=SYSTEM,
        at=clock.now(),
    )


def change(place: Recipient, **told: object) -> None:
    for name, value in told.items():
        setattr(place, name, value)
    with transaction():
        session().merge(place)


def let_pass() -> int:
    close_reading()
    try:
        return ladder.lapse()
    finally:
        close_reading()


def rounds(lead: Lead) -> list[tuple[int, uuid.UUID, str]]:
    close_reading()
    kept = session().scalars(select(LeadOffer).where(LeadOffer.lead_id == lead.id).order_by(LeadOffer.round))
    return [(offer.round, offer.recipient_id, offer.state) for offer in kept]


def whys(lead: Lead) -> list[list[tuple[str, str]]]:
    """Of each decision, the kinds weighed and what was found."""
    return [[(c["kind"], c["why"]) for c in made.candidates] for made in decisions(lead)]


def near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("at", "accept_by"),
    [
        (on(24, 11), on(24, 11, 10)),
        (on(24, 18, 55), on(25, 9, 5)),
        (on(24, 21), on(25, 9, 10)),
        (on(25, 6), on(25, 9, 10)),
    ],
)
def test_an_offer_stands_for_ten_minutes_of_open_time(
    places: Places, run_relay: Relay, at: datetime, accept_by: datetime
) -> None:
    lead = a_lead(places, run_relay, at=at)

    assert near(lead.accept_by, accept_by)
    assert (lead.round, lead.status, lead.recipient_id) == (1, "routed", places.dealer.id)


def test_a_holiday_of_the_place_is_no_time(places: Places, run_relay: Relay) -> None:
    with transaction():
        session().add(
            Holiday(
                market_key="CN",
                recipient_id=places.dealer.id,
                on=on(25, 0).date(),
                name="Move",
                name_zh="搬店",
            )
        )

    lead = a_lead(places, run_relay, at=on(24, 21))

    assert near(lead.accept_by, on(26, 9, 10))


def test_each_place_says_how_long_it_needs(places: Places, run_relay: Relay) -> None:
    change(places.dealer, accept_within_s=1800)

    assert near(a_lead(places, run_relay).accept_by, on(24, 11, 30))


def test_when_to_answer_counts_open_time_too(places: Places, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay, at=on(24, 18))

    assert lead.answer_within_s == 1800 or lead.answer_within_s == 7200
    due = {1800: on(24, 18, 30), 7200: on(25, 10)}[lead.answer_within_s]
    assert near(lead.due_at, due)


def test_taken_in_time_it_stays(ben: Browser, places: Places, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay)

    answer = ben.post(f"/leads/{lead.public_id}/accept", {})
    it_is(on(24, 12))

    assert answer.status_code == 303
    assert let_pass() == 0
    found = the_lead()
    assert (found.status, found.accept_by, found.recipient_id) == ("accepted", None, places.dealer.id)
    assert rounds(lead) == [(1, places.dealer.id, "accepted")]


def test_nobody_takes_it_so_the_next_dealer_and_then_the_help_line_is_asked(
    places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = a_lead(places, run_relay, binjiang)

    it_is(on(24, 11, 9))
    assert let_pass() == 0
    it_is(on(24, 11, 11))
    assert let_pass() == 1
    assert (the_lead().recipient_id, the_lead().round) == (binjiang.id, 2)
    it_is(on(24, 11, 25))
    assert let_pass() == 1

    found = the_lead()
    assert (found.recipient_id, found.round, found.accept_by) == (places.calls.id, 3, None)
    assert rounds(lead) == [
        (1, places.dealer.id, "expired"),
        (2, binjiang.id, "expired"),
        (3, places.calls.id, "open"),
    ]
    first, second, third = whys(lead)
    assert first[:2] == [("dealer", "passed"), ("dealer", "not_reached")]
    assert second[:2] == [("dealer", "expired_before"), ("dealer", "passed")]
    assert third[:3] == [
        ("dealer", "expired_before"),
        ("dealer", "expired_before"),
        ("call_centre", "passed"),
    ]
    it_is(on(26, 11))
    assert let_pass() == 0


def test_whoever_lost_it_hears_of_it_once(places: Places, run_relay: Relay) -> None:
    change(places.dealer, mail_to="leads@west-lake.example")
    lead = a_lead(places, run_relay)

    it_is(on(24, 11, 11))
    let_pass()
    let_pass()

    told = session().scalars(
        select(Dispatch).where(Dispatch.lead_id == lead.id, Dispatch.purpose == "withdrawn")
    )
    assert [row.recipient_id for row in told] == [places.dealer.id]


def test_a_closed_night_counts_for_nothing(places: Places, run_relay: Relay) -> None:
    a_lead(places, run_relay, at=on(24, 18, 55))

    it_is(on(25, 8, 59))
    assert let_pass() == 0
    it_is(on(25, 9, 6))
    assert let_pass() == 1


@pytest.mark.parametrize(
    ("reason", "note"),
    [("no_capacity", ""), ("not_our_area", ""), ("not_our_product", ""), ("conflict_of_interest", ""), ("other", "Sold it to a friend")],
)  # fmt: skip
def test_a_no_with_its_reason_asks_the_next_one_at_once(
    ben: Browser, places: Places, binjiang: Recipient, run_relay: Relay, reason: str, note: str
) -> None:
    lead = a_lead(places, run_relay, binjiang)

    answer = ben.post(f"/leads/{lead.public_id}/decline", {"reason": reason, "note": note})

    assert answer.status_code == 303
    assert the_lead().recipient_id == binjiang.id
    offer = session().scalars(select(LeadOffer).where(LeadOffer.round == 1)).one()
    assert (offer.state, offer.reason, offer.note) == ("declined", reason, note or None)
    assert offer.staff_id is not None
    assert whys(lead)[-1][:2] == [("dealer", "declined_before"), ("dealer", "passed")]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Choose why you decline"),
        ({"reason": "lazy"}, "Choose why you decline"),
        ({"reason": "other"}, "Say in a few words why"),
        ({"reason": "other", "note": "x" * 301}, "Shorten this"),
        ({"reason": "no_capacity", "who": "me"}, "no such field"),
    ],
)
def test_a_no_without_a_reason_moves_nothing(
    ben: Browser, places: Places, run_relay: Relay, form: dict[str, str], says: str
) -> None:
    lead = a_lead(places, run_relay)

    answer = ben.post(f"/leads/{lead.public_id}/decline", form)

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert rounds(lead) == [(1, places.dealer.id, "open")]
    assert len(decisions(lead)) == 1


def test_too_late_is_told_who_has_it_now(
    ben: Browser, places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = a_lead(places, run_relay, binjiang)

    it_is(on(24, 11, 12))
    late = ben.post(f"/leads/{lead.public_id}/accept", {})

    assert late.status_code == 409
    assert "Tarn Binjiang has it now" in late.get_data(as_text=True)
    assert rounds(lead) == [(1, places.dealer.id, "expired"), (2, binjiang.id, "open")]
    for path, form in (
        ("accept", {}),
        ("decline", {"reason": "no_capacity"}),
        ("moves", {"to": "contacted"}),
    ):
        assert ben.post(f"/leads/{lead.public_id}/{path}", form).status_code == 409
    assert (the_lead().status, the_lead().recipient_id) == ("routed", binjiang.id)
    assert "Tarn Binjiang has it now" in ben.see(f"/leads/{lead.public_id}")


def test_another_dealer_finds_no_such_lead(
    cleo: Browser, places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = a_lead(places, run_relay)

    tried: tuple[tuple[str, dict[str, str]], ...] = (
        ("accept", {}),
        ("decline", {"reason": "no_capacity"}),
        ("moves", {"to": "won"}),
    )
    for path, form in tried:
        assert cleo.post(f"/leads/{lead.public_id}/{path}", form).status_code == 404
    cleo.see(f"/leads/{lead.public_id}/decline", 404)
    assert (the_lead().status, the_lead().recipient_id) == ("routed", places.dealer.id)


def test_a_closed_lead_is_neither_taken_nor_declined(ben: Browser, places: Places, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay)
    ben.post(f"/leads/{lead.public_id}/moves", {"to": "won"})

    taken = ben.post(f"/leads/{lead.public_id}/accept", {})
    declined = ben.post(f"/leads/{lead.public_id}/decline", {"reason": "no_capacity"})

    assert (taken.status_code, declined.status_code) == (409, 409)
    assert rounds(lead) == [(1, places.dealer.id, "settled")]


def test_consent_is_asked_again_for_each_round(places: Places, binjiang: Recipient, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay, binjiang)
    assert lead.customer_id is not None
    with transaction():
        for purpose, place_id in ((SHARE, binjiang.id), (ANSWER_ME, None)):
            consents.withdraw(lead.customer_id, purpose, place_id, language="en", actor=SYSTEM)
    run_relay()

    it_is(on(24, 11, 11))
    let_pass()

    found = the_lead()
    assert (found.status, found.why, found.recipient_id, found.accept_by) == (
        "held",
        "no_consent",
        None,
        None,
    )
    assert {row.recipient_id for row in dispatches(lead).values()} <= {None, places.dealer.id}
    assert not any(c["passed"] for c in decisions(lead)[-1].candidates)


def test_a_full_place_is_passed_over(places: Places, binjiang: Recipient, run_relay: Relay) -> None:
    change(places.dealer, capacity_open=1)
    a_lead(places, run_relay, binjiang)
    with transaction():
        cart = a_cart(a_car(dealer=session().merge(places.dealer)))
        customer = give_contact(cart, share=(places.dealer.public_id,), name="Cleo")
        agree(customer.id, binjiang)
    left(cart.id)
    run_relay()

    close_reading()
    second = session().scalars(select(Lead).order_by(Lead.number.desc()).limit(1)).one()
    assert second.recipient_id == binjiang.id
    assert whys(second)[0][0] == ("dealer", "over_capacity")


def test_two_that_look_at_once_step_on_once(places: Places, binjiang: Recipient, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay, binjiang)
    it_is(on(24, 11, 11))
    stepped: list[int] = []

    def look() -> None:
        stepped.append(ladder.lapse())
        close_reading()

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()

    assert sum(stepped) == 1
    assert rounds(lead) == [(1, places.dealer.id, "expired"), (2, binjiang.id, "open")]
    lapsed = select(func.count()).where(EventRow.type == "leads.offer_lapsed")
    assert session().scalar(lapsed) == 1


def test_at_night_somebody_who_waits_is_answered_by_the_help_line(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    it_is(on(24, 20, 30))
    ada.ask(kind="callback", phone="138 0571 4420", name="Ada Buys", email="ada@example.com")
    run_relay()

    assert the_lead().recipient_id == places.calls.id


def test_the_page_shows_the_clock_and_who_comes_next(
    ben: Browser, places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = a_lead(places, run_relay, binjiang)

    page = ben.see(f"/leads/{lead.public_id}")

    assert "data-count-down" in page
    assert "11:10" in page
    assert "Tarn Binjiang is asked" in page
    assert 'data-key="y"' in page.lower() and 'data-key="x"' in page.lower()
    declining = ben.see(f"/leads/{lead.public_id}/decline")
    assert "Conflict of interest" in declining
