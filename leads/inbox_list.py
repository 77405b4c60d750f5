"""The inbox: every tab walks an index in the order it is shown, a screenful at a time, whatever the number of leads.

A tab is one stream of leads, or a few that are read side by side (each place of a dealer with several, each family).
Signals of one person that went to the same place are one row: the first of them, with how many there are.
"""

import functools
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from app.db import session
from app.i18n import localized
from app.sessions import StaffPrincipal
from customers.models import Customer
from leads.access import told_to, visible_to
from leads.models import IN_HAND, SNOOZED, UNTAKEN, Lead
from leads.statuses import FAMILY_GROUPS, OPEN
from partners.models import Recipient, Staff

SHOWN = 30
COUNTED = 999
SETTLED = "closed_at IS NOT NULL"

_LEAD, _CUSTOMER = Lead.__table__.c, Customer.__table__.c
_PLACE, _STAFF = Recipient.__table__.c, Staff.__table__.c
_BEHIND, _FIRST = Lead.__table__.alias("behind"), Lead.__table__.alias("first")
"""Made once: an alias of a wide table costs more than asking it."""


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


class ListedLead(NamedTuple):
    """What a row shows of a lead, which has twice as many columns."""

    id: uuid.UUID
    public_id: str
    number: str
    kind: str
    source: str
    reason: str
    product_family: str
    value_minor: int | None
    currency: str | None
    snapshot: Sequence[Mapping[str, Any]]
    visitor_id: uuid.UUID | None
    status: str
    outcome: str | None
    signalled_at: datetime
    due_at: datetime
    closed_at: datetime | None
    snoozed_until: datetime | None
    score: int
    scored_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class ListedCustomer(NamedTuple):
    name: str
    email: str | None
    phone_e164: str | None


class Named(NamedTuple):
    """A place or a colleague."""

    name: str
    name_zh: str | None

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)


@dataclass(frozen=True)
class Listed:
    lead: ListedLead
    customer: ListedCustomer | None
    recipient: Named | None
    staff: Named | None
    signals: int
    """How many signals this row stands for."""


@dataclass(frozen=True)
class Screenful:
    """`count` is how many the tab has, no further than one past COUNTED."""

    rows: Sequence[Listed]
    more: After | None
    count: int


def screenful(me: StaffPrincipal, show: str, after: After | None, shown: int = SHOWN) -> Screenful:
    """One statement, whatever the tab; a second one where nothing is left after `after`."""
    told = _told(me) | {"most": shown + 1}
    if after is not None:
        told |= {"after_at": after.at, "after_id": after.lead_id}
    which = (show, me.has("agent", "admin"), len(me.recipient_ids))
    found = session().execute(_screenful(*which, after is not None), told).all()
    rows = [_listed(row) for row in found[:shown]]
    last = rows[-1].lead if len(found) > shown else None
    if found:
        count = int(found[0].counted)
    else:
        count = session().scalar(_count(*which), told) or 0 if after is not None else 0
    return Screenful(rows, After(getattr(last, _order(show).key), last.id) if last else None, count)


def by_ids(me: StaffPrincipal, public_ids: Sequence[str]) -> list[Listed]:
    """These leads, however they stand now; those that went on to somebody else are left out."""
    if not public_ids:
        return []
    mine = true() if me.has("agent", "admin") else _LEAD.recipient_id.in_(me.recipient_ids)
    wanted = _rows().where(_LEAD.public_id.in_(public_ids), visible_to(me), mine)
    return [_listed(row) for row in session().execute(wanted)]


_COLUMNS = (
    *(_LEAD[name] for name in ListedLead._fields),
    _LEAD.customer_id,
    *(_CUSTOMER[name] for name in ListedCustomer._fields),
    _LEAD.recipient_id,
    *(_PLACE[name].label(f"place_{name}") for name in Named._fields),
    _LEAD.staff_id,
    *(_STAFF[name].label(f"staff_{name}") for name in Named._fields),
)


def _rows() -> Select[Any]:
    more = select(func.count()).where(_BEHIND.c.primary_lead_id == _LEAD.id).scalar_subquery()
    return (
        select(*_COLUMNS, more.label("behind"))
        .select_from(Lead.__table__)
        .outerjoin(Customer.__table__, _CUSTOMER.id == _LEAD.customer_id)
        .outerjoin(Recipient.__table__, _PLACE.id == _LEAD.recipient_id)
        .outerjoin(Staff.__table__, _STAFF.id == _LEAD.staff_id)
    )


_AFTER_LEAD = len(ListedLead._fields)
_AFTER_CUSTOMER = _AFTER_LEAD + 1 + len(ListedCustomer._fields)
_AFTER_PLACE = _AFTER_CUSTOMER + 1 + len(Named._fields)
_AFTER_STAFF = _AFTER_PLACE + 1 + len(Named._fields)


