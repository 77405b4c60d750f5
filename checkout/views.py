"""Pages of the cart and of checkout. Every post locks the visitor's own cart, calls one verb and goes on with a 303."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import clock, rates, security, sessions
from app.access import VISITOR, Policy, grant
from app.db import close_reading, session, transaction
from app.errors import InvalidInput, Refusal
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import _, language
from app.pages import date as shown_date
from app.pages import page, page_or_fragment, partials, see_other, wants_fragment
from catalog.models import StockItem
from catalog.refusals import HoldLapsed, VehicleAlreadyHeld, VehicleGone
from checkout import basket, journey, paying, settle, showing
from checkout.basket import Basket
from checkout.cart import Cart
from checkout.forms import AddLine, Agree, ChooseHandover, GiveContact, PayBalance, Quantity
from checkout.journey import Contact
from checkout.payment import LIVE, Payment
from checkout.payments import PaymentPageUnreachable, gateway
from checkout.refusals import CartBeingPaid, CartChanged, CartEmpty, HoldHasLapsed
from customers import consents
from customers.consent_texts import ANSWER_ME, MARKETING, SHARE, wording
from customers.models import Customer
from orders.models import Order
from partners.models import Market
from partners.refusals import SlotTaken

CHANGED_MEANWHILE = (CartChanged, HoldHasLapsed, HoldLapsed, SlotTaken, VehicleAlreadyHeld, VehicleGone)
"""What may have happened since the review page was shown: it is shown again, as things are now."""
ADDRESS = ("city", "district", "street")

blueprint = Blueprint("checkout", __name__)


@blueprint.errorhandler(CartBeingPaid)
def being_paid(refusal: CartBeingPaid) -> Response:
    """The two ways out: on to the payment, or stop it and edit."""
    found = _cart_seen()
    live = Payment.live_for_cart(found.id) if found is not None else None
    return page_or_fragment(
        "checkout/being_paid.html",
        "checkout/_being_paid.html",
        status=refusal.status,
        refusal=refusal,
        payment_id=live.public_id if live is not None else "",
    )


@blueprint.get("/cart")
def cart() -> Response:
    found = _cart_seen()
    if found is None:
        return _empty_page()
    now, at = basket.load(found), clock.now()
    if not now.lines:
        return _empty_page()
    return page("checkout/cart.html", **_cart_facts(now, at))


@blueprint.post("/cart/lines")
def add_line() -> Response:
    form = parse(AddLine, request.form).get()
    if (form.stock_item is None) == (form.sku is None):
        raise InvalidInput({"sku": _("Choose one thing at a time.")})
    rates.limit("cart", request.remote_addr or "", per_minute=120)
    with transaction():
        at, actor = clock.now(), actor_now()
        mine = _cart_mine()
        if form.stock_item is not None:
            if form.quantity != 1:
                raise InvalidInput({"quantity": _("There is one of each car.")})
            journey.add_vehicle(mine, StockItem.by_public_id(form.stock_item), actor, at)
        else:
            journey.add_offer(mine, str(form.sku), form.quantity, form.vehicle, actor, at)
        _keep_badge(mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/remove")
def remove_line(line_id: str) -> Response:
    with transaction():
        mine = _cart_locked()
        journey.remove(mine, line_id, actor_now(), clock.now())
        _keep_badge(mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/quantity")
def change_quantity(line_id: str) -> Response:
    form = parse(Quantity, request.form).get()
    with transaction():
        mine = _cart_locked()
        mine.set_quantity(mine.line(line_id), form.quantity, clock.now())
        _keep_badge(mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/hold")
def renew_hold(line_id: str) -> Response:
    with transaction():
        journey.renew_hold(_cart_locked(), line_id, actor_now(), clock.now())
    return see_other(url_for(".cart"))


@blueprint.get("/cart/slots")
def slots() -> Response:
    """The days and times of the chosen way; on its own for htmx, else the page that shows it."""
    place = "checkout" if request.args.get("place") == "checkout" else "cart"
    day = showing.parsed_day(request.args.get("day"))
    if not wants_fragment():
        return see_other(url_for(".handover" if place == "checkout" else ".cart", day=day))
    now = _basket_seen()
    facts = showing.handover(now, place, day)
    return page("checkout/_slot_picker.html", picker=facts.picker if facts else None, place=place)


@blueprint.post("/cart/handover")
def choose_handover() -> Response:
    form = parse(ChooseHandover, request.form).get()
    with transaction():
        now = _choose(form)
    if wants_fragment():
        typed = {name: getattr(form, name) or "" for name in ADDRESS}
        return partials(
            "checkout/choose_handover.partials.html",
            handover=showing.handover(now, form.place),
            values={name: typed[name] or (now.cart.address or {}).get(name, "") for name in ADDRESS},
            errors={},
            is_paying=False,
            is_blocked=showing.has_blocking_line(now, clock.now()),
            **_side_facts(now, "handover"),
        )
    return see_other(url_for(".handover" if form.place == "checkout" else ".cart", _anchor="handover"))


@blueprint.get("/checkout")
def checkout() -> Response:
    now = _basket_seen()
    return see_other(url_for(f".{_open_step(now)}"))


@blueprint.get("/checkout/contact")
def contact() -> Response:
    now = _basket_seen()
    _refuse_while_paying(now.cart)
    known = session().get(Customer, now.cart.customer_id) if now.cart.customer_id else None
    values = {
        "name": known.name if known else "",
        "email": (known.email or "") if known else "",
        "phone": (known.phone_e164 or "") if known else "",
    }
    ticked = _ticked(known)
    return _contact_page(now, FormState(None, values), ticked)


@blueprint.post("/checkout/contact")
def give_contact() -> Response:
    state = parse(GiveContact, request.form)
    if state.value is None:
        return _contact_page(_basket_seen(), state, _ticks_sent(), status=422)
    form = state.value
    with transaction():
        mine = _cart_locked()
        told = Contact(form.name, form.email, form.phone, form.answer_me, form.marketing, tuple(form.share))
        customer = journey.give_contact(mine, told, language(), actor_now(), clock.now())
        sessions.set_customer(customer.id)
        now = basket.load(mine)
    return see_other(url_for(".handover" if now.needs_handover else ".review"))


@blueprint.get("/checkout/handover")
def handover() -> Response:
    now = _basket_seen()
    _refuse_while_paying(now.cart)
    if now.cart.customer_id is None:
        return see_other(url_for(".contact"))
    if not now.needs_handover:
        return see_other(url_for(".review"))
    return _handover_page(now, {}, {})


@blueprint.post("/checkout/handover")
def confirm_handover() -> Response:
    state = parse(ChooseHandover, request.form)
    if state.value is None:
        return _handover_page(_basket_seen(), state.values, state.errors, status=422)
    form = state.value
    try:
        with transaction():
            now = _choose(form)
            errors = _still_missing(now, form)
            if not errors:
                now.cart.reach("handover", actor_now(), clock.now())
    except SlotTaken as taken:
        return _handover_page(_basket_seen(), state.values, {"slot-picker": taken.text}, status=taken.status)
    if errors:
        return _handover_page(now, state.values, errors, status=422)
    return see_other(url_for(".review"))


@blueprint.get("/checkout/review")
def review() -> Response:
    now = _basket_seen()
    _refuse_while_paying(now.cart)
    step = _open_step(now)
    if step != "review":
        return see_other(url_for(f".{step}"))
    return _review_page(now)


@blueprint.get("/checkout/pay")
def pay() -> Response:
    """Where a payment under way stands: on to the payment page, or stop it and edit the cart."""
    found = _cart_seen()
    if found is None:
        return see_other(url_for(".cart"))
    live = Payment.live_for_cart(found.id)
    if live is None:
        return see_other(url_for(".review"))
    return _paying_page(found, live)


@blueprint.post("/checkout/pay")
def start_payment() -> Response:
    """One live payment per cart, however often and from wherever this is pressed."""
    form = parse(Agree, request.form).get()
    actor = actor_now()
    rates.limit("pay", str(sessions.current().visitor_id), per_minute=30)
    order_url, payment_id = None, None
    try:
        with transaction():
            mine = _cart_named(form.cart)
            if mine.state == "ordered":
                order_url = paying.order_url(mine)
            elif form.expected_total == 0:
                order = paying.place_free(mine, 0, form.content_hash, actor, clock.now())
                order_url = f"/orders/{order.public_id}"
            else:
                payment_id = paying.start(mine, form.expected_total, form.content_hash, actor, clock.now()).id
    except CHANGED_MEANWHILE as refused:
        close_reading()
        return _review_page(_basket_seen(), refusal=refused, status=refused.status)
    if payment_id is None:
        return see_other(str(order_url))
    return see_other(paying.open_page(payment_id, actor) or _after(payment_id))


@blueprint.post("/checkout/payments/<payment_id>/continue")
def continue_payment(payment_id: str) -> Response:
    payment = paying.payment_of(payment_id, sessions.current())
    if not payment.is_live:
        return see_other(_after(payment.id))
    return see_other(paying.open_page(payment.id, actor_now()) or _after(payment.id))


@blueprint.post("/checkout/payments/<payment_id>/stop")
def stop_payment(payment_id: str) -> Response:
    payment = paying.payment_of(payment_id, sessions.current())
    settled = paying.stop(payment.id, actor_now())
    close_reading()
    if settled.state in LIVE:
        raise PaymentPageUnreachable()
    return see_other(_after(payment.id))


@blueprint.get("/checkout/return")
def returned() -> Response:
    """Back from the hosted page; the truth is asked of the provider, not of the address."""
    payment = paying.payment_of(request.args.get("payment", ""), sessions.current())
    settled = settle.settle(payment.id, actor_now())
    if settled.state not in LIVE:
        return see_other(_after(payment.id))
    return page_or_fragment(
        "checkout/checking.html",
        "checkout/_checking.html",
        state=settled.state,
        here=url_for(".returned", payment=payment.public_id),
    )


@blueprint.get("/checkout/cancelled")
def cancelled() -> Response:
    payment = paying.payment_of(request.args.get("payment", ""), sessions.current())
    settle.settle(payment.id, actor_now())
    paying.came_back(payment.id)
    return see_other(_after(payment.id))


@blueprint.get("/orders/<public_id>/balance")
def balance(public_id: str) -> Response:
    return _balance_page(Order.by_public_id(public_id))


@blueprint.post("/orders/<public_id>/balance")
def pay_balance(public_id: str) -> Response:
    form = parse(PayBalance, request.form).get()
    actor = actor_now()
    stale = _stale_balance(public_id)
    if stale is not None:
        paying.stop(stale, actor)
    with transaction():
        order = Order.by_public_id(public_id)
        payment = paying.start_balance(order, form.expected_total, actor, clock.now())
    return see_other(paying.open_page(payment.id, actor) or _after(payment.id))


def _order_of(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    order = Order.find(arguments["public_id"])
    return (order.id, order.visitor_id) if order else None


policies: Mapping[str, Policy] = {
    **{
        f"checkout.{name}": VISITOR
        for name in (
            "cart",
            "add_line",
            "remove_line",
            "change_quantity",
            "renew_hold",
            "slots",
            "choose_handover",
            "checkout",
            "contact",
            "give_contact",
            "handover",
            "confirm_handover",
            "review",
            "pay",
            "start_payment",
            "continue_payment",
            "stop_payment",
            "returned",
            "cancelled",
        )
    },
    "checkout.balance": grant("order", _order_of),
    "checkout.pay_balance": grant("order", _order_of),
}


def _cart_seen() -> Cart | None:
    return Cart.live_of(sessions.current().visitor_id)


def _basket_seen() -> Basket:
    found = _cart_seen()
    now = basket.load(found) if found is not None else None
    if now is None or not now.lines:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return now


def _cart_mine() -> Cart:
    """The visitor's cart under its lock, made now if there is none."""
    state = sessions.ensure()
    market = Market.home()
    assert state.visitor_id is not None
    mine = Cart.begin(state.visitor_id, market.key, market.currency, language())
    if mine.customer_id is None:
        mine.customer_id = state.customer_id
    return mine


