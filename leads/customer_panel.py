"""One component on every staff screen: who this is, what was agreed, in hand and bought, and who talks to them."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request, url_for

from app import clock, rates, sessions
from app.access import Policy, staff
from app.characters import initials
from app.db import session, transaction
from app.errors import Refusal
from app.events import actor_now
from app.i18n import _, language, localized, translate
from app.pages import page, see_other, wants_fragment
from app.sessions import StaffPrincipal
from customers import consent_texts, consents, reveals
from customers.consents import ConsentState
from customers.models import Customer
from leads import panel_queries, panel_showing, panel_visits
from leads.panel_showing import Panel
from leads.panel_subjects import Subject, find
from leads.refusals import ContactNotYours
from leads.showing import Agreed, may_see_contact
from partners.here import market_of

blueprint = Blueprint("customer_panel", __name__)

_STAFF = staff("agent", "admin", "dealer")
policies: Mapping[str, Policy] = {"customer_panel.panel": _STAFF, "customer_panel.reveal": _STAFF}

ROOT = "#customer-panel"
REVEALS_PER_MINUTE, REVEALS_PER_HOUR = 20, 120
"""Of one person: a day's calls need fewer, and copying the book needs many."""


@blueprint.get("/staff/panel/<kind>/<public_id>")
def panel(kind: str, public_id: str) -> Response:
    me = sessions.staff_here()
    return _answer(_panel(find(kind, public_id, me), me), None)


@blueprint.post("/staff/panel/<kind>/<public_id>/reveal")
def reveal(kind: str, public_id: str) -> Response:
    """The plain contact for a quarter of an hour, with the reason written down."""
    me = sessions.staff_here()
    rates.limit("reveal", str(me.id), per_minute=REVEALS_PER_MINUTE)
    rates.limit("reveal-hour", str(me.id), per_minute=REVEALS_PER_HOUR, minutes=60)
    subject = find(kind, public_id, me)
    try:
        with transaction():
            customer = session().get(Customer, subject.customer_id) if subject.customer_id else None
            if customer is None or not _may_see(subject, consents.state(customer.id), me):
                raise ContactNotYours()
            reveals.reveal(
                customer,
                subject.kind,
                subject.id,
                request.form.get("reason", ""),
                actor_now(),
                clock.now(),
                request.form.get("note", "")[: reveals.LONGEST_NOTE + 1],
            )
    except Refusal as refused:
        if refused.field is None:
            raise
        return _answer(_panel(subject, me), refused, refused.status)
    if wants_fragment():
        return _answer(_panel(subject, me), None)
    return see_other(url_for(".panel", kind=kind, public_id=public_id))


def _answer(shown: Panel, refused: Refusal | None, status: int = 200) -> Response:
    template = "leads/_customer_panel.html" if wants_fragment() else "leads/customer_panel.html"
    response = page(
        template,
        status,
        panel=shown,
        reasons=[(code, translate(words)) for code, words in reveals.WORDS.items()],
        typed=request.form,
        errors={refused.field: refused.text} if refused is not None and refused.field else {},
    )
    if wants_fragment():
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = ROOT, "outerHTML"
    return response


def _panel(subject: Subject, me: StaffPrincipal) -> Panel:
    """Fifteen statements at most."""
    at = clock.now()
    who = panel_queries.person(subject)
    customer = who.customer
    states = consents.state(*who.ids)
    known = panel_queries.known(subject, who, me)
    own = [state for state in states if subject.is_house or _names(state, me)]
    name = panel_showing.name_shown(customer, subject)
    may_see = customer is not None and _may_see(subject, states, me)
    until = reveals.revealed_until(customer.id, me.id, subject.id, at) if customer and may_see else None
    contact = None
    if customer is not None and may_see:
        contact = reveals.plain(customer) if until else reveals.masked(customer)
    return Panel(
        kind=subject.kind,
        public_id=subject.public_id,
        name=name,
        initials=initials(name),
        about=panel_showing.about(customer, subject, _market(subject)),
        contact=contact,
        contact_note=_contact_note(customer, may_see),
        seen_until=until,
        agreed=_agreed(own),
        talking=panel_showing.talking(known, subject),
        drives=panel_showing.drives(known),
        carts=panel_showing.carts(known),
        orders=panel_showing.orders(known, me),
        leads=panel_showing.leads(known),
        visits=panel_visits.visits(who.visitors) if subject.is_house else [],
        household=known.household,
    )


def _may_see(subject: Subject, states: Sequence[ConsentState], me: StaffPrincipal) -> bool:
    """An order is to be handed over, which needs its buyer; everything else needs a consent that holds."""
    return subject.kind == "order" or may_see_contact(states, me.recipient_ids, subject.is_house)


def _names(state: ConsentState, me: StaffPrincipal) -> bool:
    return state.recipient is not None and state.recipient.id in me.recipient_ids


def _contact_note(customer: Customer | None, may_see: bool) -> str:
    if customer is None or customer.first_contact == "none":
        return _("Not known yet.")
    return "" if may_see else _("No consent holds under which you may see the details.")


def _agreed(states: Sequence[ConsentState]) -> list[Agreed]:
    """The same answer on two records is one."""
    told = {
        (state.purpose, state.recipient.id if state.recipient else None): Agreed(
            consent_texts.wording(state.purpose, language(), state.recipient).label, state.granted
        )
        for state in reversed(states)
    }
    return list(reversed(told.values()))


def _market(subject: Subject) -> str:
    if subject.market_key is None:
        return ""
    market = market_of(subject.market_key)
    return localized(market.name, market.name_zh)
