"""The port to whoever moves money: what may be asked and the closed set of answers.

A call that got no clear answer is `Unknown`, never a decline; whoever asked looks again later. Every call that could
move money carries a key that was committed before the call, so that repeating it moves nothing twice.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.errors import Refusal
from app.i18n import N_
from app.money import Money


@dataclass(frozen=True)
class NeedsAction:
    """The hosted page waits for the buyer. `authenticating`: the bank's own check was begun and not finished."""

    url: str
    session: str
    authenticating: bool = False


@dataclass(frozen=True)
class Processing:
    """The bank has it; the answer may take days."""

    session: str = ""


@dataclass(frozen=True)
class Authorized:
    """Funds are reserved, not taken. Not used by this shop, which captures at once."""

    reference: str


@dataclass(frozen=True)
class Captured:
    """`refunded` counts what went back since, whoever asked for it."""

    amount: Money
    reference: str
    refunded: Money
    session: str = ""


@dataclass(frozen=True)
class Declined:
    """`retryable`: the hosted page is still open and takes another card. `reference` tells one refusal from the next."""

    code: str
    retryable: bool
    reference: str = ""
    url: str = ""
    session: str = ""


@dataclass(frozen=True)
class Cancelled:
    pass


@dataclass(frozen=True)
class Expired:
    pass


@dataclass(frozen=True)
class Refunded:
    amount: Money
    reference: str


@dataclass(frozen=True)
class Unknown:
    """No clear answer; `why` is for the log."""

    why: str


Outcome = (
    NeedsAction | Processing | Authorized | Captured | Declined | Cancelled | Expired | Refunded | Unknown
)


@dataclass(frozen=True)
class PaymentOrder:
    """A payment as the other side needs to know it. Every field comes from committed rows, so a repeat is identical."""

    public_id: str
    idempotency_key: str
    amount: Money
    description: str
    language: str
    email: str | None
    return_url: str
    cancel_url: str
    page_expires_at: datetime
    session: str | None
    reference: str | None


@dataclass(frozen=True)
class RefundOrder:
    public_id: str
    idempotency_key: str
    amount: Money
    reference: str
    """What captured the money."""
    refund: str | None
    """The other side's id of this refund, once known."""


@dataclass(frozen=True)
class WebhookFact:
    """Something happened to a payment; what exactly is looked up, never believed from the message."""

    event_id: str
    type: str
    payment: str | None = None
    session: str | None = None
    reference: str | None = None


class WebhookNotTrusted(Refusal):
    status = 400
    says = N_("This message is not signed by our payment provider.")


class PaymentPageUnreachable(Refusal):
    status = 503
    says = N_(
        "The payment page does not answer. No money has moved and your cart is kept. Try again in a minute."
    )


class PaymentGateway(Protocol):
    name: str

    def page_origin(self) -> str:
        """Where the hosted page lives, for the form's content security policy."""

    def begin(self, payment: PaymentOrder) -> Outcome: ...

    def look_up(self, payment: PaymentOrder) -> Outcome: ...

    def cancel(self, payment: PaymentOrder) -> Outcome: ...

    def refund(self, refund: RefundOrder) -> Outcome: ...

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> WebhookFact:
        """Raises WebhookNotTrusted."""


_make: Callable[[], PaymentGateway] | None = None


def install_gateway(make: Callable[[], PaymentGateway]) -> None:
    """Which adapter the house uses; called once, by the wiring."""
    global _make
    _make = make
    gateway.cache_clear()


@functools.cache
def gateway() -> PaymentGateway:
    if _make is None:
        raise RuntimeError("No payment gateway is installed.")
    return _make()
