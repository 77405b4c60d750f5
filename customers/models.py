"""The person who buys, and the ledger of consents."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, ids
from app.db import IdModel, session
from app.events import Actor, record
from customers import consent_texts
from customers.address import AddressChange
from customers.consent_texts import PURPOSES
from customers.events import ConsentGiven, ConsentWithdrawn
from customers.passkeys import Passkey, PasskeyChallenge
from customers.proof import SignInRequest
from customers.reveals import ContactReveal
from partners.models import Recipient

__all__ = [
    "AddressChange",
    "Consent",
    "ContactReveal",
    "Customer",
    "Passkey",
    "PasskeyChallenge",
    "SignInRequest",
    "normalised_email",
]

METHODS = ("checkout", "help", "test_drive", "consents_page", "staff")


def normalised_email(email: str | None) -> str | None:
    return email.strip().lower() or None if email else None


class Customer(IdModel):
    """Who buys, as told by the person. Until verified, a record belongs to one visitor and to nobody else: a typed
    e-mail never opens what another person with that e-mail has.

    The record of an address that was proved is the account: it is verified, nobody's visit, and its own `account_id`.
    What guests told under that address points at it from then on, and no form changes it any more.
    """

    __table_args__ = (
        Index(
            "uq_customer_visitor_id",
            "visitor_id",
            unique=True,
            postgresql_where="visitor_id IS NOT NULL AND verified_at IS NULL AND account_id IS NULL",
        ),
        Index("uq_customer_verified_email", "email", unique=True, postgresql_where="verified_at IS NOT NULL"),
        Index("ix_customer_visitor", "visitor_id"),
        Index("ix_customer_account", "account_id"),
        Index("ix_customer_email", "email"),
        Index("ix_customer_phone_e164", "phone_e164"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    name: Mapped[str]
    email: Mapped[str | None]
    phone_e164: Mapped[str | None]
    language: Mapped[str]
    visitor_id: Mapped[uuid.UUID | None]
    verified_at: Mapped[datetime | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())

    @classmethod
    def introduce(
        cls,
        name: str,
        email: str | None,
        phone: str | None,
        language: str,
        market_key: str,
        visitor_id: uuid.UUID | None,
        account_id: uuid.UUID | None = None,
    ) -> "Customer":
        """The visitor's own record, made or brought up to date; what is not told now keeps what was told before.

        With `account_id`, of whoever is signed in meanwhile, it is the account's record of this visit.
        """
        told = {
            "name": name,
            "email": normalised_email(email),
            "phone_e164": phone or None,
            "language": language,
        }
        if account_id is not None:
            return cls._introduce_signed_in(told, market_key, visitor_id, account_id)
        fresh = insert(cls).values(
            id=ids.uuid7(), public_id=ids.public_id(), market_key=market_key, visitor_id=visitor_id, **told
        )
        kept = fresh.on_conflict_do_update(
            index_elements=[cls.visitor_id],
            index_where=(cls.visitor_id.is_not(None) & cls.verified_at.is_(None) & cls.account_id.is_(None)),
            set_={
                "name": func.coalesce(func.nullif(fresh.excluded.name, ""), cls.name),
                "email": func.coalesce(fresh.excluded.email, cls.email),
                "phone_e164": func.coalesce(fresh.excluded.phone_e164, cls.phone_e164),
                "language": fresh.excluded.language,
                "updated_at": clock.sql_now,
            },
        )
        return session().scalars(kept.returning(cls), execution_options={"populate_existing": True}).one()

    @classmethod
    def _introduce_signed_in(
        cls,
        told: Mapping[str, str | None],
        market_key: str,
        visitor_id: uuid.UUID | None,
        account_id: uuid.UUID,
    ) -> "Customer":
        known = session().scalars(
            select(cls)
            .where(cls.account_id == account_id, cls.visitor_id == visitor_id, cls.verified_at.is_(None))
            .order_by(cls.created_at.desc())
            .limit(1)
            .with_for_update(key_share=True)
        )
        customer = known.one_or_none()
        if customer is None:
            customer = cls(
                id=ids.uuid7(), market_key=market_key, visitor_id=visitor_id, account_id=account_id, name=""
            )
            session().add(customer)
        for column, value in told.items():
            if value:
                setattr(customer, column, value)
        customer.updated_at = clock.now()
        session().flush()
        return customer

    @classmethod
    def of_visitor(cls, visitor_id: uuid.UUID | None) -> "Customer | None":
        if visitor_id is None:
            return None
        wanted = select(cls).where(cls.visitor_id == visitor_id).order_by(cls.created_at.desc()).limit(1)
        return session().scalars(wanted).one_or_none()

    @property
    def first_contact(self) -> str:
        """The way this person can be reached: email, phone or none."""
        return "email" if self.email else "phone" if self.phone_e164 else "none"


class Consent(IdModel):
    """One row per yes or no, never changed. What holds now is the latest row of a purpose and recipient, by `seq`."""

    __table_args__ = (
        CheckConstraint(f"purpose IN ({', '.join(map(repr, PURPOSES))})", name="purpose"),
        CheckConstraint(
            "(purpose = 'share_with_recipient') = (recipient_id IS NOT NULL)",
            name="sharing_names_its_recipient",
        ),
        CheckConstraint(f"method IN ({', '.join(map(repr, METHODS))})", name="method"),
        Index("ix_consent_latest", "customer_id", "purpose", "recipient_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    purpose: Mapped[str]
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    granted: Mapped[bool]
    text_version: Mapped[str]
    text_hash: Mapped[str]
    language: Mapped[str]
    method: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    @classmethod
    def record(
        cls,
        customer_id: uuid.UUID,
        purpose: str,
        granted: bool,
        recipient_id: uuid.UUID | None = None,
        *,
        method: str,
        language: str,
        evidence: Mapping[str, Any],
        actor: Actor,
        at: datetime | None = None,
    ) -> "Consent":
        """Writes the yes or no, with the text that was shown. The same answer on the same evidence is written once."""
        recipient = session().get_one(Recipient, recipient_id) if recipient_id else None
        text = consent_texts.wording(purpose, language, recipient)
        proof = {name: str(value) for name, value in evidence.items()}
        session().execute(
            select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True)
        )
        before = cls.latest(customer_id, purpose, recipient_id)
        if before and (before.granted, before.text_hash, before.evidence) == (granted, text.hash, proof):
            return before
        consent = cls(
            customer_id=customer_id,
            purpose=purpose,
            recipient_id=recipient_id,
            granted=granted,
            text_version=text.version,
            text_hash=text.hash,
            language=text.language,
            method=method,
            evidence=proof,
            at=at or clock.now(),
        )
        session().add(consent)
        session().flush()
        consent._tell(before, actor)
        return consent

    @classmethod
    def latest(
        cls, customer_id: uuid.UUID, purpose: str, recipient_id: uuid.UUID | None = None
    ) -> "Consent | None":
        wanted = select(cls).where(
            cls.customer_id == customer_id,
            cls.purpose == purpose,
            cls.recipient_id.is_not_distinct_from(recipient_id),
        )
        return session().scalars(wanted.order_by(cls.seq.desc()).limit(1)).one_or_none()

    def _tell(self, before: "Consent | None", actor: Actor) -> None:
        """Facts for others; a no that was never a yes is none."""
        if not self.granted and not (before and before.granted):
            return
        fact = ConsentGiven if self.granted else ConsentWithdrawn
        record(
            fact(
                customer_id=self.customer_id,
                consent_id=self.id,
                purpose=self.purpose,
                recipient_id=self.recipient_id,
            ),
            actor,
            self.at,
        )
