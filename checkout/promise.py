"""The order as the buyer agreed to it, kept with the payment and placed verbatim once the money is here."""

import uuid
from datetime import date, datetime
from typing import Any

from app import clock
from app.events import Actor
from app.i18n import N_, speaking, translate
from app.money import Money
from app.settings import settings
from checkout.basket import Basket, BasketLine
from checkout.cart import Cart
from checkout.payment import Payment
from checkout.payments import PaymentOrder
from checkout.quote import AT_HANDOVER, TODAY, Amount, service_starts
from checkout.refusals import CartChanged
from orders import placing
from orders.models import Order
from orders.placing import AmountDraft, LineDraft, OrderDraft

DESCRIPTIONS = {"today": N_("Due today at Tarn"), "balance": N_("Balance of order %(number)s")}


def made(now: Basket, at: datetime) -> dict[str, Any]:
    """As JSON: every line, every amount, the handover; nothing of it is worked out again later."""
    cart = now.cart
    index = {line.priced.key: place for place, line in enumerate(now.lines)}
    return {
        "content_hash": cart.content_hash,
        "method": cart.method,
        "recipient_id": _text(now.dealer.id if now.dealer else None),
        "slot_id": _text(cart.slot_id if now.dealer else None),
        "address": cart.address,
        "start_agreed_at": cart.start_agreed_at.isoformat() if cart.start_agreed_at else None,
        "lines": [_line(line, now.quote.has_vehicle) for line in now.lines],
        "amounts": [_amount(amount, index) for amount in now.quote.amounts],
    }


def place(cart: Cart, promise: dict[str, Any], actor: Actor) -> Order:
    """Raises what placing refuses, and CartChanged when the cart was opened again and became another one."""
    if cart.state != "paying" and cart.content_hash != promise["content_hash"]:
        raise CartChanged()
    assert cart.customer_id is not None
    draft = OrderDraft(
        cart_id=cart.id,
        market_key=cart.market_key,
        currency=cart.currency,
        language=cart.language,
        customer_id=cart.customer_id,
        visitor_id=cart.visitor_id,
        lines=tuple(_line_draft(line) for line in promise["lines"]),
        amounts=tuple(_amount_draft(amount) for amount in promise["amounts"]),
        method=promise["method"],
        recipient_id=_id(promise["recipient_id"]),
        slot_id=_id(promise["slot_id"]),
        address=promise["address"],
        start_agreed_at=_instant(promise.get("start_agreed_at")),
    )
    return placing.place(draft, actor, clock.now())


def purpose_of_today(promise: dict[str, Any]) -> str:
    """A deposit when a car is among it, else simply what is due today."""
    has_deposit = any(amount["key"] == "deposit" for amount in promise["amounts"])
    return "deposit" if has_deposit else "today"


def payment_order(payment: Payment, email: str | None) -> PaymentOrder:
    base = f"{settings().public_url.rstrip('/')}/{payment.language}/checkout"
    with speaking(payment.language):
        number = payment.promise.get("number", "")
        description = translate(DESCRIPTIONS[payment.purpose], number=number)
    return PaymentOrder(
        public_id=payment.public_id,
        idempotency_key=payment.idempotency_key,
        amount=payment.amount,
        description=description,
        language=payment.language,
        email=email,
        return_url=f"{base}/return?payment={payment.public_id}",
        cancel_url=f"{base}/cancelled?payment={payment.public_id}",
        page_expires_at=payment.page_expires_at,
        session=payment.provider_session,
        reference=payment.provider_reference,
    )


def _line(line: BasketLine, has_vehicle: bool) -> dict[str, Any]:
    row, offer = line.line, line.offer
    starts = service_starts(line.priced, has_vehicle)
    return {
        "kind": row.kind,
        "sku": row.sku,
        "title": row.title,
        "detail": row.detail,
        "stock_item_id": _text(row.stock_item_id),
        "configuration_id": _text(row.configuration_id),
        "vehicle_id": _text(row.vehicle_id),
        "vin": row.vin,
        "quantity": row.quantity,
        "offer_id": _text(row.offer_id),
        "grants": offer.grants if offer is not None else {},
        "billing": line.priced.billing,
        "starts": "handover" if line.is_vehicle or starts == AT_HANDOVER else TODAY,
        "seller_id": _text(row.seller_id),
        "price_minor": line.priced.price.amount_minor,
    }


def _amount(amount: Amount, index: dict[str, int]) -> dict[str, Any]:
    return {
        "line_index": index[amount.line_key] if amount.line_key is not None else None,
        "when": amount.when,
        "due_on": amount.due_on.isoformat() if amount.due_on else None,
        "key": amount.key,
        "label": amount.title or _both(amount.label, amount.params),
        "reason": _both(amount.reason, amount.params) if amount.reason else None,
        "amount_minor": amount.amount.amount_minor,
    }


def _both(message: str, params: dict[str, Any]) -> dict[str, str]:
    """A printed text in every language of the market, since the order outlives this request."""
    texts = {}
    for language in ("en", "zh"):
        with speaking(language):
            told = {
                name: value.formatted(language) if isinstance(value, Money) else value
                for name, value in params.items()
            }
            texts[language] = translate(message, **told)
    return texts


def _line_draft(line: dict[str, Any]) -> LineDraft:
    names = ("stock_item_id", "configuration_id", "vehicle_id", "offer_id", "seller_id")
    ids = {name: _id(line.get(name)) for name in names}
    return LineDraft(**{**line, **ids})


def _amount_draft(amount: dict[str, Any]) -> AmountDraft:
    due_on = amount["due_on"]
    return AmountDraft(**{**amount, "due_on": date.fromisoformat(due_on) if due_on else None})


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None


def _text(value: uuid.UUID | None) -> str | None:
    return str(value) if value is not None else None


def _id(value: str | None) -> uuid.UUID | None:
    return uuid.UUID(value) if value is not None else None
