"""What a shared cart refuses, in the words of whoever looks at it."""

from app.errors import Refusal
from app.i18n import N_


class NoLongerShared(Refusal):
    status = 410
    says = N_("This cart is no longer shared. Ask whoever sent you the link for a new one.")


class CartHasBecomeAnOrder(Refusal):
    says = N_("This cart has been ordered, so nothing in it changes any more.")


class InvitationNotFound(Refusal):
    status = 404
    says = N_("That link does not open your cart any more.")


class PersonNotFound(Refusal):
    status = 404
    says = N_("That person is not in your cart any more.")


class TooManyGuests(Refusal):
    says = N_("%(most)s people look at this cart already. Whoever shared it can take somebody off the list.")


class TooManyLinks(Refusal):
    says = N_("There are %(most)s open links to this cart already. Stop one of them first.")


class TooManyComments(Refusal):
    says = N_("This cart holds %(most)s comments already, and that is as many as it takes.")


class CommentNotFound(Refusal):
    status = 404
    says = N_("That comment is not in this cart any more.")


class AlreadyDecided(Refusal):
    says = N_("That suggestion has been decided already. Nothing was changed.")


class LineHasLeft(Refusal):
    says = N_("%(name)s is not in the cart any more, so this cannot be taken up.")


class NothingToSuggest(Refusal):
    status = 422
    says = N_("Choose something that differs from what is in the cart.")


class NotThisLine(Refusal):
    status = 422
    says = N_("This can be suggested for a car that is being configured only.")


class SavedLineNotFound(Refusal):
    status = 404
    says = N_("That is not saved for later any more.")


class NoOtherPlan(Refusal):
    status = 422
    says = N_("There is no such plan to change to. Choose one of those shown.")
    field = "sku"


class CarIsGone(Refusal):
    says = N_("This car cannot be had any more. Choose one like it.")