def _cart_locked() -> Cart:
    found = _cart_seen()
    if found is None:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return Cart.locked(found.id)


def _cart_named(public: str) -> Cart:
    """The cart that the form was about, whatever became of it since; only the visitor's own."""
    state = sessions.current()
    found = Cart.by_public_id(public)
    if found is None or state.visitor_id is None or found.visitor_id != state.visitor_id:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return Cart.locked(found.id)


def _keep_badge(mine: Cart) -> None:
    sessions.set_cart(mine.id, sum(line.quantity for line in mine.lines()))


def _choose(form: ChooseHandover) -> Basket:
    mine = _cart_locked()
    slot = form.slot
    if slot is not None and mine.method != form.method:
        # The way changed in the same breath; the time belonged to the other way.
        slot = None
    return journey.choose_handover(mine, form.method, slot, form.address, actor_now(), clock.now())


def _still_missing(now: Basket, form: ChooseHandover) -> dict[str, str]:
    errors = {}
    if form.method == "home_delivery":
        for name in ADDRESS:
            if not getattr(form, name):
                errors[name] = _("Fill this in, so that the car finds you.")
    if now.slot is None:
        errors["slot-picker"] = _("Choose a day and a time.")
    return errors


def _open_step(now: Basket) -> str:
    if now.cart.state == "paying":
        return "pay"
    if now.cart.customer_id is None or now.cart.step == "cart":
        return "contact"
    if not now.handover_is_chosen:
        return "handover"
    return "review"


