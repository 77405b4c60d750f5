"""A conversation went to a dealer: what was opened by it goes there too, under the same consent."""

from collections.abc import Sequence

from sqlalchemy import select

from app.db import session
from app.events import Recorded
from conversations.events import ConversationHandedOver
from customers import consents
from leads.dispatching import hand_to
from leads.models import Lead
from leads.statuses import OPEN
from partners.models import Recipient


def follow(events: Sequence[Recorded[ConversationHandedOver]]) -> None:
    """The open leads of the conversation, as far as the yes still holds. What is there already stays as it is."""
    for recorded in events:
        event = recorded.event
        dealer = session().get_one(Recipient, event.recipient_id)
        consent = consents.covering(event.customer_id, dealer)
        if consent is None:
            continue
        theirs = select(Lead).where(Lead.conversation_id == event.conversation_id, Lead.status.in_(OPEN))
        for lead in session().scalars(theirs.order_by(Lead.id).with_for_update(key_share=True)).all():
            if lead.recipient_id == dealer.id:
                continue
            if lead.customer_id is None:
                lead.customer_id = event.customer_id
            hand_to(lead, dealer, consent, recorded.at)
