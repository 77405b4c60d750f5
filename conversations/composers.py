"""What each letter says at the moment it is sent, and when it is not sent after all."""

import uuid
from typing import Any

from app import clock, grants
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.i18n import speaking
from app.letters import letter
from conversations.models import HERE_FOR, Conversation, Message
from customers.consent_texts import ANSWER_ME
from customers.models import Consent, Customer
from orders.models import Order
from partners.models import Recipient, Slot, Staff


def compose_answer(delivery: Delivery) -> Mail | Withhold:
    """Not to somebody who read it on the page, nor while they may still be reading there."""
    message = session().get_one(Message, uuid.UUID(delivery.payload["message_id"]))
    conversation = session().get_one(Conversation, message.conversation_id)
    if conversation.buyer_read_seq >= message.seq:
        return Withhold("read on the page")
    at = clock.now()
    if conversation.buyer_here_at is not None and conversation.buyer_is_here(at):
        return Withhold("the reader is on the page", until=conversation.buyer_here_at + HERE_FOR)
    customer = session().get_one(Customer, conversation.customer_id)
    if customer.email is None:
        return Withhold("no e-mail address")
    consent = Consent.latest(customer.id, ANSWER_ME)
    if consent is None or not consent.granted:
        return Withhold("no consent to be answered")
    author = session().get(Staff, message.author_id)
    with speaking(conversation.language):
        name = author.name_shown if author is not None else ""
    return letter(
        "conversations/mail/answer.txt",
        customer.email,
        conversation.language,
        name=customer.name,
        agent=name,
        words=message.body,
        link=grants.link(grants.mint("conversation", conversation.id), conversation.language),
    )


def compose_confirmation(delivery: Delivery) -> Mail | Withhold:
    return order_letter("order_placed", session().get_one(Order, delivery.subject_id))


def compose_handed_over(delivery: Delivery) -> Mail | Withhold:
    return order_letter("order_handed_over", session().get_one(Order, delivery.subject_id))


def compose_handover_moved(delivery: Delivery) -> Mail | Withhold:
    """As it stands when the letter goes: of two moves in a row only the later is told."""
    order = session().get_one(Order, delivery.subject_id)
    if order.is_cancelled:
        return Withhold("the order was cancelled")
    return order_letter("handover_moved", order)


def order_letter(name: str, order: Order, **more: Any) -> Mail | Withhold:
    """A letter to whoever bought, with the order as it stands and the link that opens it."""
    customer = session().get_one(Customer, order.customer_id)
    if customer.email is None:
        return Withhold("no e-mail address")
    return letter(
        f"conversations/mail/{name}.txt",
        customer.email,
        order.language,
        name=customer.name,
        order=order,
        slot=session().get(Slot, order.slot_id) if order.slot_id else None,
        dealer=session().get(Recipient, order.recipient_id) if order.recipient_id else None,
        link=grants.link(grants.mint("order", order.id), order.language),
        **more,
    )


COMPOSERS = {
    "conversations.answer": compose_answer,
    "orders.confirmation": compose_confirmation,
    "orders.handed_over": compose_handed_over,
    "orders.handover_moved": compose_handover_moved,
}
