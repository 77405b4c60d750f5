"""The inbox: every tab walks an index in the order it is shown, a screenful at a time, whatever the number of leads.

A tab is one stream of leads, or a few that are read side by side (each place of a dealer with several, each family).
Signals of one person that went to the same place are one row: the first of them, with how many there are.
"""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, text, tuple_, union_all
from sqlalchemy.orm import lazyload, load_only

from app.db import session
from app.sessions import StaffPrincipal
from customers.models import Customer
from leads.access import visible_to
from leads.models import IN_HAND, SNOOZED, UNTAKEN, Lead
from leads.statuses import FAMILY_GROUPS, OPEN
from partners.models import Recipient, Staff

SHOWN = 30
COUNTED = 999
SETTLED = "closed_at IS NOT NULL"


_BEHIND, _FIRST = Lead.__table__.alias("behind"), Lead.__table__.alias("first")
"""Made once: an alias of a wide table costs more than asking it."""
_OF_LEAD = (
    Lead.public_id,
    Lead.number,
    Lead.kind,
    Lead.source,
    Lead.reason,
    Lead.product_family,
    Lead.value_minor,
    Lead.currency,
    Lead.snapshot,
    Lead.visitor_id,
    Lead.status,
    Lead.outcome,
    Lead.recipient_id,
    Lead.signalled_at,
    Lead.due_at,
    Lead.closed_at,
    Lead.snoozed_until,
    Lead.score,
    Lead.scored_at,
)
"""What a row shows; a lead has twice as many columns."""


@dataclass(frozen=True)
class After:
    """Where the screenful before ended."""

    at: datetime
    lead_id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.lead_id.hex}"

    @classmethod
    def parse(cls, told: str | None) -> "After | None":
        """None for anything that is no such place: the list then begins at its beginning."""
        at, _, lead_id = (told or "").partition("_")
        try:
            moment = datetime.fromisoformat(at)
            return cls(moment, uuid.UUID(lead_id)) if moment.tzinfo else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Listed:
    lead: Lead
    customer: Customer | None
    recipient: Recipient | None
    staff: Staff | None
    signals: int
    """How many signals this row stands for."""


@dataclass(frozen=True)
class Screenful:
    rows: Sequence[Listed]
    more: After | None


def screenful(me: StaffPrincipal, show: str, after: After | None, shown: int = SHOWN) -> Screenful:
    """One statement for the rows, whatever the tab."""
    key = _order(show)
    streams = [_page_of(stream, show, after, shown + 1) for stream in _streams(me, show)]
    if not streams:
        return Screenful([], None)
    ids = union_all(*streams).subquery() if len(streams) > 1 else streams[0].subquery()
    wanted = _rows().join(ids, ids.c.id == Lead.id).order_by(*_sorted(show)).limit(shown + 1)
    found = _read(wanted)
    rows = found[:shown]
    last = rows[-1].lead if len(found) > shown else None
    return Screenful(rows, After(getattr(last, key.key), last.id) if last else None)


def by_ids(me: StaffPrincipal, public_ids: Sequence[str]) -> list[Listed]:
    """These leads, wherever they stand now; those that may not be seen are left out."""
    return _read(_rows().where(Lead.public_id.in_(public_ids), visible_to(me))) if public_ids else []


def _rows() -> Select[Any]:
    more = select(func.count()).where(_BEHIND.c.primary_lead_id == Lead.id).scalar_subquery()
    return (
        select(Lead, Customer, Recipient, Staff, more)
        .outerjoin(Customer, Customer.id == Lead.customer_id)
        .outerjoin(Recipient, Recipient.id == Lead.recipient_id)
        .outerjoin(Staff, Staff.id == Lead.staff_id)
        .options(
            load_only(*_OF_LEAD),
            load_only(Customer.name, Customer.email, Customer.phone_e164),
            load_only(Recipient.public_id, Recipient.name, Recipient.name_zh),
            load_only(Staff.name, Staff.name_zh),
            lazyload(Staff.roles),
        )
    )


def _read(wanted: Select[Any]) -> list[Listed]:
    return [Listed(row[0], row[1], row[2], row[3], row[4] + 1) for row in session().execute(wanted)]


def count(me: StaffPrincipal, show: str) -> int:
    """How many there are, counted no further than one past COUNTED. One statement."""
    streams = [_filtered(stream, show).limit(COUNTED + 1) for stream in _streams(me, show)]
    if not streams:
        return 0
    every = union_all(*streams) if len(streams) > 1 else streams[0]
    bounded = select(every.subquery().c.id).limit(COUNTED + 1).subquery()
    return session().scalar(select(func.count()).select_from(bounded)) or 0


def _streams(me: StaffPrincipal, show: str) -> list[list[ColumnElement[bool]]]:
    """The equalities by which each part of a tab is found in its index; a dealer's all name the place."""
    is_house = me.has("agent", "admin")
    places: list[list[ColumnElement[bool]]] = (
        [[]] if is_house else [[Lead.recipient_id == place, visible_to(me)] for place in me.recipient_ids]
    )
    if show == "mine":
        return [[Lead.staff_id == me.id, *place] for place in places]
    if show in FAMILY_GROUPS:
        pairs = itertools.product(places, FAMILY_GROUPS[show])
        return [[Lead.product_family == family, *place] for place, family in pairs]
    return places


def _filtered(equal: list[ColumnElement[bool]], show: str) -> Select[Any]:
    wanted = select(Lead.id).where(*equal, text(_state(show)))
    return wanted if show in ("settled", "snoozed") else wanted.where(_leads_its_matter())


def _page_of(equal: list[ColumnElement[bool]], show: str, after: After | None, shown: int) -> Select[Any]:
    wanted = _filtered(equal, show)
    if after is not None:
        place = tuple_(_order(show), Lead.id)
        here = tuple_(after.at, after.lead_id)
        wanted = wanted.where(place < here if show == "settled" else place > here)
    return select(wanted.order_by(*_sorted(show)).limit(shown).subquery().c.id)


def _state(show: str) -> str:
    """Word for word as the index has it."""
    condition = {"settled": SETTLED, "snoozed": SNOOZED, "unassigned": UNTAKEN}.get(show, IN_HAND)
    return condition.replace("status", "lead.status")


def _order(show: str) -> Any:
    return {"settled": Lead.closed_at, "snoozed": Lead.snoozed_until}.get(show, Lead.due_at)


def _sorted(show: str) -> tuple[Any, Any]:
    key = _order(show)
    return (key.desc(), Lead.id.desc()) if show == "settled" else (key, Lead.id)


def _leads_its_matter() -> ColumnElement[bool]:
    """Not one of several signals of a person at one place, unless the first of them is settled."""
    same = select(_FIRST.c.id).where(
        _FIRST.c.id == Lead.primary_lead_id,
        _FIRST.c.status.in_(OPEN),
        _FIRST.c.recipient_id.is_not_distinct_from(Lead.recipient_id),
    )
    return ~and_(Lead.primary_lead_id.is_not(None), same.exists())
