"""What conversations plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Wiring
from conversations import console, events, views
from conversations.composers import COMPOSERS
from conversations.listeners import confirm_orders, note_handovers, tell_moved_handovers
from orders.events import HandoverMoved, OrderHandedOver, OrderPlaced

wiring = Wiring(
    name="conversations",
    blueprints=(views.blueprint,),
    policies={**views.policies, **console.policies},
    listeners={
        OrderPlaced: (confirm_orders,),
        OrderHandedOver: (note_handovers,),
        HandoverMoved: (tell_moved_handovers,),
    },
    record_only=(
        events.HelpRequested,
        events.MessageSent,
        events.ConversationTaken,
        events.ConversationAnswered,
        events.ConversationResolved,
    ),
    composers=COMPOSERS,
    grant_pages={"conversation": views.conversation_url},
    rail=(RailItem("conversations.console", "chat", N_("Conversations"), roles=("agent", "admin")),),
    help_endpoint="conversations.ask",
    help_sheet_endpoint="conversations.help_sheet",
)
