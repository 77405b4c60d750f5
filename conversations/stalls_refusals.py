"""What an offer of help is refused for, in words for whoever made it."""

from app.errors import NotFound, Refusal
from app.i18n import N_


class StallIsOver(Refusal):
    says = N_("This buyer went on or left in the meantime. Nothing was offered.")


class NeverOverPayment(Refusal):
    says = N_("This buyer is paying. Nothing is put over a payment; help can be offered once they are back.")


class OfferedAlready(Refusal):
    says = N_("Help was offered here already. It is offered once, and nobody is asked twice.")


class TalksAlready(Refusal):
    says = N_("This buyer is in a conversation with us already. Write there; it reaches them where they are.")


class WantsNoOffers(Refusal):
    says = N_("This buyer declined help. Nothing is offered before %(until)s.")


class OfferIsOver(NotFound):
    says = N_("This offer has passed. Ask us whenever you like.")
