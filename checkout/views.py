"""Pages of the cart and of checkout. Every post locks the visitor's own cart, calls one verb and goes on with a 303."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import clock, rates, reach, security, sessions, signals
from app.access import VISITOR, Policy, Subject, grant
from app.db import close_reading, session, transaction
from app.errors import InvalidInput, Refusal
from app.events import Actor, actor_now
from app.forms import FormState, parse
from app.i18n import _, language
from app.pages import date as shown_date
from app.pages import page, page_or_fragment, partials, see_other, wants_fragment
from catalog.models import Configuration, StockItem
from catalog.refusals import HoldLapsed, NotOnOfferAnyMore, VehicleAlreadyHeld, VehicleGone
from checkout import basket, journey, own_cart, paying, settle, sharing_showing, showing, wanted_build
from checkout.basket import Basket
from checkout.cart import Cart
from checkout.forms import (
    AddBuild,
    AddLine,
    Agree,
    ChooseDealer,
    ChooseHandover,
    GiveContact,
    PayBalance,
    Quantity,
)
from checkout.journey import Contact
from checkout.markets import other_carts
from checkout.payment import LIVE, Payment
from checkout.payments import PaymentPageUnreachable, gateway
from checkout.refusals import CartBeingPaid, CartChanged, HoldHasLapsed, StartNotAgreed
from customers import consents
from customers.consent_texts import ANSWER_ME, MARKETING, SHARE, wording
from customers.models import Customer
from orders.models import Order
from partners.here import market_here, market_of
from partners.refusals import SlotTaken
from partners.slot_choice import asked_day

CHANGED_MEANWHILE = (
    CartChanged,
    HoldHasLapsed,
    HoldLapsed,
    NotOnOfferAnyMore,
    SlotTaken,
    VehicleAlreadyHeld,
    VehicleGone,
)
"""What may have happened since the review page was shown: it is shown again, as things are now."""
ADDRESS = ("street", "district", "postcode", "city")

blueprint = Blueprint("checkout", __name__)


@blueprint.errorhandler(CartBeingPaid)
def being_paid(refusal: CartBeingPaid) -> Response:
    """The two ways out: on to the payment, or stop it and edit."""
    found = own_cart.seen()
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
    found = own_cart.seen()
    if found is None:
        return _empty_page()
    now, at = basket.load(found), clock.now()
    if not now.lines:
        return _empty_page()
    reach.keep_out()
    return page("checkout/cart.html", **cart_facts(now, at))


@blueprint.post("/cart/lines")
def add_line() -> Response:
    if "design" in request.form or "model" in request.form:
        return _add_build()
    form = parse(AddLine, request.form).get()
    if (form.stock_item is None) == (form.sku is None):
        raise InvalidInput({"sku": _("Choose one thing at a time.")})
    rates.limit("cart", request.remote_addr or "", per_minute=120)
    with transaction():
        at, actor = clock.now(), actor_now()
        mine = own_cart.begun()
        if form.stock_item is not None:
            if form.quantity != 1:
                raise InvalidInput({"quantity": _("There is one of each car.")})
            journey.add_vehicle(mine, StockItem.by_public_id(form.stock_item), actor, at)
        else:
            account_id = sessions.current().account_id
            journey.add_offer(mine, str(form.sku), form.quantity, form.vehicle, actor, at, account_id)
        own_cart.keep_badge(mine)
        _note("cart", "cart", mine)
    return see_other(url_for(".cart"))


def _add_build() -> Response:
    """A kept design, or the build itself, which is kept now, so that it has a code to come back to."""
    form = parse(AddBuild, request.form).get()
    rates.limit("cart", request.remote_addr or "", per_minute=120)
    with transaction():
        at, actor = clock.now(), actor_now()
        mine = own_cart.begun()
        kept = wanted_build.kept(form)
        if kept is None:
            market = market_of(mine.market_key)
            build = wanted_build.chosen(form, market)
            kept = Configuration.keep(build, market, mine.visitor_id, at, sessions.current().account_id)
        journey.add_configuration(mine, kept, actor, at)
        own_cart.keep_badge(mine)
        _note("cart", "cart", mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/remove")
def remove_line(line_id: str) -> Response:
    with transaction():
        mine = own_cart.locked()
        journey.remove(mine, line_id, actor_now(), clock.now())
        own_cart.keep_badge(mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/quantity")
def change_quantity(line_id: str) -> Response:
    form = parse(Quantity, request.form).get()
    with transaction():
        mine = own_cart.locked()
        mine.set_quantity(mine.line(line_id), form.quantity, clock.now())
        own_cart.keep_badge(mine)
    return see_other(url_for(".cart"))


@blueprint.post("/cart/lines/<line_id>/hold")
def renew_hold(line_id: str) -> Response:
    with transaction():
        journey.renew_hold(own_cart.locked(), line_id, actor_now(), clock.now())
    return see_other(url_for(".cart"))


@blueprint.get("/cart/slots")
def slots() -> Response:
    """The days and times of the chosen way; on its own for htmx, else the page that shows it."""
    place = "checkout" if request.args.get("place") == "checkout" else "cart"
    day = asked_day(request.args.get("day"))
    if not wants_fragment():
        return see_other(url_for(".handover" if place == "checkout" else ".cart", day=day))
    now = own_cart.basket_seen()
    facts = showing.handover(now, place, day)
    return page("checkout/_slot_picker.html", picker=facts.picker if facts else None, place=place)


@blueprint.post("/cart/handover")
def choose_handover() -> Response:
    form = parse(ChooseHandover, request.form).get()
    with transaction():
        now = _choose(form)
    if wants_fragment():
        return _handover_parts(now, form.place, {name: getattr(form, name) or "" for name in ADDRESS})
    return see_other(url_for(".handover" if form.place == "checkout" else ".cart", _anchor="handover"))


@blueprint.post("/cart/dealer")
def choose_dealer() -> Response:
    """Another dealer hands over what is to be built; a time that was held at the one before is let go, and said so."""
    form = parse(ChooseDealer, request.form).get()
    with transaction():
        mine = own_cart.locked()
        let_go = journey.choose_dealer(mine, form.dealer, actor_now(), clock.now())
        now = basket.load(mine)
    if wants_fragment():
        return _handover_parts(now, form.place, dict.fromkeys(ADDRESS, ""), let_go)
    page_of = ".handover" if form.place == "checkout" else ".cart"
    return see_other(url_for(page_of, let_go=1 if let_go else None, _anchor="handover"))


def _handover_parts(now: Basket, place: str, typed: Mapping[str, str], has_let_go: bool = False) -> Response:
    return partials(
        "checkout/choose_handover.partials.html",
        handover=showing.handover(now, place, has_let_go=has_let_go),
        values={name: typed[name] or (now.cart.address or {}).get(name, "") for name in ADDRESS},
        errors={},
        is_paying=False,
        is_blocked=showing.has_blocking_line(now, clock.now()),
        **_side_facts(now, "handover"),
    )


@blueprint.get("/checkout")
def checkout() -> Response:
    now = own_cart.basket_seen()
    return see_other(url_for(f".{_open_step(now)}"))


@blueprint.get("/checkout/contact")
def contact() -> Response:
    now = own_cart.basket_seen()
    _refuse_while_paying(now.cart)
    whose = now.cart.customer_id or sessions.current().account_id
    known = session().get(Customer, whose) if whose else None
    values = {
        "name": known.name if known else "",
        "email": (known.email or "") if known else "",
        "phone": (known.phone_e164 or "") if known else "",
    }
    ticked = _ticked(known)
    _note("step" if now.cart.checkout_started_at else "checkout", "contact", now.cart)
    return _contact_page(now, FormState(None, values), ticked)


@blueprint.post("/checkout/contact")
def give_contact() -> Response:
    state = parse(GiveContact, request.form)
    if state.value is None:
        return _contact_page(own_cart.basket_seen(), state, _ticks_sent(), status=422)
    form = state.value
    with transaction():
        mine = own_cart.locked()
        told = Contact(
            form.name,
            form.email,
            form.phone,
            form.answer_me,
            form.marketing,
            tuple(form.share),
            sessions.current().account_id,
        )
        customer = journey.give_contact(mine, told, language(), actor_now(), clock.now())
        sessions.set_customer(customer.id)
        now = basket.load(mine)
    return see_other(url_for(".handover" if now.needs_handover else ".review"))


@blueprint.get("/checkout/handover")
def handover() -> Response:
    now = own_cart.basket_seen()
    _refuse_while_paying(now.cart)
    if now.cart.customer_id is None:
        return see_other(url_for(".contact"))
    if not now.needs_handover:
        return see_other(url_for(".review"))
    _note("step", "handover", now.cart)
    return _handover_page(now, {}, {})


@blueprint.post("/checkout/handover")
def confirm_handover() -> Response:
    state = parse(ChooseHandover, request.form)
    if state.value is None:
        return _handover_page(own_cart.basket_seen(), state.values, state.errors, status=422)
    form = state.value
    try:
        with transaction():
            now = _choose(form)
            errors = _still_missing(now, form)
            if not errors:
                now.cart.reach("handover", actor_now(), clock.now())
    except SlotTaken as taken:
        signals.refused(("slot-picker",))
        return _handover_page(
            own_cart.basket_seen(), state.values, {"slot-picker": taken.text}, status=taken.status
        )
    if errors:
        signals.refused(errors)
        return _handover_page(now, state.values, errors, status=422)
    return see_other(url_for(".review"))


@blueprint.get("/checkout/review")
def review() -> Response:
    now = own_cart.basket_seen()
    _refuse_while_paying(now.cart)
    step = _open_step(now)
    if step != "review":
        return see_other(url_for(f".{step}"))
    _note("step", "review", now.cart)
    return _review_page(now)


@blueprint.get("/checkout/pay")
def pay() -> Response:
    """Where a payment under way stands: on to the payment page, or stop it and edit the cart."""
    found = own_cart.seen()
    if found is None:
        return see_other(url_for(".cart"))
    live = Payment.live_for_cart(found.id)
    if live is None:
        return see_other(url_for(".review"))
    _note("step", "pay", found)
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
            mine = own_cart.named(form.cart)
            if mine.state == "ordered":
                order_url = paying.order_url(mine)
            else:
                order_url, payment_id = _agreed(mine, form, actor)
    except (*CHANGED_MEANWHILE, StartNotAgreed) as refused:
        close_reading()
        signals.refused((refused.code,))
        return _review_page(own_cart.basket_seen(), refusal=refused, status=refused.status)
    if payment_id is None:
        return see_other(str(order_url))
    return see_other(paying.open_page(payment_id, actor) or _after(payment_id))


def _agreed(mine: Cart, form: Agree, actor: Actor) -> tuple[str | None, uuid.UUID | None]:
    """The order's address when nothing is due today, else the payment."""
    at = clock.now()
    if mine.is_open:
        journey.agree_to_start(mine, form.start_now, at)
    if form.expected_total == 0:
        order = paying.place_free(mine, 0, form.content_hash, actor, at)
        return f"/orders/{order.public_id}", None
    return None, paying.start(mine, form.expected_total, form.content_hash, actor, at).id


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


