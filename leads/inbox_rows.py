"""Rows of the inbox, drawn once and kept: a list that is looked at again and again then costs what changed in it."""

import functools
from collections.abc import Sequence

from flask import render_template
from markupsafe import Markup

from app.kept import KeptUnder
from leads import showing
from leads.inbox_list import Listed
from leads.showing import Row

MOST_KEPT = 3_000
"""About 3 MB in a process."""

_kept = KeptUnder[Row, Markup](MOST_KEPT)


def drawn(listed: Sequence[Listed], current: str, show: str, after: str | None) -> list[Markup]:
    """A row is kept under its words: whatever else it was made of shows in none of them."""
    return [
        _kept.get(row, functools.partial(_draw, row)) for row in showing.rows(listed, current, show, after)
    ]


def _draw(row: Row) -> Markup:
    return Markup(render_template("leads/row.html", row=row))
