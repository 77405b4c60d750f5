"""Trouble with recipients as the house reads it: at the recipient, for operation, on the first page of administration."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from app.db import session
from app.i18n import N_, _, translate
from app.pages import datetime as shown_datetime
from partners import incidents
from partners.models import Recipient

WORDS: Mapping[tuple[str, str], str] = {
    ("gone", "webhook"): N_("The webhook of %(name)s is switched off: it answered %(when)s that it is gone."),
    ("dead", "webhook"): N_("Calls to the webhook of %(name)s have been given up since %(when)s."),
    ("dead", "mail"): N_("Mails to %(name)s have been given up since %(when)s."),
}


@dataclass(frozen=True)
class Notice:
    words: str
    told: str
    url: str
    is_gone: bool


def notices(recipient_id: uuid.UUID | None = None) -> list[Notice]:
    """Two statements, however much is wrong."""
    found = incidents.open_ones(recipient_id)
    if not found:
        return []
    ids = {one.recipient_id for one in found}
    places = {one.id: one for one in session().scalars(select(Recipient).where(Recipient.id.in_(ids)))}
    return [_notice(one, places[one.recipient_id]) for one in found]


def _notice(one: incidents.RecipientIncident, place: Recipient) -> Notice:
    words = WORDS[one.kind, one.channel]
    return Notice(
        words=translate(words, name=place.name_shown, when=shown_datetime(one.began_at)),
        told=_("Its contact was written to.")
        if one.told
        else _("Nobody there could be written to: call them."),
        url=url_for("recipients.recipient", public_id=place.public_id),
        is_gone=one.kind == "gone",
    )