def _refuse_while_paying(found: Cart) -> None:
    if found.state == "paying":
        raise CartBeingPaid(remedy_url=url_for(".pay"))


def _after(payment_id: uuid.UUID) -> str:
    """Where the buyer goes once a payment was looked at."""
    close_reading()
    payment = session().get_one(Payment, payment_id, populate_existing=True)
    if payment.purpose == "balance" or payment.order_id is not None:
        order = session().get_one(Order, payment.order_id)
        return url_for("orders.order", public_id=order.public_id)
    if payment.is_live:
        return url_for(".pay")
    return url_for(".review") if payment.state in ("declined", "expired") else url_for(".cart")


def _empty_page() -> Response:
    return page(
        "checkout/cart_empty.html",
        stock_url=url_for("catalog.stock"),
        services_url=url_for("catalog.services"),
    )


def _cart_facts(now: Basket, at: Any) -> dict[str, Any]:
    day = showing.parsed_day(request.args.get("day"))
    live = Payment.live_for_cart(now.cart.id) if now.cart.state == "paying" else None
    return {
        "lines": showing.lines(now, at),
        "pay": showing.pay(now),
        "handover": showing.handover(now, "cart", day) if live is None else None,
        "values": {},
        "errors": {},
        "is_blocked": showing.has_blocking_line(now, at),
        "is_paying": now.cart.state == "paying",
        "payment_id": live.public_id if live is not None else "",
        "trouble": now.cart.payment_trouble,
        "quantities": [(number, number) for number in range(1, 11)],
    }


