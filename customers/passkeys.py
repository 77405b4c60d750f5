"""Passkeys: keys that stay in the buyer's device and sign a challenge of ours (WebAuthn Level 2).

A challenge is used up by the first answer to it, right or wrong, and only the browser that got it may answer.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import webauthn
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from webauthn.helpers import generate_challenge, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app import clock, ids
from app.db import IdModel, session
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import N_
from customers.events import PasskeyAdded, PasskeyRemoved
from customers.relying_party import RelyingParty, relying_party

REGISTRATION, SIGN_IN = "registration", "sign_in"
CHALLENGE_LIFE = timedelta(minutes=15)
MOST = 10
"""Passkeys of one account."""
BRAND = "Tarn"


class PasskeyRefused(Refusal):
    status = 422
    says = N_("This passkey was not accepted. Try again, or sign in by mail.")


class TooManyPasskeys(Refusal):
    says = N_("Ten passkeys are the most. Remove one that you no longer use.")


class Passkey(IdModel):
    __table_args__ = (
        CheckConstraint("sign_count >= 0", name="sign_count"),
        Index("ix_passkey_customer", "customer_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    """The account."""
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    is_backed_up: Mapped[bool]
    name: Mapped[str]
    last_used_at: Mapped[datetime | None]

    @classmethod
    def of_account(cls, account_id: uuid.UUID) -> list["Passkey"]:
        return list(
            session().scalars(select(cls).where(cls.customer_id == account_id).order_by(cls.created_at))
        )

    @classmethod
    def own(cls, account_id: uuid.UUID, public_id: str) -> "Passkey | None":
        return (
            session()
            .scalars(select(cls).filter_by(customer_id=account_id, public_id=public_id))
            .one_or_none()
        )

    @classmethod
    def remove_all(cls, account_id: uuid.UUID) -> None:
        session().execute(delete(cls).where(cls.customer_id == account_id))

    def remove(self, actor: Actor) -> None:
        session().delete(self)
        session().flush()
        record(PasskeyRemoved(customer_id=self.customer_id, passkey_id=self.id), actor)


class PasskeyChallenge(IdModel):
    __table_args__ = (
        CheckConstraint("purpose IN ('registration', 'sign_in')", name="purpose"),
        Index("ix_passkey_challenge_expires", "expires_at"),
    )

    purpose: Mapped[str]
    asked_by: Mapped[bytes]
    """The account that registers, or the browser that signs in."""
    challenge: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]

    @classmethod
    def make(cls, purpose: str, asked_by: bytes, at: datetime) -> bytes:
        challenge = generate_challenge()
        session().add(
            cls(purpose=purpose, asked_by=asked_by, challenge=challenge, expires_at=at + CHALLENGE_LIFE)
        )
        session().flush()
        return challenge

    @classmethod
    def take(cls, purpose: str, asked_by: bytes, challenge: bytes) -> bool:
        """Uses the challenge up; False when there is none such, or not for this asker."""
        taken = session().execute(
            delete(cls)
            .where(
                cls.challenge == challenge,
                cls.purpose == purpose,
                cls.asked_by == asked_by,
                cls.expires_at > clock.sql_now,
            )
            .returning(cls.id)
        )
        return taken.first() is not None


def registration_options(account_id: uuid.UUID, email: str, name: str, at: datetime) -> str:
    """What the browser needs to make a key, as JSON. Raises TooManyPasskeys."""
    known = Passkey.of_account(account_id)
    if len(known) >= MOST:
        raise TooManyPasskeys()
    options = webauthn.generate_registration_options(
        rp_id=_party().id,
        rp_name=BRAND,
        user_id=account_id.bytes,
        user_name=email,
        user_display_name=name or email,
        challenge=PasskeyChallenge.make(REGISTRATION, account_id.bytes, at),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_descriptor(key) for key in known],
    )
    return webauthn.options_to_json(options)


def register(
    account_id: uuid.UUID, credential: Mapping[str, Any], challenge: bytes, name: str, actor: Actor
) -> Passkey:
    """Keeps the new key. `challenge` was taken by the caller, in a transaction of its own. Raises PasskeyRefused."""
    if len(Passkey.of_account(account_id)) >= MOST:
        raise TooManyPasskeys()
    try:
        verified = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=_party().id,
            expected_origin=_party().origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as refused:
        raise PasskeyRefused() from refused
    key = Passkey(
        id=ids.uuid7(),
        public_id=ids.public_id(),
        customer_id=account_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(credential),
        is_backed_up=verified.credential_backed_up,
        name=name,
    )
    session().add(key)
    try:
        session().flush()
    except IntegrityError as known:
        raise PasskeyRefused() from known
    record(PasskeyAdded(customer_id=account_id, passkey_id=key.id), actor)
    return key


def sign_in_options(browser: bytes, at: datetime) -> str:
    """What the browser needs to find a key of ours, as JSON; it names no account."""
    options = webauthn.generate_authentication_options(
        rp_id=_party().id,
        challenge=PasskeyChallenge.make(SIGN_IN, browser, at),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


def identify(credential: Mapping[str, Any], challenge: bytes, at: datetime) -> uuid.UUID:
    """Whose key signed the challenge, taken by the caller. Raises PasskeyRefused, whatever was wrong."""
    try:
        credential_id = webauthn.base64url_to_bytes(str(credential["rawId"]))
        key = (
            session()
            .scalars(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())
            .one_or_none()
        )
        if key is None:
            raise PasskeyRefused()
        verified = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=_party().id,
            expected_origin=_party().origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
        handle = credential["response"].get("userHandle")
        if not handle or webauthn.base64url_to_bytes(handle) != key.customer_id.bytes:
            raise PasskeyRefused()
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as refused:
        raise PasskeyRefused() from refused
    key.sign_count, key.last_used_at = verified.new_sign_count, at
    key.is_backed_up = verified.credential_backed_up
    session().flush()
    return key.customer_id


def challenge_of(credential: Mapping[str, Any]) -> bytes:
    """The challenge that an answer says it answers; raises PasskeyRefused for what is no answer at all."""
    try:
        told = webauthn.base64url_to_bytes(credential["response"]["clientDataJSON"])
        return parse_client_data_json(told).challenge
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as refused:
        raise PasskeyRefused() from refused


def purge(at: datetime) -> int:
    """Drops challenges that nobody answered; tells how many."""
    gone = session().execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < at))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _party() -> RelyingParty:
    party = relying_party()
    if party is None:
        raise PasskeyRefused()
    return party


def _descriptor(key: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=key.credential_id, transports=[AuthenticatorTransport(way) for way in key.transports]
    )


def _transports(credential: Mapping[str, Any]) -> list[str]:
    told = credential["response"].get("transports") or []
    known = {way.value for way in AuthenticatorTransport}
    return [way for way in told if isinstance(way, str) and way in known] if isinstance(told, list) else []
