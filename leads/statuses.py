"""The words of a lead: where it comes from, what it is about, how far it is."""

from collections.abc import Mapping

from app.i18n import N_

KINDS = ("abandoned_cart", "help_request")
"""What a lead was made from: together with the id of that signal, unique."""

SOURCES = (
    "abandoned_cart",
    "help_request",
    "callback",
    "test_drive",
    "chat_handover",
    "agent_enquiry",
    "finance_request",
)
SOURCE_NAMES: Mapping[str, str] = {
    "abandoned_cart": N_("Cart left"),
    "help_request": N_("Asked a person"),
    "callback": N_("Asked to be called"),
    "test_drive": N_("Test drive"),
    "chat_handover": N_("Handed over by the chat"),
    "agent_enquiry": N_("Asked an agent"),
    "finance_request": N_("Asked about finance"),
}

FAMILIES = (
    "vehicle_new",
    "vehicle_used",
    "charging",
    "credits",
    "subscription",
    "feature",
    "partner_product",
    "none",
)
FAMILY_NAMES: Mapping[str, str] = {
    "vehicle_new": N_("New car"),
    "vehicle_used": N_("Used car"),
    "charging": N_("Charging"),
    "credits": N_("Credits"),
    "subscription": N_("Car subscription"),
    "feature": N_("Feature"),
    "partner_product": N_("Partner product"),
    "none": N_("Nothing in particular"),
}
FAMILY_GROUPS: Mapping[str, tuple[str, ...]] = {
    "cars": ("vehicle_new", "vehicle_used"),
    "services": ("charging", "credits", "subscription", "feature"),
    "partners": ("partner_product",),
}

CONTACTABILITIES = ("none", "email", "phone")

STATUSES = ("new", "routed", "held", "accepted", "contacted", "won", "lost", "closed")
OPEN = ("new", "routed", "held", "accepted", "contacted")
WAITING = ("new", "routed", "held")
"""Nobody has taken it up yet."""
STATUS_NAMES: Mapping[str, str] = {
    "new": N_("new"),
    "routed": N_("waiting for an answer"),
    "held": N_("held"),
    "accepted": N_("taken up"),
    "contacted": N_("contacted"),
    "won": N_("won"),
    "lost": N_("lost"),
    "closed": N_("closed"),
}

MOVES: Mapping[str, tuple[str, ...]] = {
    "new": ("routed", "held", "contacted", "won", "lost", "closed"),
    "routed": ("held", "accepted", "contacted", "won", "lost", "closed"),
    "held": ("routed", "contacted", "won", "lost", "closed"),
    "accepted": ("contacted", "won", "lost", "closed"),
    "contacted": ("held", "won", "lost", "closed"),
}

OUTCOMES = ("converted_self", "converted_assisted", "won", "lost", "expired")
OUTCOME_NAMES: Mapping[str, str] = {
    "converted_self": N_("bought without anybody's help"),
    "converted_assisted": N_("bought after somebody had answered"),
    "won": N_("won"),
    "lost": N_("lost"),
    "expired": N_("could never be reached"),
}

STEP_NAMES: Mapping[str, str] = {
    "cart": N_("the cart"),
    "contact": N_("contact details"),
    "handover": N_("choosing the handover"),
    "review": N_("the last look"),
    "pay": N_("payment"),
    "order": N_("an order"),
    "browse": N_("looking around"),
    "configure": N_("building a car"),
}
