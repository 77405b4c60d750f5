"""What partners refuse, in the customer's words."""

from app.errors import Refusal
from app.i18n import N_


class SlotTaken(Refusal):
    says = N_("That time has just been taken. Choose another one; nothing else has changed.")
    field = "slot"


class SlotNotFound(Refusal):
    status = 404
    says = N_("We do not know that time. Choose one of the times shown.")
    field = "slot"


class SignInRefused(Refusal):
    status = 422
    says = N_("E-mail and password do not fit together.")
