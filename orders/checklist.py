"""The handover checklist: what must be true before a car changes hands. Pure rules; rows are in models.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.i18n import N_

BALANCE = "balance_received"
ODOMETER = "odometer_read"
KEYS = "keys_counted"
CHARGE = "charge_read"
SIGNATURES = "signatures"

MOST_KM = 999_999
MOST_KEYS = 9


@dataclass(frozen=True)
class Item:
    """`takes` tells what is written down with the tick: nothing, a number of keys, kilometres, percent, a bank reference,
    or both signatures.
    """

    key: str
    name: str
    about: str
    takes: str = "nothing"
    before_ready: bool = False


ITEMS: tuple[Item, ...] = (
    Item(
        "papers_ready",
        N_("Papers ready"),
        N_("Plates, registration, insurance, both copies to sign"),
        before_ready=True,
    ),
    Item("car_prepared", N_("Car prepared"), N_("Inspected, charged, cleaned"), before_ready=True),
    Item(KEYS, N_("Keys counted"), N_("How many go with the car"), takes="keys", before_ready=True),
    Item("charging_kit", N_("Charging kit in the car"), N_("Cable, adapter, card"), before_ready=True),
    Item(
        BALANCE,
        N_("Balance received"),
        N_("Closes by itself when the buyer pays online"),
        takes="reference",
        before_ready=True,
    ),
    Item("identity_checked", N_("Identity checked"), N_("The buyer, against the order")),
    Item(ODOMETER, N_("Odometer read"), N_("In the buyer’s presence"), takes="kilometres"),
    Item(CHARGE, N_("State of charge read"), N_("Percent, as the car shows it"), takes="percent"),
    Item("walk_through", N_("Car explained"), N_("Driving, assistance, what to do after a breakdown")),
    Item("charging_explained", N_("Charging explained"), N_("At home, on the road, with the card")),
    Item("app_explained", N_("App set up"), N_("The buyer’s phone opens the car")),
    Item(SIGNATURES, N_("Both signatures"), N_("The buyer’s and yours"), takes="signatures"),
)

BY_KEY: Mapping[str, Item] = {item.key: item for item in ITEMS}


def missing_before_ready(open_keys: Iterable[str]) -> tuple[Item, ...]:
    """What stops a car from standing ready, in the order of the list."""
    wanted = set(open_keys)
    return tuple(item for item in ITEMS if item.before_ready and item.key in wanted)


def missing_before_handover(open_keys: Iterable[str]) -> tuple[Item, ...]:
    wanted = set(open_keys)
    return tuple(item for item in ITEMS if item.key in wanted)


def closed_share(open_keys: Iterable[str], at_stake: Iterable[Item] = ITEMS) -> int:
    """Percent of the items that are closed, rounded down."""
    wanted, all_items = set(open_keys), tuple(at_stake)
    closed = sum(1 for item in all_items if item.key not in wanted)
    return closed * 100 // len(all_items)
