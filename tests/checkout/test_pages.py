"""The cart and checkout as a browser meets them, without script and with htmx, in both languages."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock, grants
from app.db import close_reading, session, statement_count, transaction
from app.sessions import AuthSession
from catalog.models import Hold
from checkout.cart import Cart, CartLine
from checkout.payment import Payment
from customers.models import Consent, Customer
from orders.models import Order
from partners.models import Booking
from tests.checkout.builders import (
    a_car,
    a_dealer,
    a_slot,
    anping_insurance,
    charge_250,
    credits_500,
    pilot,
    rill_subscription,
)
from tests.checkout.buyer import ADDRESS, HTMX, Buyer, count
from tests.checkout.till import Till
from tests.partners.builders import a_recipient


@pytest.fixture
def moved_clock(database: None) -> Iterator[Callable[[int], None]]:
    """Moves the shop's time by minutes, and back afterwards."""
    yield lambda minutes: clock.move(timedelta(minutes=minutes))
    close_reading()
    clock.move(timedelta(0))


@pytest.fixture
def shop(database: None) -> dict[str, Any]:
    """A dealer with one Mere and two times, and one service of each kind."""
    with transaction():
        dealer = a_dealer()
        car = a_car(dealer=dealer)
        return {
            "dealer": dealer,
            "car": car,
            "vin": car.vehicle.vin,
            "slot": a_slot(dealer),
            "bay": a_slot(dealer, "handover"),
            "charge": charge_250(),
            "credits": credits_500(),
            "subscription": rill_subscription(),
            "pilot": pilot(),
            "insurance": anping_insurance(),
        }


def everything() -> list[int]:
    return [count(m) for m in (Cart, CartLine, Hold, Booking, Customer, Consent, Payment, Order)]


def to_review(ada: Buyer, shop: dict[str, Any]) -> dict[str, str]:
    ada.add_car(shop["car"])
    ada.give_contact()
    ada.post("/cart/handover", method="home_delivery")
    ada.post("/checkout/handover", method="home_delivery", slot=shop["slot"].public_id, **ADDRESS)
    return ada.review()


def test_looking_at_the_cart_writes_nothing(ada: Buyer, shop: dict[str, Any]) -> None:
    before = everything()

    html = ada.see("/cart")

    assert "There is nothing in your cart yet" in html
    assert everything() == before
    assert count(AuthSession) == 0


def test_a_mixed_cart_shows_today_the_rest_and_the_months_apart(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    for name in ("charge", "insurance"):
        assert ada.post("/cart/lines", sku=shop[name].sku).status_code == 303
    ada.post("/cart/handover", method="home_delivery")

    html = ada.see("/cart")

    for figure in ("¥260,800", "¥11,540", "¥300", "¥980", "¥5,480", "¥272,640", "¥279,100", "¥5,000", "¥199"):
        assert figure in html, figure
    assert "Held for you until" in html
    assert "Starts at handover." in html


def test_the_cart_speaks_chinese(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])

    html = ada.see("/zh/cart")

    assert "费用明细" in html
    assert "Your cart" not in html
    assert "澄" in html


def test_adding_the_same_car_twice_is_one_line(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.add_car(shop["car"])

    assert count(CartLine, CartLine.removed_at.is_(None)) == 1
    assert count(Hold, Hold.released_at.is_(None)) == 1


def test_adding_credits_again_adds_as_many_as_were_asked_for(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku="credits-500", quantity=2)
    ada.post("/cart/lines", sku="credits-500", quantity=3)

    assert count(CartLine, CartLine.quantity == 5) == 1


def test_a_car_held_by_ada_is_refused_to_cleo(ada: Buyer, cleo: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])

    answer = cleo.add_car(shop["car"])

    assert answer.status_code == 409
    assert count(CartLine) == 1
    assert count(Cart) == 1


def test_removing_a_car_frees_it_with_its_slot_and_its_features(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any]
) -> None:
    ada.add_car(shop["car"])
    ada.post("/cart/lines", sku="pilot")
    ada.post("/cart/handover", method="home_delivery")
    ada.post("/cart/handover", method="home_delivery", slot=shop["slot"].public_id)
    line = _lines()[0]

    ada.post(f"/cart/lines/{line.public_id}/remove")

    assert not _lines()
    assert count(Booking, Booking.state != "released") == 0
    assert cleo.add_car(shop["car"]).status_code == 303


def test_a_feature_without_a_car_is_refused_with_the_reason(ada: Buyer, shop: dict[str, Any]) -> None:
    answer = ada.post("/cart/lines", sku="pilot")

    assert answer.status_code == 409
    assert "works in a car" in answer.get_data(as_text=True)
    assert count(CartLine) == 0


