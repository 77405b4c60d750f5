"""A made-up invitation to look at the letter with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.i18n import N_
from app.letters import Sample
from partners.invitations import LIFE


def _invitation(at: datetime) -> Mapping[str, Any]:
    return {
        "by": "He Yan",
        "days": LIFE.days,
        "link": "https://tarn.example/link/…",
        "house": "https://tarn.example",
    }


def _address_changed(at: datetime) -> Mapping[str, Any]:
    return {"name": "Xu Rui", "house": "https://tarn.example"}


SAMPLES: Mapping[str, Sample] = {
    "partners/mail/invitation.txt": Sample(N_("The invitation to work here"), _invitation),
    "partners/mail/address_changed.txt": Sample(
        N_("Staff: another address to sign in with"), _address_changed
    ),
}
