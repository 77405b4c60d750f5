"""Letters about an account."""

import uuid

from app import clock
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.letters import letter
from app.settings import settings
from customers import address, proof
from customers.address import AddressChange
from customers.masking import masked_email
from customers.models import Customer, Passkey


def compose_sign_in(delivery: Delivery) -> Mail | Withhold:
    asked = proof.request_of(delivery.subject_id)
    if asked is None or asked.used_at is not None:
        return Withhold("signed in with another link")
    at = clock.now()
    if asked.created_at + proof.WAITS < at:
        return Withhold("asked for too long ago")
    return letter(
        "customers/mail/sign_in.txt",
        asked.email,
        asked.language,
        link=proof.link(asked.mint(at), asked.language),
        minutes=int(proof.LIFE.total_seconds() // 60),
    )


def compose_passkey_added(delivery: Delivery) -> Mail | Withhold:
    key = session().get(Passkey, uuid.UUID(delivery.payload["passkey_id"]))
    account = session().get(Customer, delivery.subject_id)
    if key is None or account is None or account.email is None:
        return Withhold("the passkey is gone again")
    return letter(
        "customers/mail/passkey_added.txt",
        account.email,
        account.language,
        name=key.name,
        at=key.created_at,
        place=f"{settings().public_url.rstrip('/')}/{account.language}/account",
    )


def compose_new_address(delivery: Delivery) -> Mail | Withhold:
    wish = session().get(AddressChange, delivery.subject_id)
    if wish is None or not wish.is_open:
        return Withhold("the new address was proved or taken back")
    at = clock.now()
    if wish.created_at + address.WAITS < at:
        return Withhold("asked for too long ago")
    return letter(
        "customers/mail/new_address.txt",
        wish.email,
        wish.language,
        link=address.link(wish.mint(at), wish.language),
        minutes=int(address.LIFE.total_seconds() // 60),
    )


def compose_address_changed(delivery: Delivery) -> Mail | Withhold:
    wish = session().get(AddressChange, delivery.subject_id)
    if wish is None or wish.used_at is None:
        return Withhold("the account is gone")
    return letter(
        "customers/mail/address_changed.txt",
        wish.old_email,
        wish.language,
        email=masked_email(wish.email) or "",
        at=wish.used_at,
        place=f"{settings().public_url.rstrip('/')}/{wish.language}/help",
    )


COMPOSERS = {
    address.KIND: compose_new_address,
    "customers.address_changed": compose_address_changed,
    "customers.sign_in": compose_sign_in,
    "customers.passkey_added": compose_passkey_added,
}
