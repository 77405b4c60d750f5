"""The list beside every lead: tabs, a screenful, and what came since without moving what is looked at."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for

from app import sessions
from app.i18n import N_, ngettext, translate
from app.pages import page, see_other, wants_fragment
from app.sessions import StaffPrincipal
from leads import inbox_list, inbox_rows
from leads.inbox_list import COUNTED, SHOWN, After, Listed
from partners.queries import recipients

TABS: Mapping[str, str] = {
    "due": N_("Due soonest"),
    "mine": N_("Mine"),
    "cars": N_("Cars"),
    "services": N_("Services"),
    "partners": N_("Partners"),
    "unassigned": N_("Unassigned"),
    "snoozed": N_("Put aside"),
    "settled": N_("Settled"),
}


def facts(me: StaffPrincipal, current: str) -> dict[str, Any]:
    """For a whole page. One statement, for a dealer two."""
    show, after = shown(), After.parse(request.args.get("after"))
    screenful = inbox_list.screenful(me, show, after)
    return {
        **_list(me, screenful.rows, current, show, after),
        "count": _count(screenful.count),
        "more_after": str(screenful.more) if screenful.more else "",
        "tabs": [
            (url_for("leads.inbox", show=None if key == "due" else key), translate(words), key == show)
            for key, words in TABS.items()
        ],
        "export_url": url_for("leads.export", show=show) if me.has("agent", "admin") else "",
    }


def look_again() -> Response:
    """The rows on the page in the order they stand, as they are now; what came since is counted, not put between."""
    me, show, after = sessions.staff_here(), shown(), After.parse(request.args.get("after"))
    if not wants_fragment():
        return see_other(url_for("leads.inbox", show=show))
    current = request.args.get("current", "")
    fresh = list(inbox_list.screenful(me, show, after).rows)
    kept = [one for one in request.args.get("keep", "").split(".") if one][:SHOWN]
    if not kept:
        return page("leads/_rows.html", **_list(me, fresh, current, show, after))
    now = {one.lead.public_id: one for one in fresh}
    now |= {one.lead.public_id: one for one in inbox_list.by_ids(me, [one for one in kept if one not in now])}
    rows = [now[one] for one in kept if one in now]
    new = _new(fresh, kept)
    told = _list(me, rows, current, show, after)
    told["news"] = ngettext("%(n)s new", "%(n)s new", new) % {"n": new} if new else ""
    return page("leads/_rows.html", **told)


def more() -> Response:
    """The next screenful, put below; without script a page of its own."""
    me, show, after = sessions.staff_here(), shown(), After.parse(request.args.get("after"))
    if not wants_fragment() or after is None:
        return see_other(url_for("leads.inbox", show=show, after=request.args.get("after")))
    screenful = inbox_list.screenful(me, show, after)
    told = _list(me, screenful.rows, request.args.get("current", ""), show, after)
    return page("leads/more.html", **told, more_after=str(screenful.more) if screenful.more else "")


def shown() -> str:
    show = request.args.get("show", "due")
    return show if show in TABS else "due"


def _new(fresh: Sequence[Listed], kept: Sequence[str]) -> int:
    """Rows that came between those shown; what only moved up from the next screenful is not new."""
    known = [place for place, one in enumerate(fresh) if one.lead.public_id in kept]
    end = len(fresh) if len(kept) < SHOWN else max(known, default=len(fresh) - 1) + 1
    return sum(1 for one in fresh[:end] if one.lead.public_id not in kept)


def _list(
    me: StaffPrincipal, rows: Sequence[Listed], current: str, show: str, after: After | None
) -> dict[str, Any]:
    return {
        "rows": inbox_rows.drawn(rows, current, show, str(after) if after else None),
        "keep": ".".join(one.lead.public_id for one in rows),
        "current": current,
        "show": show,
        "after": str(after) if after else None,
        "news": "",
        "rooms": _rooms(me),
    }


def _count(counted: int) -> str:
    return f"{COUNTED}+" if counted > COUNTED else str(counted)


def _rooms(me: StaffPrincipal) -> tuple[str, ...]:
    if me.has("agent", "admin"):
        return ("leads:house",)
    return tuple(f"leads:{place.public_id}" for place in recipients(me.recipient_ids).values())
