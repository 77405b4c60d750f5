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


class NothingOrdered(Refusal):
    says = N_("There is nothing in this order.")