def _contact_page(
    now: Basket, state: FormState[GiveContact], ticked: frozenset[str], status: int = 200
) -> Response:
    tongue = language()
    asked = [("answer_me", "1", wording(ANSWER_ME, tongue))]
    for recipient in journey.asked_to_share(now):
        asked.append(("share", recipient.public_id, wording(SHARE, tongue, recipient)))
    asked.append(("marketing", "1", wording(MARKETING, tongue)))
    choices = [
        {
            "name": name,
            "value": value,
            "label": text.label,
            "wording": text.wording,
            "checked": (value if name == "share" else name) in ticked,
        }
        for name, value, text in asked
    ]
    return page(
        "checkout/contact.html",
        status,
        values=state.values,
        errors=state.errors,
        choices=choices,
        **_side_facts(now, "contact"),
    )


def _handover_page(
    now: Basket, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> Response:
    day = showing.parsed_day(request.args.get("day"))
    facts = showing.handover(now, "checkout", day)
    address = dict(now.cart.address or {})
    typed = {name: values.get(name) or address.get(name, "") for name in ADDRESS}
    return page(
        "checkout/handover.html",
        status,
        handover=facts,
        values=typed,
        errors=errors,
        **_side_facts(now, "handover"),
    )


def _review_page(now: Basket, refusal: Refusal | None = None, status: int = 200) -> Response:
    security.allow_form_action(gateway().page_origin())
    at = clock.now()
    customer = session().get(Customer, now.cart.customer_id) if now.cart.customer_id else None
    return page(
        "checkout/review.html",
        status,
        cart_id=now.cart.public_id,
        customer=customer,
        handover_words=showing.handover_words(now),
        lines=showing.lines(now, at),
        is_blocked=showing.has_blocking_line(now, at),
        trouble=now.cart.payment_trouble,
        refusal=refusal,
        **_side_facts(now, "review"),
    )


def _paying_page(found: Cart, live: Payment) -> Response:
    security.allow_form_action(gateway().page_origin())
    now = basket.load(found)
    return page(
        "checkout/pay.html",
        payment=live,
        trouble=found.payment_trouble,
        held_until=live.held_until,
        **_side_facts(now, "pay"),
    )


def _side_facts(now: Basket, step: str) -> dict[str, Any]:
    shown = showing.lines(now, clock.now())
    return {
        "steps": showing.steps(step, now),
        "pay": showing.pay(now),
        "first_car": next((line for line in shown if line.model), None),
        "side_lines": shown,
        "phone": now.market.house_phone,
        "dealer": now.dealer,
    }


def _balance_page(order: Order) -> Response:
    """On the order's own page only a link leads here: the form needs a policy that lets it go to the payment page."""
    security.allow_form_action(gateway().page_origin())
    due = order.balance()
    live = Payment.live_for_balance(order.id)
    return page_or_fragment(
        "checkout/balance.html",
        "checkout/_balance.html",
        order=order,
        balance=due,
        due_words=_("Due %(date)s", date=shown_date(order.due_on))
        if order.due_on
        else _("Due before handover"),
        is_fragment=wants_fragment(),
        is_due=bool(due) and not order.is_cancelled,
        is_processing=live is not None and live.state == "processing",
    )


def _stale_balance(public_id: str) -> uuid.UUID | None:
    """A live payment of an amount that is not the balance any more."""
    order = Order.by_public_id(public_id)
    live = Payment.live_for_balance(order.id)
    stale = live.id if live is not None and live.amount != order.balance() else None
    close_reading()
    return stale


def _ticked(known: Customer | None) -> frozenset[str]:
    """What this person has said yes to and not taken back."""
    if known is None:
        return frozenset()
    return frozenset(
        state.recipient.public_id if state.recipient else state.purpose
        for state in consents.state(known.id)
        if state.granted
    )


def _ticks_sent() -> frozenset[str]:
    sent = {name for name in ("answer_me", "marketing") if request.form.get(name)}
    return frozenset(sent | set(request.form.getlist("share")))
