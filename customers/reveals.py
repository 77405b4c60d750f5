"""Looking at contact data: with a reason, by name, for a quarter of an hour, and written down for good."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.errors import Forbidden, Refusal
from app.events import Actor, record
from app.i18n import N_
from customers.events import ContactRevealed
from customers.masking import masked_email, masked_phone

REASONS = ("call_back", "handover", "dispute", "other")
WORDS = {
    "call_back": N_("To call or write back"),
    "handover": N_("To arrange the handover"),
    "dispute": N_("A payment is disputed"),
    "other": N_("Another reason"),
}
SUBJECTS = ("lead", "order", "thread", "cart")
SHOWN_FOR = timedelta(minutes=15)
LONGEST_NOTE = 200


class ReasonUnknown(Refusal):
    status = 422
    says = N_("Say why you need the contact: choose one of the reasons shown.")
    field = "reason"


class NoteNeeded(Refusal):
    status = 422
    says = N_("Write in a few words why you need the contact.")
    field = "note"


class NoteTooLong(Refusal):
    status = 422
    says = N_("Shorten this to %(max_length)s characters.")
    field = "note"


@dataclass(frozen=True)
class Contact:
    """Empty strings stand for what was never told."""

    phone: str
    email: str
    is_masked: bool = False


class ContactReveal(IdModel):
    """Somebody on the staff looked. Never changed, never removed before the customer is."""

    __table_args__ = (
        CheckConstraint("reason IN ('call_back', 'handover', 'dispute', 'other')", name="reason"),
        CheckConstraint("subject_kind IN ('lead', 'order', 'thread', 'cart')", name="subject_kind"),
        CheckConstraint("reason <> 'other' OR note IS NOT NULL", name="other_says_why"),
        Index("ix_contact_reveal_customer", "customer_id", "at"),
        Index("ix_contact_reveal_staff", "staff_id", "subject_id", "at"),
    )

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    reason: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime]


class Reachable(Protocol):
    """Somebody with the two ways to reach them."""

    @property
    def phone_e164(self) -> str | None: ...

    @property
    def email(self) -> str | None: ...


class Person(Reachable, Protocol):
    """The same with the id under which each look is written down."""

    @property
    def id(self) -> uuid.UUID: ...


def reveal(
    customer: Person,
    subject_kind: str,
    subject_id: uuid.UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> Contact:
    """The contact as it is, with the row that says who looked, at what and why. The caller has checked that this
    person may see the subject. Once more within the quarter of an hour adds nothing.

    Raises ReasonUnknown, NoteNeeded, NoteTooLong, and Forbidden for anybody but staff; then nothing is written.
    """
    if actor.kind != "staff" or actor.id is None:
        raise Forbidden()
    if subject_kind not in SUBJECTS:
        raise ValueError(subject_kind)
    if reason not in REASONS:
        raise ReasonUnknown()
    note = " ".join(note.split())
    if reason == "other" and not note:
        raise NoteNeeded()
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(max_length=LONGEST_NOTE)
    staff_id = uuid.UUID(actor.id)
    if not is_revealed(customer.id, staff_id, subject_id, at):
        session().add(
            ContactReveal(
                customer_id=customer.id,
                staff_id=staff_id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                reason=reason,
                note=note or None,
                at=at,
            )
        )
        session().flush()
        record(
            ContactRevealed(
                customer_id=customer.id,
                staff_id=staff_id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                reason=reason,
            ),
            actor,
            at,
        )
    return plain(customer)


def shown(customer: Person, staff_id: uuid.UUID, subject_id: uuid.UUID, at: datetime) -> Contact:
    """What this person sees on this subject's page now: plain after a reveal that is young enough, else masked."""
    return plain(customer) if is_revealed(customer.id, staff_id, subject_id, at) else masked(customer)


def is_revealed(customer_id: uuid.UUID, staff_id: uuid.UUID, subject_id: uuid.UUID, at: datetime) -> bool:
    return revealed_until(customer_id, staff_id, subject_id, at) is not None


def revealed_until(
    customer_id: uuid.UUID, staff_id: uuid.UUID, subject_id: uuid.UUID, at: datetime
) -> datetime | None:
    """When the plain contact is covered again; None when it is covered."""
    looked_at = session().scalar(
        select(ContactReveal.at)
        .where(
            ContactReveal.staff_id == staff_id,
            ContactReveal.subject_id == subject_id,
            ContactReveal.customer_id == customer_id,
            ContactReveal.at > at - SHOWN_FOR,
        )
        .order_by(ContactReveal.at.desc())
        .limit(1)
    )
    return looked_at + SHOWN_FOR if looked_at else None


def plain(customer: Reachable) -> Contact:
    return Contact(customer.phone_e164 or "", customer.email or "")


def masked(customer: Reachable) -> Contact:
    return Contact(masked_phone(customer.phone_e164), masked_email(customer.email), is_masked=True)
