"""What conversations say no to, and what to do then."""

from app.errors import Refusal
from app.i18n import N_


class ConversationIsOver(Refusal):
    says = N_("This conversation is settled. It opens again when somebody writes.")


class TestDriveNotOffered(Refusal):
    says = N_("This car cannot be driven any more; it is sold or on its way. Ask us for one like it.")
    remedy_label = N_("See the cars in stock")


class TakenMeanwhile(Refusal):
    says = N_(
        "%(name)s has this conversation since you looked. Read it again, then take it over if you still must."
    )


class AnsweredMeanwhile(Refusal):
    says = N_(
        "%(name)s has answered since you looked. Your words are kept below; send them again if they still help."
    )
    field = "message"


class WroteMeanwhile(Refusal):
    says = N_("The buyer has written since you looked. Read it first; nothing was settled.")


class OutcomeNeedsWords(Refusal):
    status = 422
    says = N_("Say in a few words what it came to.")
    field = "note"


class CardNotFound(Refusal):
    status = 404
    says = N_("That is not in this conversation any more.")


class LinkLeadsElsewhere(Refusal):
    status = 422
    says = N_("Only pages of this shop can be sent, and this address leads elsewhere. Nothing was sent.")
    field = "address"


class PageNotToBeSent(Refusal):
    status = 422
    says = N_(
        "There is no such page to send. Choose a model, a car, a design, a step of the cart or an order of this buyer."
    )
    field = "address"


class NothingToHoldFor(Refusal):
    says = N_("There is no car in this buyer’s cart that a time could be held for.")


class NothingSuggested(Refusal):
    status = 422
    says = N_("Choose what to suggest: a change of a car, a design by its code, a car in stock or a service.")
    field = "what"


class OnlyWhereTheCartIs(Refusal):
    says = N_("Open this where your cart is: in the browser that you filled it in.")


class ColleagueNotFound(Refusal):
    status = 422
    says = N_("Choose one of the colleagues shown.")
    field = "colleague"


class TimeHasPassed(Refusal):
    status = 422
    says = N_("This time has passed. Choose a later one.")
    field = "until"


class AnswerKeyTaken(Refusal):
    status = 422
    says = N_("There is an answer /%(key)s in this language already. Choose another word.")
    field = "key"


class PlaceholderNotKnown(Refusal):
    status = 422
    says = N_("Nothing is put in for %(name)s. Only {name}, {dealer} and {url} are known.")
    field = "body"


class CallNotFound(Refusal):
    status = 404
    says = N_("There is no such call-back.")


class CallIsSettled(Refusal):
    says = N_("This call-back is settled already. Nothing was changed.")


class NoNumberToCall(Refusal):
    says = N_("There is no phone number of this person.")


class MayNotBeCalled(Refusal):
    says = N_("This person did not agree to be called, or took it back.")


class WantsNoCalls(Refusal):
    says = N_("This person said that they do not want calls.")


class TimeNotOurs(Refusal):
    status = 422
    says = N_("This time has passed or is not one of ours. Choose another.")
    field = "wished"


class DealerNotKnown(Refusal):
    status = 422
    says = N_("Choose one of the dealers shown.")
    field = "dealer"


class AlreadyAsked(Refusal):
    says = N_("The buyer is being asked already. Take that back first, or wait for the answer.")


class AlreadyWithDealer(Refusal):
    says = N_("%(name)s goes on with this conversation already.")


class NothingAsked(Refusal):
    says = N_("This question has been answered already. Nothing was changed.")


class DriveNotHeld(Refusal):
    says = N_("This time is not kept any more. Write here and we find another one.")


class DriveNeedsContact(Refusal):
    says = N_(
        "Leave an e-mail address or a phone number below first, so that the dealer can reach you. The time stays kept."
    )


class CarToDriveNotChosen(Refusal):
    status = 422
    says = N_("Choose a car to drive.")
    field = "car"


class NothingInTheCart(Refusal):
    says = N_("There is nothing in this buyer’s cart that a link could lead back to.")


class CartNotTheirs(Refusal):
    says = N_("This cart is not known to be this person’s. Ask for their e-mail address in the conversation.")


class MayNotBeWrittenTo(Refusal):
    says = N_(
        "There is no e-mail address of this person, or no yes to be answered there. Ask for it in the conversation."
    )


class CartSentLately(Refusal):
    says = N_("The cart was sent just now, or three times today. Nothing more was sent.")


class DriveIsSettled(Refusal):
    says = N_("This test drive is settled already: %(how)s. Nothing was changed.")


class DriveNotBegun(Refusal):
    says = N_("This test drive has not begun yet. Say how it went once it has, or cancel it.")


class DriveWordsNeeded(Refusal):
    status = 422
    says = N_("Say in a few words why it is cancelled; the buyer reads it.")
    field = "note"
