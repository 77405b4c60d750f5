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
