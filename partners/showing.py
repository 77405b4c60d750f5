"""The people who work here, in words for their pages."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.i18n import N_, translate
from app.sessions import Role
from partners.invitations import StaffInvitation
from partners.models import Recipient, Staff
from partners.queries import recipients

ROLE_WORDS: Mapping[str, str] = {"agent": N_("Agent"), "admin": N_("Admin"), "dealer": N_("Dealer")}
OPENS: Mapping[str, str] = {
    "agent": N_("Conversations, stalled checkouts, every lead"),
    "admin": N_("Everything: people, places, rules, settings"),
}
LANGUAGES = [("en", "English"), ("zh", "中文")]


@dataclass(frozen=True)
class Person:
    public_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    is_active: bool
    last_signed_in_at: datetime | None
    has_factor: bool
    signed_in: int
    """Live sign-ins."""


@dataclass(frozen=True)
class Waiting:
    """An invitation that nobody has accepted yet."""

    public_id: str
    email: str
    roles: tuple[str, ...]
    sends: int
    expires_at: datetime
    is_over: bool


def role_words(roles: Iterable[Role], places: Mapping[uuid.UUID, Recipient] | None = None) -> tuple[str, ...]:
    """Agent, Admin, and the names of the places."""
    roles = tuple(roles)
    if places is None:
        places = recipients({role.recipient_id for role in roles if role.recipient_id})
    return tuple(_word(role, places) for role in roles)


def people(
    staff: Iterable[Staff], has_factor: Collection[uuid.UUID], signed_in: Mapping[uuid.UUID, int]
) -> list[Person]:
    staff = list(staff)
    places = recipients({role.recipient_id for one in staff for role in one.roles if role.recipient_id})
    return [
        Person(
            one.public_id,
            one.name_shown,
            one.email,
            role_words((Role(role.role, role.recipient_id) for role in one.roles), places),
            one.active,
            one.last_signed_in_at,
            one.id in has_factor,
            signed_in.get(one.id, 0),
        )
        for one in staff
    ]


def waiting(invitations: Iterable[StaffInvitation], at: datetime) -> list[Waiting]:
    invitations = list(invitations)
    places = recipients({r.recipient_id for one in invitations for r in one.roles_told if r.recipient_id})
    return [
        Waiting(
            one.public_id,
            one.email,
            role_words(one.roles_told, places),
            one.sends,
            one.expires_at,
            one.is_over(at),
        )
        for one in invitations
    ]


def word_of(role: str) -> str:
    return translate(ROLE_WORDS[role])


def what_it_opens(role: str) -> str:
    return translate(OPENS[role])


def _word(role: Role, places: Mapping[uuid.UUID, Recipient]) -> str:
    place = places.get(role.recipient_id) if role.recipient_id else None
    return place.name_shown if place is not None else translate(ROLE_WORDS[role.role])
