"""What to do now with a lead: a pure rule over what is known, with the reason. It advises and never acts."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.i18n import N_

ACTIONS = ("message", "confirm_slot", "call", "write", "ask_consent", "look_again", "settle", "wait")
HEADLINES: Mapping[str, str] = {
    "message": N_("Answer %(name)s in the conversation."),
    "confirm_slot": N_("Confirm the test drive with %(name)s."),
    "call": N_("Call %(name)s."),
    "write": N_("Write to %(name)s and send the cart along."),
    "ask_consent": N_("Ask %(name)s whether somebody may answer."),
    "look_again": N_("Try %(name)s again at another time of day, or write."),
    "settle": N_("Close it when it is decided."),
    "wait": N_("Nothing yet: nobody knows how to reach %(name)s."),
}
WHY: Mapping[str, str] = {
    "waits_in_thread": N_("The last word in the conversation is theirs."),
    "slot_booked": N_("A time is booked, and a confirmed one is kept more often."),
    "call_wished": N_("A call was asked for."),
    "payment_trouble": N_("It stopped at the payment, and that is quickest sorted out by voice."),
    "phone_known": N_("There is a number and a yes to being answered."),
    "wrong_number": N_("The number was wrong; the e-mail address is left."),
    "mail_only": N_("There is an e-mail address and no number."),
    "tried_often": N_("Nobody answered the last tries."),
    "no_consent": N_("No consent holds: without a yes nobody may use the details."),
    "no_contact": N_("It is looked at again when contact details are given."),
    "was_reached": N_("%(name)s was reached."),
}
MANY_TRIES = 2


@dataclass(frozen=True)
class ActionFacts:
    """`may_contact`: a consent holds under which whoever looks may use the contact details."""

    status: str
    has_phone: bool = False
    has_email: bool = False
    may_contact: bool = False
    waits_in_thread: bool = False
    has_thread: bool = False
    slot_booked: bool = False
    call_wished: bool = False
    payment_trouble: bool = False
    no_answers: int = 0
    wrong_number: bool = False


@dataclass(frozen=True)
class Action:
    key: str
    why: str

    @property
    def headline(self) -> str:
        return HEADLINES[self.key]

    @property
    def reason(self) -> str:
        return WHY[self.why]


def next_action(facts: ActionFacts) -> Action:
    if facts.waits_in_thread:
        return Action("message", "waits_in_thread")
    if facts.status == "contacted":
        return Action("settle", "was_reached")
    if not facts.may_contact:
        return _without_consent(facts)
    if facts.no_answers >= MANY_TRIES:
        return Action("look_again", "tried_often")
    if facts.slot_booked:
        return Action("confirm_slot", "slot_booked")
    if facts.has_phone and not facts.wrong_number:
        if facts.call_wished:
            return Action("call", "call_wished")
        return Action("call", "payment_trouble" if facts.payment_trouble else "phone_known")
    if facts.has_email:
        return Action("write", "wrong_number" if facts.wrong_number else "mail_only")
    return Action("wait", "no_contact")


def _without_consent(facts: ActionFacts) -> Action:
    if facts.has_thread or facts.has_phone or facts.has_email:
        return Action("ask_consent", "no_consent")
    return Action("wait", "no_contact")