def _listed(row: Any) -> Listed:
    """Each part but the lead begins with the id by which it was joined: without one there is no such part."""
    return Listed(
        ListedLead._make(row[:_AFTER_LEAD]),
        ListedCustomer._make(row[_AFTER_LEAD + 1 : _AFTER_CUSTOMER]) if row[_AFTER_LEAD] else None,
        Named._make(row[_AFTER_CUSTOMER + 1 : _AFTER_PLACE]) if row[_AFTER_CUSTOMER] else None,
        Named._make(row[_AFTER_PLACE + 1 : _AFTER_STAFF]) if row[_AFTER_PLACE] else None,
        row.behind + 1,
    )


def _told(me: StaffPrincipal) -> dict[str, Any]:
    """What the statements are asked with; they name what they need of it."""
    places = {f"place_{place}": recipient_id for place, recipient_id in enumerate(me.recipient_ids)}
    return {"me": me.id, "places": list(me.recipient_ids), "counted": COUNTED + 1, **places}


# Statements are put together once for each tab and number of places: that costs more than to run them.
@functools.lru_cache(maxsize=256)
def _screenful(show: str, is_house: bool, places: int, goes_on: bool) -> Select[Any]:
    streams = [_page_of(stream, show, goes_on) for stream in _streams(show, is_house, places)]
    ids = _together(streams).subquery("shown")
    most = bindparam("most", type_=Integer)
    rows = _rows().add_columns(_count(show, is_house, places).scalar_subquery().label("counted"))
    return rows.join(ids, ids.c.id == _LEAD.id).order_by(*_sorted(show)).limit(most)


@functools.lru_cache(maxsize=256)
def _count(show: str, is_house: bool, places: int) -> Select[Any]:
    counted = bindparam("counted", type_=Integer)
    streams = [_filtered(stream, show).limit(counted) for stream in _streams(show, is_house, places)]
    bounded = select(_together(streams).subquery().c.id).limit(counted).subquery()
    return select(func.count()).select_from(bounded)


def _together(streams: Sequence[Select[Any]]) -> Any:
    if not streams:
        return select(_LEAD.id).where(text("false"))
    return union_all(*streams) if len(streams) > 1 else streams[0]


def _streams(show: str, is_house: bool, places: int) -> list[list[ColumnElement[bool]]]:
    """The equalities by which each part of a tab is found in its index; a dealer's all name the place."""
    told = told_to(any_(bindparam("places", type_=ARRAY(Uuid))))
    here: list[list[ColumnElement[bool]]] = (
        [[]]
        if is_house
        else [
            [_LEAD.recipient_id == bindparam(f"place_{place}", type_=Uuid), told] for place in range(places)
        ]
    )
    if show == "mine":
        return [[_LEAD.staff_id == bindparam("me", type_=Uuid), *place] for place in here]
    if show in FAMILY_GROUPS:
        pairs = itertools.product(here, FAMILY_GROUPS[show])
        return [[_LEAD.product_family == family, *place] for place, family in pairs]
    return here


def _filtered(equal: list[ColumnElement[bool]], show: str) -> Select[Any]:
    wanted = select(_LEAD.id).where(*equal, text(_state(show)))
    return wanted if show in ("settled", "snoozed") else wanted.where(_leads_its_matter())


def _page_of(equal: list[ColumnElement[bool]], show: str, goes_on: bool) -> Select[Any]:
    wanted = _filtered(equal, show)
    if goes_on:
        place = tuple_(_order(show), _LEAD.id)
        here = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
        wanted = wanted.where(place < here if show == "settled" else place > here)
    most = bindparam("most", type_=Integer)
    return select(wanted.order_by(*_sorted(show)).limit(most).subquery().c.id)


def _state(show: str) -> str:
    """Word for word as the index has it."""
    condition = {"settled": SETTLED, "snoozed": SNOOZED, "unassigned": UNTAKEN}.get(show, IN_HAND)
    return condition.replace("status", "lead.status")


def _order(show: str) -> Any:
    return {"settled": _LEAD.closed_at, "snoozed": _LEAD.snoozed_until}.get(show, _LEAD.due_at)


def _sorted(show: str) -> tuple[Any, Any]:
    key = _order(show)
    return (key.desc(), _LEAD.id.desc()) if show == "settled" else (key, _LEAD.id)


def _leads_its_matter() -> ColumnElement[bool]:
    """Not one of several signals of a person at one place, unless the first of them is settled."""
    same = select(_FIRST.c.id).where(
        _FIRST.c.id == _LEAD.primary_lead_id,
        _FIRST.c.status.in_(OPEN),
        _FIRST.c.recipient_id.is_not_distinct_from(_LEAD.recipient_id),
    )
    return ~and_(_LEAD.primary_lead_id.is_not(None), same.exists())
