"""What conversations say no to, and what to do then."""

from app.errors import Refusal
from app.i18n import N_


class ConversationIsOver(Refusal):
    says = N_("This conversation is settled. It opens again when somebody writes.")


class TestDriveNotOffered(Refusal):
    says = N_("This car cannot be driven any more; it is sold or on its way. Ask us for one like it.")
    remedy_label = N_("See the cars in stock")
