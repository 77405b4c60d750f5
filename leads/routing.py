"""Who answers a lead: a pure decision over facts, a rule and the places there are, every candidate with a reason."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from app.i18n import N_

PARTNER_KINDS = ("insurance_partner", "finance_partner", "energy_partner")
PARTNER_FOR: Mapping[str, str] = {"charging": "energy_partner", "credits": "energy_partner"}
"""The partner company concerned when the signal names none; finance requests always go to the lender."""
HOUSE_DESKS = ("call_centre", "agent_desk")

WHY: Mapping[str, str] = {
    "by_rule": N_("First in the rule for this source and product."),
    "handed_over": N_("Handed over by the desk, with the buyer’s yes."),
    "fallback": N_("Steps in: nobody before in the rule may or can be told."),
    "house_steps_in": N_(
        "The house answers itself: only a wish to be answered was given, no consent to pass it on."
    ),
    "no_contact": N_(
        "Nobody yet knows how to reach this person; it is looked at again when contact details are given."
    ),
    "no_consent": N_("Nobody may be told yet: there is no consent that covers anyone in the rule."),
    "no_recipient": N_("Nobody in the rule is there at the moment."),
    "waits_for_opening": N_("Waits for the first opening: everybody in the rule is closed now."),
    "all_declined": N_("Everybody who may be told has said no or let it pass."),
}
FAILURES: Mapping[str, str] = {
    "passed": N_("May be told."),
    "not_reached": N_("Not needed: somebody before was chosen."),
    "nobody_of_this_kind": N_("There is nobody of this kind for this product."),
    "not_active": N_("Does not take leads at the moment."),
    "not_named": N_("No dealer is named, and none was agreed to."),
    "no_consent": N_("No consent names this recipient."),
    "no_answer_wanted": N_("The person did not ask to be answered."),
    "no_contact": N_("There is no way yet to reach the person."),
    "declined_before": N_("Has said no to this one."),
    "expired_before": N_("Let this one pass."),
    "denied_before": N_("The person says that nobody called."),
    "over_capacity": N_("Has as many open leads as it takes at once."),
    "closed_hours": N_("Is closed now, and somebody else is there."),
}
GONE = {"declined": "declined_before", "expired": "expired_before", "denied": "denied_before"}
"""How a place answered before -> why it is not asked again."""


@dataclass(frozen=True)
class Facts:
    """`named_id` is whom the signal itself names; `is_finance` sends partner steps to the lender.

    `is_hot`: somebody waits for an answer now, so one who is there goes before one who is closed. `offered_id` has the
    offer in hand; neither its hours nor its other leads are held against it.
    """

    product: str
    contactability: str
    named_id: uuid.UUID | None = None
    is_finance: bool = False
    is_hot: bool = False
    offered_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Place:
    """`answered` is how it answered an earlier offer of the same lead: declined, expired or denied."""

    id: uuid.UUID
    kind: str
    active: bool = True
    is_open: bool = True
    has_room: bool = True
    answered: str | None = None

    @property
    def is_house(self) -> bool:
        return self.kind in HOUSE_DESKS


@dataclass(frozen=True)
class Candidate:
    kind: str
    recipient_id: uuid.UUID | None
    passed: bool
    why: str

    def kept(self) -> dict[str, object]:
        told = str(self.recipient_id) if self.recipient_id else None
        return {"kind": self.kind, "recipient_id": told, "passed": self.passed, "why": self.why}


@dataclass(frozen=True)
class Decision:
    """`chosen_id` None: the lead is held for the reason `why`."""

    chosen_id: uuid.UUID | None
    why: str
    fallback: bool
    candidates: tuple[Candidate, ...]


def decide(
    facts: Facts, kinds: Sequence[str], places: Sequence[Place], covered: Collection[uuid.UUID]
) -> Decision:
    """The first place along the rule that is there and may be told; the house's own desks come last of all.

    `covered` are the places that a consent of this person covers now.
    """
    chosen, weighed = _walk(facts, kinds, places, covered)
    waits = chosen is None and any(candidate.why == "closed_hours" for candidate in weighed)
    if waits:
        chosen, weighed = _walk(replace(facts, is_hot=False), kinds, places, covered)
    if chosen is None:
        return Decision(None, _held_for(facts, weighed), False, tuple(weighed))
    is_first = chosen.kind == kinds[0]
    why = "waits_for_opening" if waits else _why(chosen, is_first, weighed, places)
    return Decision(chosen.recipient_id, why, not is_first, tuple(weighed))


def _walk(
    facts: Facts, kinds: Sequence[str], places: Sequence[Place], covered: Collection[uuid.UUID]
) -> tuple[Candidate | None, list[Candidate]]:
    weighed: list[Candidate] = []
    reachable = facts.contactability != "none"
    chosen: Candidate | None = None
    for kind in (*kinds, *(desk for desk in HOUSE_DESKS if desk not in kinds)):
        for candidate in _of_kind(kind, facts, places, covered):
            if candidate.passed and not reachable:
                candidate = replace(candidate, passed=False, why="no_contact")
            elif candidate.passed and chosen is not None:
                candidate = replace(candidate, passed=False, why="not_reached")
            elif candidate.passed:
                chosen = candidate
            weighed.append(candidate)
    return chosen, weighed


def _of_kind(
    kind: str, facts: Facts, places: Sequence[Place], covered: Collection[uuid.UUID]
) -> list[Candidate]:
    if kind == "dealer":
        return _dealers(facts, places, covered)
    if kind == "partner":
        found = _partners(facts, places, covered)
    else:
        desks = [place for place in places if place.kind == kind]
        found = [place for place in desks if place.active] or desks[:1]
    if not found:
        return [Candidate(kind, None, False, "nobody_of_this_kind")]
    return [_weigh(kind, place, facts, covered) for place in found]


def _dealers(facts: Facts, places: Sequence[Place], covered: Collection[uuid.UUID]) -> list[Candidate]:
    """The dealer named, then any other that the person agreed to."""
    dealers = [place for place in places if place.kind == "dealer"]
    found = [_weigh("dealer", place, facts, covered) for place in _named_first(dealers, facts, covered)]
    return found or [Candidate("dealer", None, False, "not_named")]


def _partners(facts: Facts, places: Sequence[Place], covered: Collection[uuid.UUID]) -> list[Place]:
    """The company named, or the first of the kind concerned; then others of that kind that the person agreed to."""
    partners = [place for place in places if place.kind in PARTNER_KINDS]
    named = next((place for place in partners if place.id == facts.named_id), None)
    wanted = "finance_partner" if facts.is_finance else PARTNER_FOR.get(facts.product)
    first = named or next((place for place in partners if place.kind == wanted), None)
    if first is None:
        return []
    alike = [place for place in partners if place.kind == first.kind and place.id != first.id]
    return [first, *(place for place in alike if place.id in covered)]


def _named_first(places: Sequence[Place], facts: Facts, covered: Collection[uuid.UUID]) -> list[Place]:
    named = [place for place in places if place.id == facts.named_id]
    return named + [place for place in places if place.id in covered and place.id != facts.named_id]


def _weigh(kind: str, place: Place, facts: Facts, covered: Collection[uuid.UUID]) -> Candidate:
    why = _failure(place, facts, covered)
    return Candidate(kind, place.id, why is None, why or "passed")


def _failure(place: Place, facts: Facts, covered: Collection[uuid.UUID]) -> str | None:
    if not place.active:
        return "not_active"
    if place.id not in covered:
        return "no_answer_wanted" if place.is_house else "no_consent"
    if place.answered is not None:
        return GONE[place.answered]
    if place.id == facts.offered_id:
        return None
    if not place.has_room:
        return "over_capacity"
    return "closed_hours" if facts.is_hot and not place.is_open else None


def _held_for(facts: Facts, weighed: Sequence[Candidate]) -> str:
    whys = {candidate.why for candidate in weighed}
    if facts.contactability == "none":
        return "no_contact"
    if whys & {"no_consent", "no_answer_wanted"}:
        return "no_consent"
    return "all_declined" if whys & set(GONE.values()) and "over_capacity" not in whys else "no_recipient"


def _why(chosen: Candidate, first_kind: bool, weighed: Sequence[Candidate], places: Sequence[Place]) -> str:
    if first_kind:
        return "by_rule"
    is_house = any(place.id == chosen.recipient_id and place.is_house for place in places)
    refused = any(candidate.why == "no_consent" for candidate in weighed[: weighed.index(chosen)])
    return "house_steps_in" if is_house and refused else "fallback"