def _order_of(arguments: dict[str, Any]) -> Subject | None:
    return Order.owners(arguments["public_id"])


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
            "choose_dealer",
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


def _note(kind: str, step: str, found: Cart) -> None:
    signals.note(kind, step, cart_id=found.id, value_minor=found.value_minor, currency=found.currency)


def _choose(form: ChooseHandover) -> Basket:
    mine = own_cart.locked()
    slot = form.slot
    if slot is not None and mine.method != form.method:
        # The way changed in the same breath; the time belonged to the other way.
        slot = None
    address = form.address(market_of(mine.market_key).address_fields)
    return journey.choose_handover(mine, form.method, slot, address, actor_now(), clock.now())


def _has_let_go() -> bool:
    return request.args.get("let_go") == "1"


def _still_missing(now: Basket, form: ChooseHandover) -> dict[str, str]:
    errors = {}
    if form.method == "home_delivery":
        for name in now.market.address_fields:
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
    """The nearest thing they made: what they built or put aside, else a look at what stands ready."""
    visitor_id, at = sessions.current().visitor_id, clock.now()
    return page(
        "checkout/cart_empty.html",
        stock_url=url_for("catalog.stock"),
        services_url=url_for("catalog.services"),
        other_carts=other_carts(),
        built=sharing_showing.last_built(visitor_id),
        saved=sharing_showing.saved(visitor_id, market_here(), at),
    )


