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
    "fallback": N_("Steps in: nobody before in the rule may or can be told."),
    "house_steps_in": N_(
        "The house answers itself: only a wish to be answered was given, no consent to pass it on."
    ),
    "no_contact": N_(
        "Nobody yet knows how to reach this person; it is looked at again when contact details are given."
    ),
    "no_consent": N_("Nobody may be told yet: there is no consent that covers anyone in the rule."),
    "no_recipient": N_("Nobody in the rule is there at the moment."),
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
}


@dataclass(frozen=True)
class Facts:
    """`named_id` is whom the signal itself names; `is_finance` sends partner steps to the lender."""

    product: str
    contactability: str
    named_id: uuid.UUID | None = None
    is_finance: bool = False


@dataclass(frozen=True)
class Place:
    id: uuid.UUID
    kind: str
    active: bool = True

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
    if chosen is None:
        return Decision(None, _held_for(facts, weighed), False, tuple(weighed))
    first_kind = chosen.kind == kinds[0]
    return Decision(
        chosen.recipient_id, _why(chosen, first_kind, weighed, places), not first_kind, tuple(weighed)
    )


def _of_kind(
    kind: str, facts: Facts, places: Sequence[Place], covered: Collection[uuid.UUID]
) -> list[Candidate]:
    if kind == "dealer":
        return _dealers(facts, places, covered)
    if kind == "partner":
        found = _partner(facts, places)
    else:
        found = next((place for place in places if place.kind == kind and place.active), None) or next(
            (place for place in places if place.kind == kind), None
        )
    if found is None:
        return [Candidate(kind, None, False, "nobody_of_this_kind")]
    return [_weigh(kind, found, covered)]


def _dealers(facts: Facts, places: Sequence[Place], covered: Collection[uuid.UUID]) -> list[Candidate]:
    """The dealer named, then any other that the person agreed to."""
    dealers = [place for place in places if place.kind == "dealer"]
    named = [place for place in dealers if place.id == facts.named_id]
    agreed = [place for place in dealers if place.id in covered and place.id != facts.named_id]
    found = [_weigh("dealer", place, covered) for place in (*named, *agreed)]
    return found or [Candidate("dealer", None, False, "not_named")]


def _partner(facts: Facts, places: Sequence[Place]) -> Place | None:
    partners = [place for place in places if place.kind in PARTNER_KINDS]
    named = next((place for place in partners if place.id == facts.named_id), None)
    if named is not None:
        return named
    wanted = "finance_partner" if facts.is_finance else PARTNER_FOR.get(facts.product)
    return next((place for place in partners if place.kind == wanted), None)


def _weigh(kind: str, place: Place, covered: Collection[uuid.UUID]) -> Candidate:
    if not place.active:
        return Candidate(kind, place.id, False, "not_active")
    if place.id not in covered:
        return Candidate(kind, place.id, False, "no_answer_wanted" if place.is_house else "no_consent")
    return Candidate(kind, place.id, True, "passed")


def _held_for(facts: Facts, weighed: Sequence[Candidate]) -> str:
    if facts.contactability == "none":
        return "no_contact"
    if any(candidate.why in ("no_consent", "no_answer_wanted") for candidate in weighed):
        return "no_consent"
    return "no_recipient"


def _why(chosen: Candidate, first_kind: bool, weighed: Sequence[Candidate], places: Sequence[Place]) -> str:
    if first_kind:
        return "by_rule"
    is_house = any(place.id == chosen.recipient_id and place.is_house for place in places)
    refused = any(candidate.why == "no_consent" for candidate in weighed[: weighed.index(chosen)])
    return "house_steps_in" if is_house and refused else "fallback"
