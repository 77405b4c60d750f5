"""A conversation between a buyer and the house, its messages, and the requests for help that opened it.

waiting (the buyer wrote last) <-> open (answered) -> resolved; a further message of the buyer makes it wait again.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app import live
from app.db import IdModel, session
from app.events import Actor, record
from app.ids import public_id, uuid7
from conversations.calls import CallAttempt, CallBack, DoNotCall
from conversations.canned import CannedAnswer
from conversations.cards import ThreadCard
from conversations.cart_letter import CartLetter
from conversations.demo_cars import DemoCar, TestDrive
from conversations.events import (
    ConversationAnswered,
    ConversationResolved,
    ConversationSnoozed,
    ConversationTaken,
    ConversationTransferred,
    HelpRequested,
    MessageSent,
)
from conversations.hand_overs import HandOver
from conversations.notes import PrivateNote
from conversations.refusals import (
    AnsweredMeanwhile,
    ConversationIsOver,
    OutcomeNeedsWords,
    TakenMeanwhile,
    WroteMeanwhile,
)
from conversations.stalls import Attendance, DeskPresence, HelpOffer, Stall, StallPolicy
from partners.models import Staff

__all__ = [
    "Attendance",
    "CallAttempt",
    "CallBack",
    "CannedAnswer",
    "CartLetter",
    "Conversation",
    "DemoCar",
    "DeskPresence",
    "DoNotCall",
    "HandOver",
    "HelpOffer",
    "HelpRequest",
    "Message",
    "PrivateNote",
    "Stall",
    "StallPolicy",
    "TestDrive",
    "ThreadCard",
]

STATES = ("waiting", "open", "resolved")
KINDS = ("message", "callback", "test_drive")
AUTHORS = ("customer", "agent", "system")
OUTCOMES = ("answered", "bought", "call_agreed", "handed_over", "no_answer", "other")
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
DESK = "desk:house"
"""The room of the list of conversations."""
LONGEST_MESSAGE = 4000

HERE_FOR = timedelta(minutes=2)
"""How long after the page last asked for news its reader counts as still there."""
NOTED_EVERY = timedelta(seconds=30)
SHOWN_FOR = timedelta(days=1)


class Conversation(IdModel):
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'waiting') = (waiting_since IS NOT NULL)", name="waiting_since_somewhen"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_somewhen"),
        CheckConstraint(f"outcome IS NULL OR outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("outcome IS NULL OR state = 'resolved'", name="only_a_settled_one_has_an_outcome"),
        CheckConstraint(
            "outcome IS DISTINCT FROM 'other' OR outcome_note IS NOT NULL", name="other_says_what"
        ),
        Index("ix_conversation_waiting", "waiting_since", "id", postgresql_where="state = 'waiting'"),
        Index("ix_conversation_open", "last_message_at", postgresql_where="state = 'open'"),
        Index("ix_conversation_visitor_id", "visitor_id"),
        Index("ix_conversation_customer_id", "customer_id"),
        Index(
            "ix_conversation_handed_to_id",
            "handed_to_id",
            "last_message_at",
            postgresql_where="handed_to_id IS NOT NULL",
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    visitor_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """The desk that answers."""
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    waiting_since: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Who has taken it."""
    first_reply_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime]
    last_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    buyer_here_at: Mapped[datetime | None]
    """When the buyer's page last asked for news, to the half minute."""
    buyer_read_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    outcome: Mapped[str | None]
    """What the talk came to, once it is settled."""
    outcome_note: Mapped[str | None]
    snoozed_until: Mapped[datetime | None]
    """Out of the list until then, or until the buyer writes."""
    handed_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """The dealer whose people read and answer it too."""

    @classmethod
    def of_public_id(cls, value: str) -> Self | None:
        return session().scalars(select(cls).where(cls.public_id == value)).one_or_none()

    @classmethod
    def latest_of(cls, visitor_id: uuid.UUID | None) -> Self | None:
        """The visitor's newest one that is not settled."""
        if visitor_id is None:
            return None
        mine = select(cls).where(cls.visitor_id == visitor_id, cls.state != "resolved")
        return session().scalars(mine.order_by(cls.last_message_at.desc()).limit(1)).one_or_none()

    @classmethod
    def shown_to(cls, visitor_id: uuid.UUID | None, at: datetime) -> Self | None:
        """The one to go on with: the newest that is not settled, or was settled within the last day."""
        if visitor_id is None:
            return None
        mine = select(cls).where(
            cls.visitor_id == visitor_id, or_(cls.state != "resolved", cls.resolved_at > at - SHOWN_FOR)
        )
        return session().scalars(mine.order_by(cls.last_message_at.desc()).limit(1)).one_or_none()

    @classmethod
    def locked(cls, conversation_id: uuid.UUID) -> Self:
        found = select(cls).where(cls.id == conversation_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()

    def messages(self) -> Sequence["Message"]:
        return (
            session()
            .scalars(select(Message).where(Message.conversation_id == self.id).order_by(Message.seq))
            .all()
        )

    def pages_written_from(self, most: int) -> Sequence[str]:
        """Where the buyer stood when they wrote last, the newest first."""
        theirs = select(Message.page).where(Message.conversation_id == self.id, Message.page.is_not(None))
        found = session().scalars(theirs.order_by(Message.seq.desc()).limit(most)).all()
        return [page for page in found if page]

    def requests(self) -> Sequence["HelpRequest"]:
        """What was asked in it, first things first."""
        asked = select(HelpRequest).where(HelpRequest.conversation_id == self.id)
        return session().scalars(asked.order_by(HelpRequest.id)).all()

    def say(
        self,
        body: str,
        client_key: uuid.UUID,
        actor: Actor,
        at: datetime,
        page: str | None = None,
        step: str | None = None,
    ) -> "Message":
        """The buyer writes, on a page when it is told. The same words under the same key are one message.

        The row must be locked.
        """
        key = self.key_of(body, client_key)
        message, is_new = self._append("customer", None, body, key, at)
        if is_new:
            message.page, message.step = page, step
            self.waiting_since = self.waiting_since or at
            self._reopen("waiting")
            self.snoozed_until = None
            self.buyer_read_seq = message.seq
            self._tell_sent(message, actor)
        return message

    def key_of(self, body: str, client_key: uuid.UUID) -> uuid.UUID:
        """What the message is known by: its form's key, or one of its own when that key stands for other words.

        Whoever got no answer may have changed the words before sending the form again, and both are to be read.
        """
        same = select(Message.body).where(
            Message.conversation_id == self.id, Message.client_key == client_key
        )
        before = session().scalars(same).one_or_none()
        return client_key if before in (None, body) else uuid.uuid5(client_key, body)

    def note(self, body: str, client_key: uuid.UUID, at: datetime) -> "Message":
        """A line of the house itself, such as a time that was booked."""
        return self._append("system", None, body, client_key, at)[0]

    def answer(
        self, staff_id: uuid.UUID, body: str, client_key: uuid.UUID, actor: Actor, at: datetime
    ) -> tuple["Message", bool]:
        """Somebody of the house writes, and has it from now on if nobody had. The row must be locked.

        Tells the message and whether it is new: the same key is the same message.
        """
        message, is_new = self._append("agent", staff_id, body, client_key, at)
        if not is_new:
            return message, False
        self.staff_id = self.staff_id or staff_id
        self.first_reply_at = self.first_reply_at or at
        self.waiting_since = self.snoozed_until = None
        self._reopen("open")
        self._tell_sent(message, actor)
        self.note_answered(message, staff_id, actor, at)
        return message, True

    def called(self, message: "Message", staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
        """Spoken on the phone, as this line of the thread tells: nobody waits any more."""
        self.first_reply_at = self.first_reply_at or at
        self.staff_id = self.staff_id or staff_id
        self.waiting_since = self.snoozed_until = None
        self._reopen("open")
        self.note_answered(message, staff_id, actor, at)

    def note_answered(self, message: "Message", staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
        """Somebody was answered, by this message or by the call that it tells of."""
        record(
            ConversationAnswered(
                conversation_id=self.id,
                message_id=message.id,
                help_request_id=self._answer_request(at),
                staff_id=staff_id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
            ),
            actor,
            at,
        )

    def refuse_second_reply(self, staff_id: uuid.UUID, seen: int | None, client_key: uuid.UUID) -> None:
        """Raises AnsweredMeanwhile when a colleague wrote after what was seen; the same words sent again are let by."""
        if seen is None:
            return
        others = select(Staff).join(Message, Message.author_id == Staff.id)
        mine = select(Message.id).where(Message.conversation_id == self.id, Message.client_key == client_key)
        if session().scalar(mine) is not None:
            return
        colleague = (
            session()
            .scalars(
                others.where(
                    Message.conversation_id == self.id, Message.seq > seen, Message.author_id != staff_id
                )
                .order_by(Message.seq.desc())
                .limit(1)
            )
            .one_or_none()
        )
        if colleague is not None:
            raise AnsweredMeanwhile(name=colleague.name_shown)

    def take(self, staff_id: uuid.UUID, seen: str | None, actor: Actor, at: datetime) -> None:
        """Whoever takes it has it; taken from somebody else it changes hands, by those who saw whose it is.

        `seen` is the public id of whoever had it when it was looked at, "" for nobody; None asks nothing.
        Raises ConversationIsOver and TakenMeanwhile. The row must be locked.
        """
        if self.state == "resolved":
            raise ConversationIsOver()
        if self.staff_id == staff_id:
            return
        holder = session().get(Staff, self.staff_id) if self.staff_id else None
        if seen is not None and holder is not None and holder.public_id != seen:
            raise TakenMeanwhile(name=holder.name_shown)
        self.staff_id = staff_id
        self._ring()
        record(
            ConversationTaken(
                conversation_id=self.id,
                staff_id=staff_id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
            ),
            actor,
            at,
        )

    def give(self, from_id: uuid.UUID, to_id: uuid.UUID, actor: Actor, at: datetime) -> None:
        """Somebody else goes on with it. Raises ConversationIsOver."""
        if self.state == "resolved":
            raise ConversationIsOver()
        if self.staff_id == to_id:
            return
        self.staff_id = to_id
        self._ring()
        record(
            ConversationTransferred(
                conversation_id=self.id,
                from_id=from_id,
                to_id=to_id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
            ),
            actor,
            at,
        )

    def snooze(self, staff_id: uuid.UUID, until: datetime, actor: Actor, at: datetime) -> None:
        """Out of the list until then; a word of the buyer brings it back at once. Raises ConversationIsOver."""
        if self.state == "resolved":
            raise ConversationIsOver()
        self.snoozed_until = until
        self.staff_id = self.staff_id or staff_id
        self._ring()
        record(
            ConversationSnoozed(
                conversation_id=self.id,
                staff_id=staff_id,
                until=until,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
            ),
            actor,
            at,
        )

    def resolve(
        self,
        staff_id: uuid.UUID,
        outcome: str,
        note: str | None,
        seen: int | None,
        actor: Actor,
        at: datetime,
    ) -> None:
        """Settled, with what it came to; a repeat changes nothing. `seen` is how far whoever settles has read.

        Raises WroteMeanwhile, and OutcomeNeedsWords for `other` without any. The row must be locked.
        """
        if self.state == "resolved":
            return
        if seen is not None and self._was_written_after(seen):
            raise WroteMeanwhile()
        if outcome == "other" and not note:
            raise OutcomeNeedsWords()
        self.state, self.waiting_since, self.resolved_at = "resolved", None, at
        self.outcome, self.outcome_note, self.snoozed_until = outcome, note, None
        self.staff_id = self.staff_id or staff_id
        self._ring()
        record(
            ConversationResolved(
                conversation_id=self.id,
                staff_id=staff_id,
                outcome=outcome,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
            ),
            actor,
            at,
        )

    def _was_written_after(self, seq: int) -> bool:
        theirs = select(Message.id).where(
            Message.conversation_id == self.id, Message.seq > seq, Message.author_kind == "customer"
        )
        return session().scalar(theirs.limit(1)) is not None

    def must_note_reader(self, at: datetime) -> bool:
        """Is there anything new to write down about the buyer looking at the page now?"""
        if self.has_news or self.buyer_here_at is None:
            return True
        return at - self.buyer_here_at > NOTED_EVERY

    def note_reader(self, at: datetime) -> None:
        session().execute(
            update(Conversation)
            .where(Conversation.id == self.id)
            .values(
                buyer_here_at=at, buyer_read_seq=func.greatest(Conversation.buyer_read_seq, self.last_seq)
            )
        )

    @property
    def has_news(self) -> bool:
        """Was something written that the buyer has not seen?"""
        return self.buyer_read_seq < self.last_seq

    def buyer_is_here(self, at: datetime) -> bool:
        return self.buyer_here_at is not None and at - self.buyer_here_at <= HERE_FOR

    def _append(
        self, author_kind: str, author_id: uuid.UUID | None, body: str, client_key: uuid.UUID, at: datetime
    ) -> tuple["Message", bool]:
        same = select(Message).where(Message.conversation_id == self.id, Message.client_key == client_key)
        before = session().scalars(same).one_or_none()
        if before is not None:
            return before, False
        self.last_seq += 1
        self.last_message_at = at
        message = Message(
            id=uuid7(),
            conversation_id=self.id,
            seq=self.last_seq,
            client_key=client_key,
            author_kind=author_kind,
            author_id=author_id,
            body=body,
            at=at,
        )
        session().add(message)
        session().flush()
        self._ring()
        return message, True

    def _reopen(self, state: str) -> None:
        self.state, self.resolved_at, self.outcome, self.outcome_note = state, None, None, None

    def ring(self) -> None:
        """Something beside the words has changed."""
        self._ring()

    def _ring(self) -> None:
        """Whoever has it open looks again, and so does the list at the desk."""
        live.ring(live.room("thread", self.public_id), "said")
        live.ring(DESK, "moved")

    def _tell_sent(self, message: "Message", actor: Actor) -> None:
        record(
            MessageSent(
                conversation_id=self.id,
                message_id=message.id,
                seq=message.seq,
                author_kind=message.author_kind,
                visitor_id=self.visitor_id,
                customer_id=self.customer_id,
            ),
            actor,
            message.at,
        )

    def _answer_request(self, at: datetime) -> uuid.UUID | None:
        """Marks what had not been answered yet; tells the request that waited longest."""
        answered = session().scalars(
            update(HelpRequest)
            .where(HelpRequest.conversation_id == self.id, HelpRequest.first_reply_at.is_(None))
            .values(first_reply_at=at)
            .returning(HelpRequest.id)
        )
        return min(answered, default=None)


class Message(IdModel):
    __table_args__ = (
        CheckConstraint(f"author_kind IN {AUTHORS}", name="author_kind"),
        CheckConstraint("(author_kind = 'agent') = (author_id IS NOT NULL)", name="agents_have_names"),
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_MESSAGE}", name="body"),
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_key"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    client_key: Mapped[uuid.UUID]
    author_kind: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str]
    at: Mapped[datetime]
    page: Mapped[str | None]
    """Where its writer stood."""
    step: Mapped[str | None]


class HelpRequest(IdModel):
    """What somebody asked for, where they stood, and what they had in hand then. One per client key, for ever."""

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"family IN {FAMILIES}", name="family"),
        CheckConstraint("(kind = 'test_drive') = (slot_id IS NOT NULL)", name="test_drive_has_its_time"),
        CheckConstraint(
            "kind <> 'test_drive' OR (stock_item_id IS NOT NULL AND recipient_id IS NOT NULL)",
            name="test_drive_names_car_and_dealer",
        ),
        CheckConstraint("wished_from IS NULL OR kind = 'callback'", name="only_a_call_has_a_wished_time"),
        CheckConstraint("(wished_from IS NULL) = (wished_until IS NULL)", name="wished_time_is_whole"),
        Index("ix_help_request_conversation_id", "conversation_id"),
        Index("ix_help_request_visitor_id", "visitor_id"),
        Index("ix_help_request_customer_id", "customer_id"),
        Index("ix_help_request_answered", "first_reply_at", postgresql_where="first_reply_at IS NOT NULL"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    client_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    family: Mapped[str]
    page: Mapped[str]
    step: Mapped[str]
    language: Mapped[str]
    visitor_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent.id"))
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer_order.id"))
    stock_item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stock_item.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot.id"))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """The dealer asked; None when it was the house."""
    wished_from: Mapped[datetime | None]
    wished_until: Mapped[datetime | None]
    snapshot: Mapped[list[dict[str, Any]]]
    """What was in the cart then, an entry a line: kind, sku, title {en, zh}, quantity, price_minor, vin."""
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    answer_due_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]

    @classmethod
    def of_client_key(cls, client_key: uuid.UUID) -> Self | None:
        """The request sent with this key before. Two at once with one key queue here until the first commits."""
        session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(client_key), 0))))
        return session().scalars(select(cls).where(cls.client_key == client_key)).one_or_none()

    def fact(self) -> HelpRequested:
        return HelpRequested(
            help_request_id=self.id,
            conversation_id=self.conversation_id,
            kind=self.kind,
            family=self.family,
            visitor_id=self.visitor_id,
            customer_id=self.customer_id,
            consent_id=self.consent_id,
            cart_id=self.cart_id,
            order_id=self.order_id,
            stock_item_id=self.stock_item_id,
            recipient_id=self.recipient_id,
            page=self.page,
            step=self.step,
            language=self.language,
            value_minor=self.value_minor,
            currency=self.currency,
        )
