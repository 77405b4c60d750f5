"""What leads plug into the house."""

from app.deliveries import DeliveryGivenUp
from app.i18n import N_
from app.wiring import RailItem, Wiring
from checkout.events import CartAbandoned, ContactGiven
from conversations.events import ConversationAnswered, ConversationHandedOver, HelpRequested, TestDriveSettled
from customers.events import AccountSignedIn, ConsentGiven, ConsentWithdrawn
from leads import (
    api,
    api_contract,
    cart_letters,
    claim_letters,
    claim_pages,
    composers,
    customer_panel,
    drive_desk,
    events,
    given_up,
    handed,
    ladder_desk,
    listeners,
    matrix_desk,
    outgoing_desk,
    replays,
    scoring,
    trial_desk,
    trials,
    views,
    waiting,
    working,
)
from leads.commands import leads
from leads.letter_samples import SAMPLES
from leads.tasks import TIMETABLE
from orders.events import OrderPlaced

wiring = Wiring(
    name="leads",
    blueprints=(
        views.blueprint,
        matrix_desk.blueprint,
        customer_panel.blueprint,
        ladder_desk.blueprint,
        drive_desk.blueprint,
        cart_letters.blueprint,
        claim_pages.blueprint,
        api.blueprint,
        api_contract.blueprint,
        outgoing_desk.blueprint,
        trial_desk.blueprint,
    ),
    policies={
        **views.policies,
        **working.policies,
        **matrix_desk.policies,
        **customer_panel.policies,
        **ladder_desk.policies,
        **drive_desk.policies,
        **cart_letters.policies,
        **claim_pages.policies,
        **api.policies,
        **api_contract.policies,
        **outgoing_desk.policies,
        **trial_desk.policies,
    },
    listeners={
        events.LeadOpened: (listeners.route_opened, scoring.count_opened, listeners.wake_leading),
        ContactGiven: (listeners.look_again_after_contact, scoring.count_reachable),
        AccountSignedIn: (listeners.look_again_after_sign_in,),
        ConsentGiven: (listeners.look_again_after_consent,),
        ConsentWithdrawn: (listeners.stop_after_withdrawal,),
        OrderPlaced: (listeners.close_bought,),
        ConversationAnswered: (listeners.note_answers,),
        ConversationHandedOver: (handed.follow,),
        DeliveryGivenUp: (given_up.note,),
        TestDriveSettled: (listeners.note_drives,),
    },
    joined={
        CartAbandoned: (listeners.open_for_abandoned,),
        HelpRequested: (listeners.open_for_help,),
    },
    record_only=(
        events.LeadTaken,
        events.LeadDeclined,
        events.OfferLapsed,
        events.ContactClaimed,
        events.ClaimConfirmed,
        events.ClaimDenied,
        events.AppointmentReported,
        events.LeadNoted,
        events.LeadTouched,
        events.LeadSnoozed,
        events.LeadAssigned,
        events.LeadLinked,
        events.InboxExported,
        events.LeadMoved,
        events.LeadClosed,
        events.RoutingRuleChanged,
        replays.DeliveriesReplayed,
        trials.ChannelsTested,
    ),
    timetable=TIMETABLE,
    commands=leads,
    letters=SAMPLES,
    composers={
        "leads.mail": composers.mail,
        "leads.webhook": composers.webhook,
        "leads.closed": composers.closed,
        "leads.trial_mail": trials.mail,
        "leads.trial_webhook": trials.webhook,
        "leads.claim": claim_letters.ask,
        given_up.KIND: given_up.compose,
    },
    grant_pages={"contact_claim": claim_pages.claim_url},
    rail=(
        RailItem(
            "leads.inbox", "inbox", N_("Leads"), roles=("agent", "admin", "dealer"), waiting=waiting.untaken
        ),
        RailItem("matrix.grid", "swap", N_("Who answers what"), roles=("admin",)),
        RailItem("admin.index", "gear", N_("Administration"), roles=("admin",)),
    ),
)
