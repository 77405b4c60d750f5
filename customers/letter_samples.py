"""Made-up facts to look at letters with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.i18n import N_
from app.letters import Sample

LINK = "https://tarn.example/link/…"


def _sign_in(at: datetime) -> Mapping[str, Any]:
    return {"link": LINK, "minutes": 15}


def _passkey_added(at: datetime) -> Mapping[str, Any]:
    return {"name": "Phone", "at": at, "place": "https://tarn.example/account"}


def _new_address(at: datetime) -> Mapping[str, Any]:
    return {"link": LINK, "minutes": 60}


def _address_changed(at: datetime) -> Mapping[str, Any]:
    return {"email": "l•••@e•••.example", "at": at, "place": "https://tarn.example/help"}


SAMPLES: Mapping[str, Sample] = {
    "customers/mail/sign_in.txt": Sample(N_("The sign-in link"), _sign_in),
    "customers/mail/new_address.txt": Sample(N_("Proving a new address"), _new_address),
    "customers/mail/address_changed.txt": Sample(N_("The address was changed"), _address_changed),
    "customers/mail/passkey_added.txt": Sample(N_("A passkey was added"), _passkey_added),
}
