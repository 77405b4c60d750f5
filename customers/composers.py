"""Letters about an account."""

import uuid

from app import clock
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.letters import letter
from app.settings import settings
from customers import proof
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


COMPOSERS = {
    "customers.sign_in": compose_sign_in,
    "customers.passkey_added": compose_passkey_added,
}
