"""What customers plug into the house."""

from app import clock
from app.access import VISITOR
from app.db import transaction
from app.wiring import Sweep, Wiring
from customers import account_pages, address, address_pages, entrance, passkeys, proof, views
from customers.composers import COMPOSERS
from customers.events import (
    AccountProved,
    AddressChanged,
    AddressChangeWanted,
    ConsentGiven,
    ConsentWithdrawn,
    ContactRevealed,
    PasskeyAdded,
    PasskeyRemoved,
)
from customers.letter_samples import SAMPLES
from customers.listeners import tell_of_addresses, tell_of_passkeys


def _forget_sign_ins() -> int:
    with transaction():
        at = clock.now()
        return proof.purge(at) + passkeys.purge(at) + address.purge(at)


wiring = Wiring(
    name="customers",
    blueprints=(views.blueprint, entrance.blueprint, account_pages.blueprint, address_pages.blueprint),
    policies={
        "customers.your_consents": VISITOR,
        "customers.take_back": VISITOR,
        **entrance.policies,
        **account_pages.policies,
        **address_pages.policies,
    },
    record_only=(
        AccountProved,
        AddressChangeWanted,
        ConsentGiven,
        ConsentWithdrawn,
        ContactRevealed,
        PasskeyRemoved,
    ),
    listeners={PasskeyAdded: (tell_of_passkeys,), AddressChanged: (tell_of_addresses,)},
    timetable=(Sweep("customers.old_sign_ins", every_s=3600, run=_forget_sign_ins),),
    letters=SAMPLES,
    composers=COMPOSERS,
)
