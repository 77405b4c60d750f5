"""The inbox as a CSV file for a spreadsheet: contact masked, and no cell that a spreadsheet would compute."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from app import clock
from app.db import transaction
from app.events import actor_now, record
from app.i18n import _, translate
from app.money import Money
from app.pages import iso
from app.sessions import StaffPrincipal
from customers import reveals
from leads import inbox_list, showing
from leads.events import InboxExported
from leads.inbox_list import Listed
from leads.statuses import FAMILY_NAMES, SOURCE_NAMES, STATUS_NAMES

MOST = 5000
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet takes for a formula, the full-width forms included."""


def answer(me: StaffPrincipal, show: str) -> Response:
    rows = inbox_list.screenful(me, show, None, MOST).rows
    with transaction():
        record(InboxExported(staff_id=me.id, show=show, rows=len(rows)), actor_now(), clock.now())
    response = Response(written(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="leads-{show}.csv"'
    return response


def written(rows: Iterable[Listed]) -> str:
    """With a byte order mark, by which spreadsheets know the text for UTF-8."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(_head())
    lines.writerows([harmless(cell) for cell in _cells(one)] for one in rows)
    return "\ufeff" + out.getvalue()


def harmless(cell: str) -> str:
    """A leading apostrophe makes a spreadsheet show the cell as it is written."""
    return f"'{cell}" if cell.startswith(COMPUTED) else cell


def _head() -> Sequence[str]:
    return (
        _("Number"),
        _("Name"),
        _("Phone"),
        _("E-mail"),
        _("About"),
        _("Came from"),
        _("Status"),
        _("Goes to"),
        _("With"),
        _("Value"),
        _("Score"),
        _("Since"),
        _("Due"),
        _("Signals"),
    )


def _cells(one: Listed) -> Sequence[str]:
    lead, customer = one.lead, one.customer
    contact = reveals.masked(customer) if customer else reveals.Contact("", "")
    return (
        lead.number,
        showing.name_of(lead, customer.name if customer else None),
        contact.phone,
        contact.email,
        showing.title_of(lead.snapshot[0]) if lead.snapshot else translate(FAMILY_NAMES[lead.product_family]),
        translate(SOURCE_NAMES[lead.source]),
        translate(STATUS_NAMES[lead.status]),
        one.recipient.name_shown if one.recipient else "",
        one.staff.name_shown if one.staff else "",
        f"{Money(lead.value_minor, lead.currency).amount} {lead.currency}"
        if lead.value_minor and lead.currency
        else "",
        str(lead.score) if lead.scored_at else "",
        iso(lead.signalled_at),
        iso(lead.due_at),
        str(one.signals),
    )
