"""What the garage refuses, in the customer's words."""

from app.errors import Refusal
from app.i18n import N_


class CreditsShort(Refusal):
    says = N_("You have %(balance)s credits, this needs %(needed)s. Nothing was taken.")


class NotSpent(Refusal):
    says = N_("There is no such use of credits to give back.")
    status = 404
