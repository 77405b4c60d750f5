"""What checkout refuses, in the buyer's words."""

from app.errors import Refusal
from app.i18n import N_


class CartBeingPaid(Refusal):
    """Two ways out are offered beside it: on to the payment, or stop it and edit."""

    says = N_(
        "This cart is being paid for in another tab or window, so it cannot change now. Nothing was changed."
    )
    remedy_label = N_("Go on to payment, or stop it and edit")


class CartAlreadyOrdered(Refusal):
    says = N_("This cart has already become an order. Nothing was charged again.")
    remedy_label = N_("See your order")


class CartChanged(Refusal):
    says = N_("The cart or a price changed since you looked. Nothing was charged; these are the figures now.")
    remedy_label = N_("Look it over")


class CartEmpty(Refusal):
    says = N_("There is nothing in your cart yet.")
    remedy_label = N_("See what is in stock")


class StepMissing(Refusal):
    says = N_("One step before this is still open.")
    remedy_label = N_("Go to that step")


class LineNotFound(Refusal):
    status = 404
    says = N_("That line is not in your cart any more.")


class QuantityNotPossible(Refusal):
    status = 422
    says = N_("You can have 1 to %(most)s of this.")
    field = "quantity"


class CarsAtTwoDealers(Refusal):
    says = N_(
        "This car stands at %(here)s and the one in your cart at %(there)s. Order them one after the other."
    )


class SoldInAnotherMarket(Refusal):
    """Prices, papers and dealers are of one market; what is in another stays there, in a cart of its own."""

    says = N_("This is sold in another market. A cart holds what one market sells; change the market first.")
    remedy_label = N_("Change the market")


class StartNotAgreed(Refusal):
    status = 422
    says = N_("Something here would start today. Tick that you want that, or take it out of the cart.")
    field = "start_now"


class OptionNotHere(Refusal):
    """`field` is the family that the wrong code was given for; the remedy opens the nearest build there is."""

    status = 422
    says = N_(
        "%(option)s is not to be had on this car. Open it in the configurator and choose from what is there."
    )
    remedy_label = N_("Open the configurator")


class DealerNotHere(Refusal):
    status = 422
    says = N_("No dealer of that name hands cars over here. Choose one from the list.")
    field = "dealer"


class DealerIsGiven(Refusal):
    """A car in stock is handed over where it stands, and what comes with it, too."""

    says = N_("The car from stock stands at %(name)s, so everything in this cart is handed over there.")
    field = "dealer"


class FeatureNeedsCar(Refusal):
    says = N_("%(name)s works in a car. Put the car into the cart first, or choose one that you own.")
    remedy_label = N_("See what is in stock")


class FeatureNeedsOwnCar(Refusal):
    says = N_("%(name)s is bought by the day. Add it once the car is yours.")


class FeatureNotForThisCar(Refusal):
    status = 404
    says = N_("That car is not in your cart and not in your garage.")
    field = "vehicle"


class HoldHasLapsed(Refusal):
    says = N_("The time we held %(name)s for you is over. Hold it again or take it out, then pay.")
    remedy_label = N_("Go to your cart")


class NotDeliveredHere(Refusal):
    status = 422
    says = N_("%(name)s does not deliver to the door. Choose handover at the dealer.")
    field = "method"


class SlotDoesNotFit(Refusal):
    status = 422
    says = N_(
        "That time belongs to another place or another way of handing over. Choose one of the times shown."
    )
    field = "slot"


class SlotTooEarly(Refusal):
    status = 422
    says = N_("The car is not ready by then. Choose one of the times shown.")
    field = "slot"


class NothingToHandOver(Refusal):
    status = 422
    says = N_("There is no car in this cart, so there is nothing to hand over.")


class PaymentNotFound(Refusal):
    status = 404
    says = N_("There is no such payment here.")


class PaymentUnderWay(Refusal):
    says = N_(
        "The bank is working on your payment. We will write to you as soon as it answers; nothing else to do."
    )


class NothingDue(Refusal):
    says = N_("There is nothing left to pay on this order.")
    remedy_label = N_("See your order")


class NobodyAsked(Refusal):
    status = 422
    says = N_("This purchase is shared with nobody of that name. Reload the page and choose again.")
    field = "share"