def cart_facts(now: Basket, at: datetime) -> dict[str, Any]:
    """What the cart page shows its owner."""
    day = asked_day(request.args.get("day"))
    live = Payment.live_for_cart(now.cart.id) if now.cart.state == "paying" else None
    return {
        "other_carts": other_carts(),
        "lines": showing.lines(now, at),
        "pay": showing.pay(now),
        "handover": showing.handover(now, "cart", day, _has_let_go()) if live is None else None,
        "handover_words": showing.handover_words(now),
        "values": {},
        "errors": {},
        "is_blocked": showing.has_blocking_line(now, at),
        "is_paying": now.cart.state == "paying",
        "payment_id": live.public_id if live is not None else "",
        "trouble": now.cart.payment_trouble,
        "quantities": [(number, number) for number in range(1, 11)],
        "saved": sharing_showing.saved(now.cart.visitor_id, now.market, at),
        "shared": sharing_showing.shared(now, now.cart.visitor_id, sharing_showing.asked(request.args), at),
        "printed": sharing_showing.printed(now, at),
        "is_owner": True,
        "refusal": None,
        "said": {},
        "said_errors": {},
        "said_summary": [],
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
    day = asked_day(request.args.get("day"))
    facts = showing.handover(now, "checkout", day, _has_let_go())
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
        starting_today=showing.starting_today(now),
        withdrawal_days=now.market.withdrawal_days,
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
        "address_fields": now.market.address_fields,
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
