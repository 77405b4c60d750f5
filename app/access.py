"""Who may call what. Every endpoint has one policy, declared in its context's wiring; one without stops the start."""

import hmac
import ipaddress
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from app import sessions
from app.errors import AccountNeeded, Forbidden, NotFound, NotYours, SignInNeeded
from app.settings import settings

FORM_BESIDE_FILE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Policy:
    """`check` gets the route's arguments and raises a refusal; `csrf` False is for callers that sign their requests.

    `most_bytes` is for the few routes that take a file: how large what is sent may be, beyond what a form takes.
    """

    name: str
    check: Callable[[dict[str, Any]], None]
    csrf: bool = True
    most_bytes: int | None = None


def _anybody(_: dict[str, Any]) -> None:
    return None


PUBLIC = Policy("public", _anybody)
VISITOR = Policy("visitor", _anybody)
"""Anybody, about their own things: the view reads them by the session's visitor, never by an id alone."""
WEBHOOK = Policy("webhook", _anybody, csrf=False)
"""The view verifies the sender's signature over the raw body before anything else."""


def staff(*roles: str) -> Policy:
    def check(_: dict[str, Any]) -> None:
        principal = sessions.current().staff
        if principal is None:
            raise SignInNeeded()
        if not principal.has(*roles):
            raise Forbidden()

    return Policy("staff:" + ",".join(roles), check)


def with_file(policy: Policy, most_bytes: int) -> Policy:
    """The same for a route that takes a file of so many bytes, and the rest of its form."""
    return replace(policy, most_bytes=most_bytes + FORM_BESIDE_FILE_BYTES)


def _signed_in(_: dict[str, Any]) -> None:
    if sessions.current().account_id is None:
        raise AccountNeeded()


ACCOUNT = Policy("account", _signed_in)
"""Whoever proved an address, about their own things."""

Subject = tuple[uuid.UUID, uuid.UUID | None] | tuple[uuid.UUID, uuid.UUID | None, uuid.UUID | None]
"""A thing's id, the visitor it belongs to, and the account, if there is one."""


def grant(kind: str, subject: Callable[[dict[str, Any]], Subject | None]) -> Policy:
    """A thing of one buyer. `subject` finds from the route's arguments its id and whom it belongs to.

    Whoever holds a grant for it may in, or the visitor or account whose own it is; everybody else learns nothing (404).
    """

    def check(arguments: dict[str, Any]) -> None:
        found = subject(arguments)
        state = sessions.current()
        if found is not None:
            subject_id, visitor_id, account_id = (*found, None)[:3]
            if state.holds_grant(kind, subject_id):
                return
            if visitor_id is not None and visitor_id == state.visitor_id:
                return
            if account_id is not None and account_id == state.account_id:
                return
        raise NotFound()

    return Policy(f"grant:{kind}", check)


def _operator(_: dict[str, Any]) -> None:
    token = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(token.encode(), given.encode()):
        return
    if not is_loopback(request.remote_addr):
        raise NotFound()


OPERATOR = Policy("operator", _operator)


def is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def require_recipient(recipient_id: uuid.UUID | None, like: type[NotFound] = NotFound) -> None:
    """Raises NotYours unless the signed-in member of staff works for this recipient, or for the whole house as admin.

    `like` is what an address that nobody has is answered with.
    """
    principal = sessions.current().staff
    if principal is None:
        raise SignInNeeded()
    if principal.has("admin"):
        return
    if recipient_id is None or recipient_id not in principal.recipient_ids:
        raise NotYours(like)
