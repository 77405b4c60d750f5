"""Stripe's published test cards, what each one does, and what a buyer may have mistyped.

A number lives only inside one request. What is kept is brand, last four digits and a salted fingerprint.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "unless_set_up", "always"]
RefundPace = Literal["at_once", "later", "fails"]


@dataclass(frozen=True)
class TestCard:
    """``name`` is also Stripe's test token without its ``pm_card_``."""

    name: str
    number: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    declines: str | None = None
    declines_when_saved: str | None = None
    authentication: Authentication = "never"
    refunds: RefundPace = "at_once"


TEST_CARDS = (
    TestCard("visa", "4242424242424242"),
    TestCard("visa_debit", "4000056655665556", funding="debit"),
    TestCard("mastercard", "5555555555554444", brand="mastercard"),
    TestCard("amex", "378282246310005", brand="amex"),
    TestCard("jcb", "3566002020360505", brand="jcb", country="JP"),
    TestCard("unionpay", "6200000000000005", brand="unionpay", country="CN"),
    TestCard("visa_chargeDeclined", "4000000000000002", declines="generic_decline"),
    TestCard("visa_chargeDeclinedInsufficientFunds", "4000000000009995", declines="insufficient_funds"),
    TestCard("visa_chargeDeclinedLostCard", "4000000000009987", declines="lost_card"),
    TestCard("visa_chargeDeclinedStolenCard", "4000000000009979", declines="stolen_card"),
    TestCard("chargeDeclinedExpiredCard", "4000000000000069", declines="expired_card"),
    TestCard("chargeDeclinedIncorrectCvc", "4000000000000127", declines="incorrect_cvc"),
    TestCard("chargeDeclinedProcessingError", "4000000000000119", declines="processing_error"),
    TestCard("chargeCustomerFail", "4000000000000341", declines_when_saved="generic_decline"),
    TestCard("authenticationRequiredOnSetup", "4000002500003155", authentication="unless_set_up"),
    TestCard("authenticationRequired", "4000002760003184", authentication="always"),
    TestCard("threeDSecure2Required", "4000000000003220", authentication="always"),
    TestCard("pendingRefund", "4000000000007726", refunds="later"),
    TestCard("refundFail", "4000000000005126", refunds="fails"),
)
BY_NUMBER = {card.number: card for card in TEST_CARDS}
BY_NAME = {card.name: card for card in TEST_CARDS}

#: decline code: (error code, message, network decline code)
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined.", "01"),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds.", "51"),
    "lost_card": ("card_declined", "Your card was declined.", "41"),
    "stolen_card": ("card_declined", "Your card was declined.", "43"),
    "expired_card": ("expired_card", "Your card has expired.", "54"),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect.", "82"),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again.",
        "96",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        "1A",
    ),
}
DO_NOT_TRY_AGAIN = frozenset({"lost_card", "stolen_card"})


@dataclass(frozen=True)
class Verdict:
    outcome: Literal["approved", "needs_authentication", "declined"]
    decline: str | None = None


def judge(
    card: TestCard,
    *,
    saved: bool,
    set_up: bool,
    off_session: bool,
    authenticated: bool,
    challenge: bool = False,
) -> Verdict:
    """``challenge``: the merchant asked for 3-D Secure whatever the card says."""
    if card.declines or (saved and card.declines_when_saved):
        return Verdict("declined", card.declines or card.declines_when_saved)
    if authenticated or not (challenge or asks_for_authentication(card, off_session and set_up)):
        return Verdict("approved")
    return Verdict("declined", "authentication_required") if off_session else Verdict("needs_authentication")


def asks_for_authentication(card: TestCard, exempt: bool) -> bool:
    return card.authentication == "always" or (card.authentication == "unless_set_up" and not exempt)


@dataclass(frozen=True)
class Entry:
    """What the buyer typed, as typed."""

    number: str
    expiry: str
    cvc: str
    name: str = ""

    def __repr__(self) -> str:
        return "Entry(…)"


@dataclass(frozen=True)
class CardFacts:
    """All that outlives the request."""

    test_card: TestCard
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str
    holder: str


class Mistyped(Exception):
    """``mistakes``: field to the id of the sentence that explains it."""

    def __init__(self, mistakes: dict[str, str]) -> None:
        super().__init__(", ".join(mistakes))
        self.mistakes = mistakes


def read_entry(entry: Entry, *, year: int, month: int, salt: str) -> CardFacts:
    number = re.sub(r"[\s-]", "", entry.number)
    expiry = read_expiry(entry.expiry)
    card = BY_NUMBER.get(number)
    mistakes: dict[str, str] = {}
    if problem := number_problem(number, card):
        mistakes["number"] = problem
    if problem := expiry_problem(expiry, year, month):
        mistakes["expiry"] = problem
    if problem := cvc_problem(entry.cvc.strip(), card):
        mistakes["cvc"] = problem
    if not entry.name.strip():
        mistakes["name"] = "name.empty"
    elif len(entry.name.strip()) > 100:
        mistakes["name"] = "name.long"
    if mistakes or card is None or expiry is None:
        raise Mistyped(mistakes)
    mark = fingerprint(number, salt)
    return CardFacts(card, number[-4:], expiry[0], expiry[1], mark, entry.name.strip())


def fingerprint(number: str, salt: str) -> str:
    return hmac.new(salt.encode(), number.encode(), hashlib.sha256).hexdigest()[:16]


def number_problem(number: str, card: TestCard | None) -> str | None:
    if not number:
        return "number.empty"
    if not re.fullmatch(r"[0-9]+", number):
        return "number.digits"
    if not 12 <= len(number) <= 19:
        return "number.length"
    if not passes_luhn(number):
        return "number.luhn"
    return None if card else "number.not_a_test_card"


def passes_luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def read_expiry(typed: str) -> tuple[int, int] | None:
    """Month and full year from ``04/29``, ``4 / 2029`` or ``0429``."""
    match = re.fullmatch(
        r"([0-9]{1,2})\s*[/-]\s*((?:20)?[0-9]{2})|([0-9]{2})([0-9]{2})", typed.strip(), re.ASCII
    )
    if match is None:
        return None
    month, year = int(match.group(1) or match.group(3)), int(match.group(2) or match.group(4))
    return month, year if year >= 2000 else 2000 + year


def expiry_problem(expiry: tuple[int, int] | None, year: int, month: int) -> str | None:
    if expiry is None:
        return "expiry.form"
    if not 1 <= expiry[0] <= 12:
        return "expiry.month"
    if (expiry[1], expiry[0]) < (year, month):
        return "expiry.past"
    return "expiry.far" if expiry[1] > year + 50 else None


def cvc_problem(cvc: str, card: TestCard | None) -> str | None:
    if not cvc:
        return "cvc.empty"
    wanted = 4 if card and card.brand == "amex" else 3
    lengths = (wanted,) if card else (3, 4)
    if not re.fullmatch(r"[0-9]+", cvc, re.ASCII) or len(cvc) not in lengths:
        return "cvc.four" if wanted == 4 else "cvc.three"
    return None
