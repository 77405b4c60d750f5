"""What an order does not do, said so that the reader knows the way on."""

from app.errors import NotFound, Refusal
from app.i18n import N_


class OrderNotFound(NotFound):
    says = N_("There is no such order, or it is not open to you.")


class MoveNotAllowed(Refusal):
    """The order stands elsewhere by now: somebody else moved it, or the step is not the next one."""

    says = N_("This order is %(status)s. From there it cannot become %(wanted)s.")


class ChecklistOpen(Refusal):
    says = N_("Still open: %(items)s.")


class ItemNotFound(NotFound):
    says = N_("This checklist has no such item.")


class ItemNeedsValue(Refusal):
    status = 422
    field = "value"
    says = N_("Write down what was read or counted.")


class OdometerOutOfRange(Refusal):
    status = 422
    field = "value"
    says = N_("Write the kilometres as a whole number between 0 and 999,999.")


class ReferenceNeeded(Refusal):
    status = 422
    field = "reference"
    says = N_("Write the reference of the transfer, as the bank gives it.")


class ReferenceUsed(Refusal):
    """A payment with this reference stands already, for another order or another amount."""

    field = "reference"
    says = N_("A payment with this reference is already booked.")


class MoreThanOwed(Refusal):
    says = N_("That is more than is open on this order.")


class OrderClosed(Refusal):
    says = N_("This order is %(status)s. Nothing on it changes any more.")


class ReasonNeeded(Refusal):
    status = 422
    field = "why"
    says = N_("Write why.")


class CarNotBuilt(Refusal):
    says = N_("%(car)s has no VIN yet. Enter it once the car is built, then prepare it.")


class VinNotValid(Refusal):
    status = 422
    field = "vin"
    says = N_("A VIN has 17 capitals and digits, without I, O and Q. This has %(length)s.")


class VinMistyped(Refusal):
    status = 422
    field = "vin"
    says = N_("A character of this VIN is wrong: its check digit does not fit. Compare it with the car.")


class VinAlreadyAssigned(Refusal):
    """Somebody was quicker, or it is to be another number now: that is a correction, and says which one it replaces."""

    field = "vin"
    says = N_("This car has the VIN %(vin)s already. Nothing was changed.")


class VinIsFixed(Refusal):
    field = "vin"
    says = N_("Preparation has begun on %(vin)s. Its number does not change any more.")


class NotBuiltHere(Refusal):
    status = 404
    says = N_("This order has no such car to build.")


class CancelWindowOver(Refusal):
    says = N_(
        "You could cancel by yourself until %(date)s. After that it takes a person: ask us, and we look at it with you."
    )


class TooLateToMove(Refusal):
    says = N_("The handover can be moved until the day before. Call %(dealer)s, a person can still help.")


class NoSuchWay(Refusal):
    status = 422
    field = "method"
    says = N_("%(dealer)s does not bring this car. Take it over there.")


class DayTooEarly(Refusal):
    status = 422
    field = "slot"
    says = N_("The car is not ready by then. Choose one of the times shown.")


class OrderChangedMeanwhile(Refusal):
    says = N_(
        "Something on this order has changed since you looked. Here is how it stands now; nothing was done."
    )


class AddressNeeded(Refusal):
    status = 422
    field = "street"
    says = N_("Fill this in, so that the car finds you.")


class NothingOrdered(Refusal):
    says = N_("There is nothing in this order.")
