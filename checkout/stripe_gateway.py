"""Stripe behind the payments port: hosted Checkout pages by redirect. The only module that knows Stripe.

The same code talks to api.stripe.com and to the payment sandbox; only the address in the settings differs.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from app.money import Money
from app.settings import settings
from checkout.payments import (
    Cancelled,
    Captured,
    Declined,
    Expired,
    NeedsAction,
    Outcome,
    PaymentOrder,
    Processing,
    Refunded,
    RefundOrder,
    Unknown,
    WebhookFact,
    WebhookNotTrusted,
)

if TYPE_CHECKING:
    import stripe

TIMEOUT_S = 10
HOSTED_PAGE = "https://checkout.stripe.com"
LOCALES = {"en": "en-GB", "zh": "zh"}
SIGNATURE_TOLERANCE_S = 300


Word = Annotated[str, Field(max_length=255, pattern=r"^[\x21-\x7e]+$")]
Line = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class _Thing(BaseModel):
    id: Word | None = None
    object: Word = ""
    client_reference_id: Word | None = None
    payment_intent: Word | dict[str, Any] | None = None
    metadata: dict[Word, Line] = {}


class _Data(BaseModel):
    object: _Thing


class _Event(BaseModel):
    """As much of an event as is believed: whom it is about. A signed body of another form is refused as well."""

    id: Word
    type: Word
    object: Literal["event"]
    data: _Data


class StripeGateway:
    name = "stripe"

    def __init__(self, api_key: str, webhook_secret: str, api_base: str | None = None) -> None:
        self._api_key = api_key
        self._webhook_secret = webhook_secret
        self._api_base = api_base

    @classmethod
    def from_settings(cls) -> StripeGateway:
        return cls(settings().stripe_api_key, settings().stripe_webhook_secret, settings().stripe_api_base)

    def page_origin(self) -> str:
        if self._api_base is None:
            return HOSTED_PAGE
        parts = urlsplit(self._api_base)
        return f"{parts.scheme}://{parts.netloc}"

    def begin(self, payment: PaymentOrder) -> Outcome:
        """A request that is turned down as such has opened nothing: nobody can pay, the buyer may try anew."""
        return self._asking(lambda: self._open_session(payment), refused=Expired())

    def look_up(self, payment: PaymentOrder) -> Outcome:
        """Without a session id the first answer was lost: the same key brings the same session back."""
        session_id = payment.session
        if session_id is None:
            begun = self._asking(lambda: self._open_session(payment), refused=Expired())
            if not isinstance(begun, NeedsAction):
                return begun
            session_id = begun.session
        return self._asking(lambda: self._read_session(self._session(session_id)))

    def cancel(self, payment: PaymentOrder) -> Outcome:
        """Closes the hosted page. If money moved first, the answer is Captured."""
        found = self.look_up(payment)
        if not isinstance(found, NeedsAction | Declined) or not found.session:
            return found
        session_id = found.session
        closed = self._asking(lambda: self._expire(session_id), refused=Unknown("not expired"))
        return closed if isinstance(closed, Cancelled) else self.look_up(payment)

    def refund(self, refund: RefundOrder) -> Outcome:
        return self._asking(lambda: self._refund(refund))

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookFact:
        import stripe

        signature = headers.get("Stripe-Signature", "")
        try:
            _refuse_unsound(signature)
            stripe.WebhookSignature.verify_header(
                raw.decode(), signature, self._webhook_secret, SIGNATURE_TOLERANCE_S
            )
            event = _Event.model_validate_json(raw)
        except (ValueError, stripe.SignatureVerificationError) as refused:
            raise WebhookNotTrusted() from refused
        thing = event.data.object
        intent = thing.id if thing.object == "payment_intent" else thing.payment_intent
        return WebhookFact(
            event_id=event.id,
            type=event.type,
            payment=thing.metadata.get("payment") or thing.client_reference_id,
            session=thing.id if thing.object == "checkout.session" else None,
            reference=intent if isinstance(intent, str) else None,
        )

    def _open_session(self, payment: PaymentOrder) -> Outcome:
        params: stripe.params.checkout.SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": payment.public_id,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": payment.amount.currency.lower(),
                        "unit_amount": payment.amount.amount_minor,
                        "product_data": {"name": payment.description},
                    },
                }
            ],
            "payment_intent_data": {
                "description": payment.description,
                "metadata": {"payment": payment.public_id},
                "setup_future_usage": "off_session",
            },
            "customer_creation": "always",
            "metadata": {"payment": payment.public_id},
            "success_url": payment.return_url,
            "cancel_url": payment.cancel_url,
            "expires_at": int(payment.page_expires_at.timestamp()),
            "locale": LOCALES.get(payment.language, "auto"),
        }
        if payment.email:
            params["customer_email"] = payment.email
        made = self._client.v1.checkout.sessions.create(params, {"idempotency_key": payment.idempotency_key})
        return NeedsAction(made.url or "", made.id)

    def _session(self, session_id: str) -> stripe.checkout.Session:
        return self._client.v1.checkout.sessions.retrieve(
            session_id, {"expand": ["payment_intent.latest_charge"]}
        )

    def _expire(self, session_id: str) -> Outcome:
        closed = self._client.v1.checkout.sessions.expire(session_id)
        return Cancelled() if closed.status == "expired" else Unknown(f"session {closed.status}")

    def _read_session(self, session: stripe.checkout.Session) -> Outcome:
        intent = session.payment_intent
        if isinstance(intent, str):
            intent = self._client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
        if intent is not None and intent.status == "succeeded":
            return _captured(session.id, intent)
        if session.status == "expired":
            return Expired()
        if intent is not None and intent.status == "processing":
            return Processing(session.id)
        if session.status == "complete":
            return _unpaid(session, intent)
        return _waiting(session, intent)

    def _refund(self, refund: RefundOrder) -> Outcome:
        if refund.refund:
            made = self._client.v1.refunds.retrieve(refund.refund)
        else:
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": refund.reference,
                    "amount": refund.amount.amount_minor,
                    "metadata": {"refund": refund.public_id},
                },
                {"idempotency_key": refund.idempotency_key},
            )
        if made.status == "succeeded":
            return Refunded(Money(made.amount, made.currency.upper()), made.id)
        if made.status in ("pending", "requires_action"):
            return Processing(made.id)
        return Declined(_told(made, "failure_reason") or str(made.status), retryable=False, reference=made.id)

    def _asking(self, ask: Callable[[], Outcome], refused: Outcome | None = None) -> Outcome:
        """Only an explicit answer counts; a silence, a fault of theirs or a twin in flight is Unknown."""
        import stripe

        try:
            return ask()
        except stripe.CardError as error:
            return Declined(error.code or "card_declined", retryable=False)
        except (stripe.IdempotencyError, stripe.RateLimitError, stripe.APIConnectionError) as error:
            return Unknown(type(error).__name__)
        except stripe.InvalidRequestError as error:
            if error.http_status == 409:
                return Unknown("twin in flight")
            return refused or Declined(error.code or "request_refused", retryable=False)
        except stripe.StripeError as error:
            return Unknown(f"{type(error).__name__} {error.http_status}")

    @functools.cached_property
    def _client(self) -> stripe.StripeClient:
        import stripe

        return stripe.StripeClient(
            self._api_key,
            base_addresses={"api": self._api_base} if self._api_base else None,
            max_network_retries=1,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )


def _captured(session_id: str, intent: stripe.PaymentIntent) -> Captured:
    currency = intent.currency.upper()
    charge = intent.latest_charge
    refunded = 0 if charge is None or isinstance(charge, str) else charge.amount_refunded
    return Captured(
        Money(intent.amount_received, currency), intent.id, Money(refunded or 0, currency), session_id
    )


def _unpaid(session: stripe.checkout.Session, intent: stripe.PaymentIntent | None) -> Outcome:
    if intent is not None and intent.status == "canceled":
        return Cancelled()
    if intent is not None and intent.status == "requires_payment_method":
        code, reference = _last_decline(intent)
        return Declined(code or "declined", retryable=False, reference=reference)
    return Processing(session.id)


def _waiting(session: stripe.checkout.Session, intent: stripe.PaymentIntent | None) -> Outcome:
    url = session.url or ""
    if intent is not None and intent.status == "requires_action":
        return NeedsAction(url, session.id, authenticating=True)
    code, reference = _last_decline(intent)
    if code:
        return Declined(code, retryable=True, reference=reference, url=url, session=session.id)
    return NeedsAction(url, session.id)


def _last_decline(intent: stripe.PaymentIntent | None) -> tuple[str, str]:
    error = intent.last_payment_error if intent is not None else None
    if error is None:
        return "", ""
    code = _told(error, "decline_code") or _told(error, "code") or "declined"
    return code, _told(error, "charge")


def _told(thing: stripe.StripeObject, name: str) -> str:
    """Stripe leaves fields out that do not apply."""
    return str(getattr(thing, name, None) or "")


def _refuse_unsound(signature: str) -> None:
    """The library refuses signatures of long ago; one from the future could be sent again for longer than agreed."""
    stamp = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", signature)
    if not signature.isascii() or stamp is None or int(stamp[1]) > time.time() + SIGNATURE_TOLERANCE_S:
        raise ValueError("unsound signature")
