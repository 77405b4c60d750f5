"""What staff were refused, written down where it matters."""

import uuid
from datetime import datetime

from flask import request

from app import clock, sessions
from app.db import transaction
from app.errors import Forbidden, NotYours, Refusal
from app.events import Actor, record
from partners.events import AccessRefused


def refused(staff_id: uuid.UUID, endpoint: str, subject: str | None, actor: Actor, at: datetime) -> None:
    """Somebody asked for what another place has, or for a page of another role. `subject` is an id, never a name.

    In the open transaction.
    """
    record(AccessRefused(staff_id=staff_id, endpoint=endpoint, subject=subject), actor, at)


def note_refusal(refusal: Refusal) -> None:
    """For the house: after a request came to nothing, what of it must be remembered."""
    if not isinstance(refusal, NotYours | Forbidden):
        return
    principal = sessions.current().staff
    if principal is None:
        return
    named = (request.view_args or {}).get("public_id")
    told = refusal.subject if isinstance(refusal, NotYours) else None
    subject = told or (str(named)[:40] if named else None)
    with transaction():
        refused(
            principal.id,
            request.endpoint or "",
            subject,
            Actor("staff", str(principal.id)),
            clock.now(),
        )
