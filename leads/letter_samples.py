"""A made-up lead to look at letters with."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from app.i18n import N_, _
from app.letters import Sample
from app.money import Money

NUMBER = "L-2611-00042"
URL = "https://tarn.example/leads/…"


def _opened(at: datetime) -> Mapping[str, Any]:
    return {
        "number": NUMBER,
        "source": _("Cart left"),
        "family": _("New car"),
        "recipient": "Tarn Hangzhou West Lake",
        "why": "…",
        "due_at": at + timedelta(minutes=30),
        "when": "",
        "customer": SimpleNamespace(name="Lin Yue", phone_e164="", email="lin.yue@example.com"),
        "language": "zh",
        "contents": ["Mere Long Range"],
        "value": Money(260_800_00, "CNY"),
        "step": _("payment"),
        "url": URL,
    }


def _closed(at: datetime) -> Mapping[str, Any]:
    return {"number": NUMBER, "url": URL, "recipient": "Tarn Hangzhou West Lake", "outcome": _("won")}


def _claim(at: datetime) -> Mapping[str, Any]:
    return {
        "name": "Lin Yue",
        "recipient": "Tarn Hangzhou West Lake",
        "question": _(
            "%(who)s says they reached you at %(when)s. Right?", who="Tarn Hangzhou West Lake", when="10:40"
        ),
        "link": URL,
    }


def _incident(at: datetime) -> Mapping[str, Any]:
    return {
        "recipient": "Tarn Hangzhou West Lake",
        "kind": "gone",
        "channel": "webhook",
        "when": "10:40",
        "house": "https://tarn.example",
    }


SAMPLES: Mapping[str, Sample] = {
    "leads/mail/opened.txt": Sample(N_("A lead for a recipient"), _opened),
    "leads/mail/closed.txt": Sample(N_("The lead is settled"), _closed),
    "leads/mail/passed_on.txt": Sample(N_("The lead has gone on to somebody else"), _closed),
    "leads/mail/claim.txt": Sample(N_("The buyer is asked whether somebody was in touch"), _claim),
    "leads/mail/incident.txt": Sample(N_("A recipient cannot be told"), _incident),
    "leads/mail/trial.txt": Sample(N_("A test of the connection"), _closed),
    "leads/mail/withdrawn.txt": Sample(N_("Consent taken back"), _closed),
}
