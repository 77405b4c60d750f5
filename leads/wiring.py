"""What leads plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Wiring
from checkout.events import CartAbandoned, ContactGiven
from conversations.events import ConversationAnswered, HelpRequested
from customers.events import ConsentGiven, ConsentWithdrawn
from leads import composers, events, listeners, matrix_desk, views
from leads.commands import leads
from leads.tasks import TIMETABLE
from orders.events import OrderPlaced

wiring = Wiring(
    name="leads",
    blueprints=(views.blueprint, matrix_desk.blueprint),
    policies={**views.policies, **matrix_desk.policies},
    listeners={
        events.LeadOpened: (listeners.route_opened,),
        ContactGiven: (listeners.look_again_after_contact,),
        ConsentGiven: (listeners.look_again_after_consent,),
        ConsentWithdrawn: (listeners.stop_after_withdrawal,),
        OrderPlaced: (listeners.close_bought,),
        ConversationAnswered: (listeners.note_answers,),
    },
    joined={
        CartAbandoned: (listeners.open_for_abandoned,),
        HelpRequested: (listeners.open_for_help,),
    },
    record_only=(events.LeadMoved, events.LeadClosed, events.RoutingRuleChanged),
    timetable=TIMETABLE,
    commands=leads,
    composers={
        "leads.mail": composers.mail,
        "leads.webhook": composers.webhook,
        "leads.closed": composers.closed,
    },
    rail=(
        RailItem("leads.inbox", "inbox", N_("Leads"), roles=("agent", "admin", "dealer")),
        RailItem("matrix.grid", "swap", N_("Who answers what"), roles=("admin",)),
    ),
)
