"""What conversations plug into the house."""

from datetime import datetime

from app.i18n import N_
from app.wiring import RailItem, Wiring
from conversations import (
    agent_desk,
    answers_desk,
    call_promises,
    calls_desk,
    card_answers,
    cart_again,
    cart_mail,
    console,
    dealer_threads,
    demo_answers,
    demo_car_desk,
    demo_fleet,
    demo_talks,
    events,
    handing_over,
    stalls_events,
    stalls_settings,
    stalls_sweep,
    stalls_views,
    texts_desk,
    thread_listeners,
    views,
    waiting,
)
from conversations.cart_letter import GRANT
from conversations.composers import COMPOSERS
from conversations.letter_samples import SAMPLES
from conversations.listeners import confirm_orders, note_handovers, tell_moved_handovers
from orders.events import HandoverMoved, OrderHandedOver, OrderPlaced


def _demo(at: datetime) -> None:
    demo_answers.demo(at)
    demo_fleet.demo(at)
    demo_talks.demo(at)


wiring = Wiring(
    name="conversations",
    blueprints=(
        views.blueprint,
        demo_car_desk.blueprint,
        texts_desk.blueprint,
        stalls_views.blueprint,
        stalls_settings.blueprint,
        cart_again.blueprint,
    ),
    policies={
        **views.policies,
        **console.policies,
        **demo_car_desk.policies,
        **texts_desk.policies,
        **stalls_views.policies,
        **stalls_settings.access,
        **agent_desk.policies,
        **answers_desk.policies,
        **call_promises.policies,
        **calls_desk.policies,
        **card_answers.policies,
        **cart_again.policies,
        **dealer_threads.policies,
    },
    listeners={
        OrderPlaced: (confirm_orders,),
        OrderHandedOver: (note_handovers,),
        HandoverMoved: (tell_moved_handovers,),
        **handing_over.LISTENERS,
        **thread_listeners.LISTENERS,
    },
    record_only=(
        events.HelpRequested,
        events.MessageSent,
        events.ConversationTaken,
        events.ConversationAnswered,
        events.ConversationResolved,
        events.LetterReworded,
        *events.AT_THE_DESK,
        *stalls_events.RECORDED,
    ),
    timetable=stalls_sweep.TIMETABLE,
    composers={**COMPOSERS, **handing_over.COMPOSERS, **cart_mail.COMPOSERS},
    letters=SAMPLES,
    grant_pages={"conversation": views.conversation_url, GRANT: cart_again.page_of},
    rail=(
        RailItem(
            "conversations.console",
            "chat",
            N_("Conversations"),
            roles=("agent", "admin"),
            waiting=waiting.at_desk,
        ),
        RailItem(
            "conversations.calls", "phone", N_("Call-backs"), roles=("agent", "admin"), waiting=waiting.calls
        ),
        RailItem(
            "conversations.dealer_threads",
            "chat",
            N_("Handed to us"),
            roles=("dealer",),
            waiting=waiting.at_dealers,
        ),
        RailItem("demo_cars.listed", "wheel", N_("Demo cars"), roles=("dealer",)),
    ),
    demo=_demo,
    help_endpoint="conversations.ask",
    help_sheet_endpoint="conversations.help_sheet",
)
