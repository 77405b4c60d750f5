"""What partners refuse, in the customer's words."""

import uuid

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
    """One answer to every wrong pair; `why` and `staff_id` are for the audit alone."""

    status = 422
    says = N_("E-mail and password do not fit together.")

    def __init__(self, why: str = "password", staff_id: uuid.UUID | None = None) -> None:
        super().__init__()
        self.why, self.staff_id = why, staff_id


class ChangedMeanwhile(Refusal):
    status = 409
    says = N_("Somebody else has changed this meanwhile. Look at it as it is now, and change it again.")
