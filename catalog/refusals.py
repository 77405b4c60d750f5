"""Expected answers when somebody wants what cannot be had."""

from datetime import datetime
from typing import Any

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


class VinInUse(Refusal):
    status = 409
    field = "vin"
    says = N_("This VIN belongs to another car already. Compare it with the plate in the windscreen.")


class OfferNotFound(Refusal):
    status = 404
    says = N_("We do not sell this any more.")


class ModelNotFound(Refusal):
    status = 404
    says = N_("We know no such model. It may be listed under another year or trim.")
    remedy_label = N_("See all models")


class DesignNotFound(Refusal):
    status = 404
    says = N_("We know no design with this code. Look at it once more: it reads like MERE-7K3Q-92XN.")


class BuildNotPossible(Refusal):
    status = 409
    says = N_("This combination cannot be built any more. Open it again to see what goes together now.")


class NotOnOfferAnyMore(Refusal):
    """`gone` are the (family, code) pairs that cannot be had."""

    status = 409
    says = N_("A part of this design is not offered any more. Open the design to see what takes its place.")

    def __init__(self, gone: tuple[tuple[str, str], ...] = (), **more: Any) -> None:
        super().__init__(**more)
        self.gone = gone
