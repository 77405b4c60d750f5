"""Expected answers when somebody wants what cannot be had."""

from datetime import datetime

from app.errors import Refusal
from app.i18n import N_
from app.pages import time


class VehicleNotFound(Refusal):
    status = 404
    says = N_("We have no such car on offer. It may have been sold.")


class VehicleGone(Refusal):
    status = 409
    says = N_("This car has just gone. There are others like it in stock.")
    remedy_label = N_("See the cars in stock")


class VehicleAlreadyHeld(Refusal):
    """`until` is when it may be free again, None when it is reserved for good."""

    status = 409
    says = N_("This car is being held for somebody else until %(until)s. Try again then, or choose another.")
    remedy_label = N_("See the cars in stock")

    def __init__(self, until: datetime) -> None:
        super().__init__(until=time(until))
        self.until = until


class TooManyHolds(Refusal):
    status = 409
    says = N_("You are holding %(most)s cars already. Let one go before you take another.")


class HoldLapsed(Refusal):
    status = 409
    says = N_("The hold on this car is over and somebody else has taken it.")


class OfferNotFound(Refusal):
    status = 404
    says = N_("We do not sell this any more.")


class ModelNotFound(Refusal):
    status = 404
    says = N_("We know no such model. It may be listed under another year or trim.")
    remedy_label = N_("See all models")