def test_a_feature_names_the_car_of_the_same_cart(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.post("/cart/lines", sku="pilot")

    assert [line.vin for line in _lines()] == [shop["vin"]] * 2


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"stock_item": "no-such-car-anywhere"}, 404),
        ({"sku": "no-such-thing"}, 404),
        ({"sku": "credits-500", "quantity": "11"}, 422),
        ({"sku": "credits-500", "quantity": "-1"}, 422),
        ({"sku": "credits-500", "quantity": "1e3"}, 422),
        ({"sku": "charge-250", "quantity": "2"}, 422),
        ({"sku": "charge-250", "price": "1"}, 422),
        ({"sku": "charge-250", "currency": "USD"}, 422),
        ({"sku": "charge-250'; drop table cart"}, 422),
        ({}, 422),
    ],
)
def test_a_forged_line_is_refused_and_nothing_moves(
    ada: Buyer, shop: dict[str, Any], form: dict[str, str], status: int
) -> None:
    before = everything()

    answer = ada.post("/cart/lines", **form)

    assert answer.status_code == status
    assert everything() == before


def test_two_cars_of_one_are_refused(ada: Buyer, shop: dict[str, Any]) -> None:
    answer = ada.post("/cart/lines", stock_item=shop["car"].public_id, quantity="2")

    assert answer.status_code == 422
    assert count(CartLine) == 0


def test_somebody_elses_line_cannot_be_removed(ada: Buyer, cleo: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    cleo.post("/cart/lines", sku="credits-500")

    answer = cleo.post(f"/cart/lines/{_lines()[0].public_id}/remove")

    assert answer.status_code == 404
    assert count(CartLine, CartLine.removed_at.is_(None)) == 2


def test_choosing_a_time_holds_it_and_shows_it(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.post("/cart/handover", method="dealer_handover")
    answer = ada.post("/cart/handover", method="dealer_handover", slot=shop["bay"].public_id)

    assert answer.status_code == 303
    assert count(Booking, Booking.state == "held") == 1
    assert re.search(rf'value="{shop["bay"].public_id}"[^>]*checked', ada.see("/cart"))


@pytest.mark.parametrize("wrong", ["bay", "elsewhere", "tomorrow", "forged"])
def test_a_slot_that_does_not_fit_is_refused(ada: Buyer, shop: dict[str, Any], wrong: str) -> None:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang", home_delivery=True)
        slots = {
            "bay": shop["bay"].public_id,
            "elsewhere": a_slot(other).public_id,
            "tomorrow": a_slot(shop["dealer"], in_days=1).public_id,
            "forged": "x" * 22,
        }
    ada.add_car(shop["car"])
    ada.post("/cart/handover", method="home_delivery")

    answer = ada.post("/cart/handover", method="home_delivery", slot=slots[wrong])

    assert answer.status_code in (404, 422)
    assert count(Booking) == 0


def test_a_slot_that_ada_holds_is_refused_to_cleo(ada: Buyer, cleo: Buyer, shop: dict[str, Any]) -> None:
    with transaction():
        second = a_car(dealer=shop["dealer"])
    for buyer, car in ((ada, shop["car"]), (cleo, second)):
        buyer.add_car(car)
        buyer.post("/cart/handover", method="home_delivery")
    ada.post("/cart/handover", method="home_delivery", slot=shop["slot"].public_id)

    answer = cleo.post("/cart/handover", method="home_delivery", slot=shop["slot"].public_id)

    assert answer.status_code == 409
    assert count(Booking, Booking.state == "held") == 1


def test_with_htmx_a_choice_answers_with_the_regions_that_changed(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])

    answer = ada.send("/cart/handover", {"method": "home_delivery"}, HTMX)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in html
    assert html.count("<hx-partial") == 3
    assert "¥980" in html
    fragment = ada.see("/cart/slots?place=cart", headers=HTMX)
    assert 'id="slot-picker"' in fragment
    assert "<html" not in fragment


def test_the_boxes_of_consent_are_separate_named_and_unticked(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.post("/cart/lines", sku="anping-motor")

    html = ada.see("/checkout/contact")

    boxes = re.findall(r'<input type="checkbox"[^>]*>', html)
    assert len(boxes) == 4
    assert not [box for box in boxes if "checked" in box]
    assert "Share with Tarn West Lake" in html
    assert "Share with Anping" in html


def test_only_what_is_ticked_is_consented_and_unticking_takes_it_back(
    ada: Buyer, shop: dict[str, Any]
) -> None:
    ada.add_car(shop["car"])
    ada.give_contact(answer_me="1", share=shop["dealer"].public_id)
    ada.give_contact(answer_me="1")

    close_reading()
    told = [(c.purpose, c.granted) for c in session().scalars(select(Consent).order_by(Consent.seq))]
    assert told == [("answer_me", True), ("share_with_recipient", True), ("share_with_recipient", False)]


def test_nobody_can_be_slipped_into_the_consents(ada: Buyer, shop: dict[str, Any]) -> None:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang")
    ada.add_car(shop["car"])

    answer = ada.give_contact(share=other.public_id)

    assert answer.status_code == 422
    assert count(Consent) == 0
    assert count(Customer) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("email", "ada"), ("email", ""), ("phone", "12"), ("name", "A\u202e\x07")],
)
def test_a_wrong_field_is_shown_again_with_its_sentence(
    ada: Buyer, shop: dict[str, Any], field: str, value: str
) -> None:
    ada.add_car(shop["car"])

    answer = ada.give_contact(**{field: value})

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="error-summary"' in html
    assert 'aria-invalid="true"' in html
    assert count(Customer) == 0


