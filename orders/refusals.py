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


class ChargeOutOfRange(Refusal):
    status = 422
    field = "value"
    says = N_("Write the state of charge as a whole number between 0 and 100.")


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


class DealerDeclined(Refusal):
    says = N_("This order was declined. The house finds another dealer for it; nothing is prepared here.")


class AnswerGiven(Refusal):
    says = N_("This order is answered already: it is %(answer)s.")


class NoteNeeded(Refusal):
    status = 422
    field = "note"
    says = N_("Write in a few words what the reason is.")


class SameDealer(Refusal):
    status = 422
    field = "recipient"
    says = N_("%(dealer)s has this order already. Choose another dealer.")


class DealerNotFit(Refusal):
    status = 422
    field = "recipient"
    says = N_("%(dealer)s cannot take this order: %(why)s. Choose another dealer.")


class TasksOpen(Refusal):
    says = N_("Still to do: %(tasks)s.")


class TaskNotFound(NotFound):
    says = N_("This order has no such task.")


class TooManyTasks(Refusal):
    field = "what"
    says = N_("An order takes %(most)s tasks. Close one first, or write a note.")


class PhotoNeeded(Refusal):
    status = 422
    field = "photo"
    says = N_("Photo: choose a picture to add.")


class PhotoTooLarge(Refusal):
    status = 413
    field = "photo"
    says = N_("Photo: this file is larger than %(mb)s MB. Take it smaller, or send a smaller copy.")


class PhotoWrongKind(Refusal):
    status = 422
    field = "photo"
    says = N_("Photo: this is no JPEG, PNG or WebP picture. Save it as one of these and add it again.")


class PhotoTooManyPixels(Refusal):
    status = 422
    field = "photo"
    says = N_("Photo: this picture has more than %(megapixels)s million pixels. Send a smaller copy.")


class PhotoBroken(Refusal):
    status = 422
    field = "photo"
    says = N_("Photo: this picture is broken or was cut off on the way. Add it again.")


class TooManyPhotos(Refusal):
    field = "photo"
    says = N_("Photo: an order takes %(most)s photos. Remove one first.")


class PhotoNotFound(NotFound):
    says = N_("This order has no such photo.")


class SignBelow(Refusal):
    says = N_("Both sides sign below; this point closes by itself with the second signature.")


class SignatureNeeded(Refusal):
    status = 422
    field = "strokes"
    says = N_("Signature: sign in the field, or sign by the full name.")


class SignatureNotRead(Refusal):
    status = 422
    field = "strokes"
    says = N_("Signature: it could not be read. Clear the field and sign again.")


class SignatureTooShort(Refusal):
    status = 422
    field = "strokes"
    says = N_("Signature: that is a dot or a short line. Sign with the whole name.")


class AlreadySigned(Refusal):
    says = N_("%(name)s has signed already. Take the signatures back to sign again.")


class ArrivalNotProved(Refusal):
    says = N_("Still open: the arrival at the door. Enter the buyer’s code, or write why there is none.")


class DoorPhotoMissing(Refusal):
    says = N_("Still open: a photo of the car at the door.")


class NotReadyToDrive(Refusal):
    says = N_("Only a car that stands ready and goes to the buyer’s door sets off.")


class AlreadyOnTheWay(Refusal):
    says = N_("This car is on its way already.")


class TooManyDrives(Refusal):
    says = N_("This car set off %(most)s times within a day. Agree another day with the buyer.")


class NotOnTheWay(Refusal):
    says = N_("This car is not on its way. Say first that it sets off.")


class ExpectedTimeNotFit(Refusal):
    status = 422
    field = "expected"
    says = N_("Write when the car arrives today, such as 14:30, later than now.")


class CodeWrong(Refusal):
    status = 422
    field = "code"
    says = N_("Arrival code: this is not the buyer’s code. Tries left: %(left)s.")


class CodeMalformed(Refusal):
    status = 422
    field = "code"
    says = N_("Arrival code: write the six digits that the buyer has.")


class CodeLocked(Refusal):
    field = "code"
    says = N_(
        "Arrival code: five wrong tries. Check who takes the car, and write why it goes without the code."
    )
