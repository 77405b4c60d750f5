"""Letters that follow what happened to an account."""

from collections.abc import Sequence

from app import deliveries
from app.events import Recorded
from customers.events import AddressChanged, PasskeyAdded


def tell_of_passkeys(events: Sequence[Recorded[PasskeyAdded]]) -> None:
    """Somebody whose session was stolen hears of a key that they did not make."""
    for added in events:
        deliveries.queue(
            "customers.passkey_added",
            recipient_key=f"customer:{added.event.customer_id}",
            subject_id=added.event.customer_id,
            payload={"passkey_id": str(added.event.passkey_id)},
            key=f"customers.passkey_added:{added.event.passkey_id}",
        )


def tell_of_addresses(events: Sequence[Recorded[AddressChanged]]) -> None:
    """The earlier address hears of it: somebody who did not ask for this must not find out by silence."""
    for changed in events:
        deliveries.queue(
            "customers.address_changed",
            recipient_key=f"address:{changed.event.change_id}",
            subject_id=changed.event.change_id,
            payload={"change_id": str(changed.event.change_id)},
            key=f"customers.address_changed:{changed.event.change_id}",
        )