def test_a_name_with_every_kind_of_sign_comes_back_as_typed(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku="credits-500")
    ada.give_contact(name="O'Brien & Söhne <x>")

    html = ada.see("/checkout/review")

    assert "O&#39;Brien &amp; Söhne &lt;x&gt;" in html
    assert "<x>" not in html


def test_a_step_cannot_be_jumped(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])

    assert ada.client.get("/checkout/review").headers["Location"].endswith("/checkout/contact")
    assert ada.client.get("/checkout").headers["Location"].endswith("/checkout/contact")
    ada.give_contact()
    assert ada.client.get("/checkout").headers["Location"].endswith("/checkout/handover")


def test_home_delivery_asks_for_the_address(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.give_contact()
    ada.post("/cart/handover", method="home_delivery")

    answer = ada.post("/checkout/handover", method="home_delivery", slot=shop["slot"].public_id)

    assert answer.status_code == 422
    assert "Fill this in" in answer.get_data(as_text=True)


def test_the_review_says_what_is_due_when(ada: Buyer, shop: dict[str, Any]) -> None:
    to_review(ada, shop)

    html = ada.see("/checkout/review")

    assert "Pay ¥5,000 deposit" in html
    assert "¥268,620" in html
    assert "1 Lake Road, Gongshu, Hangzhou" in html


def test_the_review_page_alone_lets_its_form_lead_to_the_payment_page(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    to_review(ada, shop)

    review = ada.client.get("/checkout/review").headers["Content-Security-Policy"]
    cart = ada.client.get("/cart").headers["Content-Security-Policy"]

    assert f"form-action 'self' {till.url}" in review
    assert till.url not in cart


def test_from_cart_to_order_without_script(ada: Buyer, shop: dict[str, Any], till: Till) -> None:
    agreed = to_review(ada, shop)

    answer = ada.post("/checkout/pay", **agreed)
    payment = _payment()
    till.pay(str(payment.provider_session))
    back = ada.client.get(f"/checkout/return?payment={payment.public_id}")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(till.url)
    assert "/orders/" in back.headers["Location"]
    assert count(Order) == 1
    assert "There is nothing in your cart yet" in ada.see("/cart")


def test_pressing_pay_again_after_the_order_leads_to_the_order(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    agreed = to_review(ada, shop)
    ada.post("/checkout/pay", **agreed)
    payment = _payment()
    till.pay(str(payment.provider_session))
    ada.client.get(f"/checkout/return?payment={payment.public_id}")

    answer = ada.post("/checkout/pay", **agreed)

    assert answer.status_code == 303
    assert "/orders/" in answer.headers["Location"]
    assert count(Payment) == 1


@pytest.mark.parametrize("way", ["pay", "continue"])
def test_pressing_pay_again_after_paying_leads_to_the_order_before_anybody_told_us(
    ada: Buyer, shop: dict[str, Any], till: Till, way: str
) -> None:
    agreed = to_review(ada, shop)
    ada.post("/checkout/pay", **agreed)
    payment = _payment()
    till.pay(str(payment.provider_session))

    answer = (
        ada.post("/checkout/pay", **agreed)
        if way == "pay"
        else ada.post(f"/checkout/payments/{payment.public_id}/continue")
    )

    assert answer.status_code == 303
    assert "/orders/" in answer.headers["Location"]
    assert count(Order) == 1
    assert count(Payment) == 1


def test_a_cart_edited_in_another_tab_while_paying_is_refused_with_two_ways_out(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    before = everything()

    refused = ada.post("/cart/lines", sku="credits-500")

    assert refused.status_code == 409
    assert "Go on to payment" in refused.get_data(as_text=True)
    assert "Stop this payment and edit" in refused.get_data(as_text=True)
    assert everything() == before
    for path in ("/cart", "/checkout/pay"):
        html = ada.see(path)
        assert "Go on to payment" in html
        assert "Stop this payment and edit" in html
    payment = _payment()
    assert ada.post(f"/checkout/payments/{payment.public_id}/stop").status_code == 303
    assert ada.post("/cart/lines", sku="credits-500").status_code == 303


def test_a_changed_figure_is_refused_and_the_new_one_shown(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    agreed = to_review(ada, shop)
    ada.post("/cart/lines", sku="credits-500")

    answer = ada.post("/checkout/pay", **agreed)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Pay ¥5,450" in html
    assert count(Payment) == 0


@pytest.mark.parametrize("field", ["expected_total", "content_hash", "cart"])
def test_forged_figures_are_refused(ada: Buyer, shop: dict[str, Any], till: Till, field: str) -> None:
    agreed = to_review(ada, shop)
    forged = {"expected_total": "1", "content_hash": "0" * 32, "cart": "x" * 22}

    answer = ada.post("/checkout/pay", **(agreed | {field: forged[field]}))

    assert answer.status_code == 409
    assert count(Payment) == 0


def test_coming_back_without_paying_says_so_and_offers_both_ways(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    payment = _payment()

    answer = ada.client.get(f"/checkout/cancelled?payment={payment.public_id}", follow_redirects=True)

    html = answer.get_data(as_text=True)
    assert "No money has moved" in html
    assert "Go on to payment" in html
    close_reading()
    assert session().scalars(select(Cart)).one().payment_trouble == "cancelled"


def test_somebody_elses_payment_is_not_found(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    cleo.post("/cart/lines", sku="credits-500")
    public_id = _payment().public_id

    assert cleo.client.get(f"/checkout/return?payment={public_id}").status_code == 404
    assert cleo.client.get(f"/checkout/cancelled?payment={public_id}").status_code == 404
    assert cleo.post(f"/checkout/payments/{public_id}/stop").status_code == 404
    assert _payment().state == "open"


def test_a_provider_that_is_down_says_so_and_keeps_the_cart(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    agreed = to_review(ada, shop)
    till.faults({"do": "error_500_before", "path": "/v1/checkout/sessions", "times": 9})

    answer = ada.post("/checkout/pay", **agreed)
    till.faults()
    again = ada.post("/checkout/pay", **agreed)

    assert answer.status_code == 503
    assert again.status_code == 303
    assert count(Payment) == 1


def test_the_balance_is_paid_from_the_orders_page(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    deposit = _payment()
    till.pay(str(deposit.provider_session))
    ada.client.get(f"/checkout/return?payment={deposit.public_id}")
    path = f"/orders/{_order().public_id}/balance"

    fragment = ada.see(path, headers=HTMX)
    page = ada.client.get(path)
    assert "¥268,620" in fragment
    assert "<form" not in fragment
    assert till.url in page.headers["Content-Security-Policy"]
    assert cleo.client.get(path).status_code == 404
    assert cleo.post(path, expected_total="26862000").status_code == 404
    assert ada.post(path, expected_total="1").status_code == 409

    answer = ada.post(path, expected_total="26862000")
    balance = _payment("balance")
    till.pay(str(balance.provider_session))
    ada.client.get(f"/checkout/return?payment={balance.public_id}")

    assert answer.headers["Location"].startswith(till.url)
    assert "Nothing is left to pay" in ada.see(path)
    assert not _order().balance()


def test_the_balance_can_be_paid_on_another_device_by_the_orders_link(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    deposit = _payment()
    till.pay(str(deposit.provider_session))
    ada.client.get(f"/checkout/return?payment={deposit.public_id}")
    order = _order()
    with transaction():
        token = grants.mint("order", order.id)
    phone = cleo
    assert phone.client.get(f"/link/{token}").status_code in (302, 303)

    phone.post(f"/orders/{order.public_id}/balance", expected_total="26862000")
    balance = _payment("balance")
    till.pay(str(balance.provider_session))
    back = phone.client.get(f"/checkout/return?payment={balance.public_id}")

    assert back.headers["Location"].endswith(f"/orders/{order.public_id}")
    assert not _order().balance()


def test_a_payment_whose_answer_is_late_is_asked_for_again_by_the_page(
    ada: Buyer, shop: dict[str, Any], till: Till
) -> None:
    ada.post("/checkout/pay", **to_review(ada, shop))
    path = f"/checkout/return?payment={_payment().public_id}"
    till.pay(str(_payment().provider_session))
    till.faults({"do": "error_500_before", "path": "/v1/checkout/sessions/*", "times": 9})

    html = ada.see(path)
    till.faults()

    assert "We are asking the bank" in html
    assert "Nothing is charged twice" in html
    assert ada.client.get(path, headers=HTMX).headers["HX-Redirect"].startswith("/orders/")


def test_a_lapsed_hold_shows_on_its_line_and_can_be_renewed(
    ada: Buyer, shop: dict[str, Any], moved_clock: Callable[[int], None]
) -> None:
    agreed = to_review(ada, shop)
    moved_clock(40)

    refused = ada.post("/checkout/pay", **agreed)
    html = ada.see("/cart")
    assert refused.status_code == 409
    assert "No longer held for you" in html
    assert 'action="/checkout' not in html
    assert ada.post(f"/cart/lines/{_lines()[0].public_id}/hold").status_code == 303
    assert "Held for you until" in ada.see("/cart")


def test_a_car_that_somebody_else_took_meanwhile_must_leave_the_cart(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any], moved_clock: Callable[[int], None]
) -> None:
    agreed = to_review(ada, shop)
    moved_clock(40)
    cleo.add_car(shop["car"])

    refused = ada.post("/checkout/pay", **agreed)
    html = ada.see("/cart")

    assert refused.status_code == 409
    assert "Somebody else has this car now" in html
    assert "Hold it again" not in html
    assert ada.post(f"/cart/lines/{_lines()[0].public_id}/hold").status_code == 409
    assert count(Payment) == 0


def test_a_time_that_somebody_else_took_meanwhile_is_told_on_the_review(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any], moved_clock: Callable[[int], None], till: Till
) -> None:
    with transaction():
        second = a_car(dealer=shop["dealer"])
    to_review(ada, shop)
    moved_clock(40)
    cleo.add_car(second)
    cleo.post("/cart/handover", method="home_delivery")
    cleo.post("/cart/handover", method="home_delivery", slot=shop["slot"].public_id)
    ada.post(f"/cart/lines/{_lines()[0].public_id}/hold")

    answer = ada.post("/checkout/pay", **ada.review())

    assert answer.status_code == 409
    assert "has just been taken" in answer.get_data(as_text=True)
    assert count(Payment) == 0


def test_a_time_that_has_just_gone_is_told_beside_the_times_that_are_left(
    ada: Buyer, cleo: Buyer, shop: dict[str, Any]
) -> None:
    with transaction():
        second = a_car(dealer=shop["dealer"])
    cleo.add_car(second)
    cleo.post("/cart/handover", method="home_delivery")
    cleo.post("/cart/handover", method="home_delivery", slot=shop["slot"].public_id)
    ada.add_car(shop["car"])
    ada.give_contact()
    ada.post("/cart/handover", method="home_delivery")

    answer = ada.post("/checkout/handover", method="home_delivery", slot=shop["slot"].public_id, **ADDRESS)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "has just been taken" in html
    assert 'id="slot-picker"' in html
    assert ADDRESS["street"] in html


def test_pages_ask_a_bounded_number_of_questions(ada: Buyer, shop: dict[str, Any], till: Till) -> None:
    agreed = to_review(ada, shop)
    for name in ("charge", "credits", "subscription", "insurance", "pilot"):
        ada.post("/cart/lines", sku=shop[name].sku)

    for path in ("/cart", "/checkout/contact", "/checkout/handover", "/checkout/review"):
        close_reading()
        with statement_count() as asked:
            ada.see(path)
        assert asked() <= 9, (path, asked())
    assert agreed


def _lines() -> list[CartLine]:
    close_reading()
    found = list(
        session().scalars(select(CartLine).where(CartLine.removed_at.is_(None)).order_by(CartLine.id))
    )
    close_reading()
    return found


def _payment(purpose: str = "today") -> Payment:
    close_reading()
    found = session().scalars(select(Payment).where(Payment.purpose == purpose)).one()
    close_reading()
    return found


def _order() -> Order:
    close_reading()
    return session().scalars(select(Order)).one()


def test_an_empty_cart_may_be_found_and_a_filled_one_never(ada: Buyer, shop: dict[str, Any]) -> None:
    empty = ada.client.get("/cart")
    ada.add_car(shop["car"])
    filled = ada.client.get("/cart")

    assert "X-Robots-Tag" not in empty.headers
    assert filled.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in filled.get_data(as_text=True)
