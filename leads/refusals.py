"""What cannot be done with a lead, and what to do instead."""

from app.errors import Refusal
from app.i18n import N_


class LeadIsClosed(Refusal):
    says = N_("This lead is closed: %(outcome)s. Nothing was changed.")


class MoveNotPossible(Refusal):
    says = N_("This lead is %(status)s; that step does not follow from there. Nothing was changed.")


class ReasonNeeded(Refusal):
    status = 422
    field = "reason"
    says = N_("Say why it was lost, so that the next one is not.")


class RuleLoops(Refusal):
    status = 422
    field = "fallback_1"
    says = N_("Nobody can step in for themselves: name each of them once.")


class RuleChangedMeanwhile(Refusal):
    status = 409
    says = N_(
        "Somebody changed this rule while you looked at it. It is shown as it is now; nothing of yours was kept."
    )


class ContactNotYours(Refusal):
    status = 403
    says = N_("No consent holds under which you may see the details.")


class OfferIsGone(Refusal):
    """`who` has it now; nobody's name when the house looks after it."""

    says = N_("The time for this lead has passed: %(who)s has it now. Nothing was changed.")
    says_nobody = N_("The time for this lead has passed; our own desk looks after it. Nothing was changed.")

    def __init__(self, *, who: str) -> None:
        super().__init__(who=who)
        if not who:
            self.says = self.says_nobody


class DeclineReasonNeeded(Refusal):
    status = 422
    field = "reason"
    says = N_("Choose why you decline, so that the next one is asked for a reason.")


class DeclineWordsNeeded(Refusal):
    status = 422
    field = "note"
    says = N_("Say in a few words why; “something else” alone helps nobody.")


class ClaimAnswered(Refusal):
    says = N_("You have answered this already. Nothing was changed.")


class SignatureNotValid(Refusal):
    status = 401
    says = N_(
        "The signature does not fit. Sign id, timestamp and body with your current secret, and send within five minutes."
    )


class KeyNeeded(Refusal):
    status = 422
    field = "Idempotency-Key"
    says = N_("Send an Idempotency-Key of 1 to 100 characters, a new one for each report.")


class KeyUsed(Refusal):
    field = "Idempotency-Key"
    says = N_("This Idempotency-Key was used for another report. Send a new one. Nothing was changed.")


class SnoozeTooLong(Refusal):
    status = 422
    field = "until"
    says = N_("Choose a time within the next %(days)s days.")


class ColleagueNotFound(Refusal):
    status = 422
    field = "colleague"
    says = N_("Choose one of the people shown: nobody else may have this lead.")


class LinkToItself(Refusal):
    status = 409
    says = N_("These two are linked the other way round already. Nothing was changed.")


class NotLinked(Refusal):
    status = 409
    says = N_("There is nothing to take back: this lead stands for itself. Nothing was changed.")


class LinkedMeanwhile(Refusal):
    status = 409
    says = N_("Somebody has linked one of these leads differently since. Nothing was changed.")


class OtherLeadNotFound(Refusal):
    status = 422
    field = "to"
    says = N_("There is no lead %(number)s. Take the number as it stands in the list.")


class TestFirst(Refusal):
    __test__ = False
    says = N_("Test the webhook first: it is switched on again once a test of it has arrived.")
