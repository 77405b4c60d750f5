"""How much a lead promises, 0 to 100: a pure sum of reasons, by rules that have a version.

What somebody did fades: it counts half after each quiet week. What is agreed or known stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.i18n import N_

RULES_VERSION = 1
HALVES_EVERY_DAYS = 7
BANDS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "CNY": ((25_000_000, 15), (12_000_000, 10), (2_000_000, 6), (1, 3)),
    "EUR": ((3_500_000, 15), (1_500_000, 10), (300_000, 6), (1, 3)),
}
"""Value in minor units from which on it counts so much, by currency, highest first."""

WORDS: Mapping[str, str] = {
    "payment": N_("Reached payment"),
    "checkout": N_("Began checkout"),
    "payment_failed": N_("The payment failed"),
    "asked": N_("Asked for a person"),
    "test_drive": N_("Test drive booked"),
    "finance": N_("Asked about finance"),
    "value": N_("What is in the cart"),
    "returning": N_("Came back on several days"),
    "again": N_("Came with more than one wish"),
    "friction": N_("Met trouble on the way"),
    "unreachable": N_("Cannot be reached yet"),
}


@dataclass(frozen=True)
class ScoreFacts:
    """`visit_days` counts the days of the last fortnight; `trouble` refusals, declines and stalls of this visit."""

    step: str = "browse"
    reason: str = ""
    source: str = "help_request"
    value_minor: int | None = None
    currency: str | None = None
    contactability: str = "none"
    has_test_drive: bool = False
    visit_days: int = 0
    signals: int = 1
    trouble: int = 0
    idle_days: int = 0


@dataclass(frozen=True)
class Part:
    """`words` is the message of the reason; is_urgency marks what makes it pressing, not promising."""

    code: str
    points: int
    words: str
    is_urgency: bool = False


@dataclass(frozen=True)
class Score:
    points: int
    parts: tuple[Part, ...]
    version: int = RULES_VERSION


def score(facts: ScoreFacts) -> Score:
    """The parts with the most weight first; the points are their sum, kept between 0 and 100."""
    counted = _faded(_done(facts), facts.idle_days) | _standing(facts)
    parts = sorted(
        (Part(code, points, WORDS[code], code == "friction") for code, points in counted.items() if points),
        key=lambda part: (-abs(part.points), part.code),
    )
    return Score(max(0, min(100, sum(part.points for part in parts))), tuple(parts))


def _done(facts: ScoreFacts) -> dict[str, int]:
    """What the person did, fresh."""
    did = {
        "payment": 25 * (facts.step == "pay"),
        "checkout": 12 * (facts.step in ("contact", "handover", "review")),
        "payment_failed": 20 * (facts.reason in ("payment_failed", "authentication_incomplete")),
        "asked": 20 * (facts.source in ("help_request", "callback", "chat_handover", "agent_enquiry")),
        "finance": 10 * (facts.source == "finance_request"),
        "returning": 8 * (facts.visit_days >= 3),
        "again": 6 * (facts.signals > 1),
        "friction": 0 if not facts.trouble else 5 if facts.trouble == 1 else 10 if facts.trouble < 4 else 15,
    }
    return {code: points for code, points in did.items() if points}


def _standing(facts: ScoreFacts) -> dict[str, int]:
    """What does not fade."""
    return {
        "value": _value(facts.value_minor, facts.currency),
        "test_drive": 15 if facts.has_test_drive or facts.source == "test_drive" else 0,
        "unreachable": -30 if facts.contactability == "none" else 0,
    }


def _faded(points: Mapping[str, int], idle_days: int) -> dict[str, int]:
    return {
        code: round(value * 0.5 ** (max(0, idle_days) / HALVES_EVERY_DAYS)) for code, value in points.items()
    }


def _value(value_minor: int | None, currency: str | None) -> int:
    bands = BANDS.get(currency or "", ())
    return next((points for least, points in bands if (value_minor or 0) >= least), 0)
