"""Handing a conversation to a dealer: asked of the buyer by one tap where no consent names that dealer yet.

The conversation's row must be locked in every verb.
"""

import uuid
from datetime import datetime

from sqlalchemy import select

from app.db import session
from app.events import Actor, record
from app.i18n import _, speaking
from app.ids import uuid7
from conversations import answering
from conversations.cards import ThreadCard
from conversations.events import ConversationHandedOver, HandOverAsked, HandOverDeclined
from conversations.hand_overs import HandOver
from conversations.models import Conversation
from conversations.refusals import AlreadyAsked, AlreadyWithDealer, DealerNotKnown, NothingAsked
from customers import consents
from customers.consent_texts import SHARE
from customers.models import Consent, Customer
from partners.models import HOME_MARKET, Recipient


def hand_over(
    mine: Conversation,
    dealer: Recipient | None,
    reason: str,
    summary: str,
    staff_id: uuid.UUID,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> HandOver:
    """At once where the buyer agreed to this dealer before; else the buyer is asked, and it waits. The same key is one.

    Raises DealerNotKnown, AlreadyAsked and AlreadyWithDealer.
    """
    same = select(HandOver).where(HandOver.conversation_id == mine.id, HandOver.client_key == key)
    before = session().scalars(same).one_or_none()
    if before is not None:
        return before
    if dealer is None or not dealer.is_dealer or not dealer.active:
        raise DealerNotKnown()
    if HandOver.asked_in(mine.id) is not None:
        raise AlreadyAsked()
    consent = consents.covering(mine.customer_id, dealer)
    if mine.handed_to_id == dealer.id and consent is not None:
        raise AlreadyWithDealer(name=dealer.name_shown)
    given = HandOver(
        client_key=key,
        conversation_id=mine.id,
        recipient_id=dealer.id,
        staff_id=staff_id,
        reason=reason,
        summary=summary,
        state="asking" if consent is None else "done",
        consent_id=consent.id if consent else None,
        decided_at=at if consent else None,
    )
    session().add(given)
    session().flush()
    if consent is not None:
        _go_over(mine, given, dealer, consent, actor, at)
    else:
        _ask(mine, given, dealer, staff_id, actor, at)
    return given


def agree(mine: Conversation, given: HandOver, language: str, actor: Actor, at: datetime) -> HandOver:
    """The buyer's one tap: a consent that names the dealer, then the dealer has it. Raises NothingAsked."""
    if given.state != "asking":
        raise NothingAsked()
    dealer = session().get_one(Recipient, given.recipient_id)
    consent = Consent.record(
        mine.customer_id or _introduced(mine, dealer),
        SHARE,
        True,
        dealer.id,
        method="help",
        language=language,
        evidence={"hand_over": given.id},
        actor=actor,
        at=at,
    )
    given.state, given.consent_id, given.decided_at = "done", consent.id, at
    _go_over(mine, given, dealer, consent, actor, at)
    return given


def decline(mine: Conversation, given: HandOver, actor: Actor, at: datetime) -> HandOver:
    """The buyer stays with the house; nothing was told to anybody. Raises NothingAsked."""
    if given.state != "asking":
        raise NothingAsked()
    given.state, given.decided_at = "declined", at
    with speaking(mine.language):
        mine.note(_("You stay with us. Nothing was passed on."), uuid7(), at)
    record(
        HandOverDeclined(
            conversation_id=mine.id,
            hand_over_id=given.id,
            recipient_id=given.recipient_id,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )
    return given


def take_back(mine: Conversation, given: HandOver | None, at: datetime) -> None:
    """The desk does not ask any more. Raises NothingAsked."""
    if given is None or given.state != "asking":
        raise NothingAsked()
    given.state, given.decided_at = "withdrawn", at
    with speaking(mine.language):
        mine.note(_("The question whether a dealer may go on was taken back."), uuid7(), at)


def dealers_for(mine: Conversation) -> list[Recipient]:
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    return list(Recipient.dealers(known.market_key if known else HOME_MARKET))


def _ask(
    mine: Conversation, given: HandOver, dealer: Recipient, staff_id: uuid.UUID, actor: Actor, at: datetime
) -> None:
    with speaking(mine.language):
        says = _(
            "%(dealer)s could go on with this. May we show them our conversation?", dealer=dealer.name_shown
        )
        title = _("Share with %(name)s", name=dealer.name_shown)
    message = answering.answer(mine, staff_id, says, uuid7(), actor, at)
    session().add(
        ThreadCard(
            conversation_id=mine.id, message_id=message.id, kind="share", title=title, hand_over_id=given.id
        )
    )
    session().flush()
    record(
        HandOverAsked(
            conversation_id=mine.id,
            hand_over_id=given.id,
            recipient_id=dealer.id,
            staff_id=staff_id,
            reason=given.reason,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )


def _go_over(
    mine: Conversation, given: HandOver, dealer: Recipient, consent: Consent, actor: Actor, at: datetime
) -> None:
    mine.handed_to_id = dealer.id
    with speaking(mine.language):
        mine.note(_("%(dealer)s goes on with this conversation.", dealer=dealer.name_shown), uuid7(), at)
    record(
        ConversationHandedOver(
            conversation_id=mine.id,
            hand_over_id=given.id,
            recipient_id=dealer.id,
            consent_id=consent.id,
            staff_id=given.staff_id,
            reason=given.reason,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )


def _introduced(mine: Conversation, dealer: Recipient) -> uuid.UUID:
    """Somebody who told no name is somebody all the same, so that the yes stands with a person."""
    customer = Customer.introduce("", None, None, mine.language, dealer.market_key, mine.visitor_id)
    mine.customer_id = customer.id
    return customer.id
