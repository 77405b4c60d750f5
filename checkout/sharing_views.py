"""Pages around the shared cart: the owner shares and decides, guests look and comment, both see each other come and go.

Also what is put aside and put back, and another plan in place of one. Every post locks the cart and calls one verb.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, request, url_for

from app import clock, grants, rates, sessions
from app.access import VISITOR, Policy, grant
from app.db import close_reading, session, transaction
from app.errors import LinkNotValid, Refusal
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import _, language
from app.pages import date as shown_date
from app.pages import page, partials, see_other
from catalog import promotions
from checkout import basket, comments, own_cart, plans, saving, sharing, sharing_showing, showing, views
from checkout.cart import Cart
from checkout.comments import CartComment, Words
from checkout.sharing import GRANT, CartInvitation, CartMember, Visit
from checkout.sharing_forms import ChoosePlan, GiveName, Say, Suggest
from checkout.sharing_refusals import CartHasBecomeAnOrder, NoLongerShared, NothingToSuggest
from customers.models import Customer

WORDS_PER_MINUTE = 20
LINKS_PER_MINUTE = 10
NAMES_PER_MINUTE = 20

blueprint = Blueprint("sharing", __name__)


# What is put aside, and another plan


@blueprint.post("/cart/lines/<line_id>/save")
def save_line(line_id: str) -> Response:
    with transaction():
        mine = own_cart.locked()
        saving.save_for_later(mine, line_id, actor_now(), clock.now())
        own_cart.keep_badge(mine)
    return see_other(url_for("checkout.cart", _anchor="cart-saved"))


@blueprint.post("/cart/saved/<line_id>/back")
def put_back(line_id: str) -> Response:
    with transaction():
        mine = own_cart.begun()
        saving.put_back(mine, line_id, actor_now(), clock.now())
        own_cart.keep_badge(mine)
    return see_other(url_for("checkout.cart"))


@blueprint.post("/cart/saved/<line_id>/remove")
def remove_saved(line_id: str) -> Response:
    visitor_id = sessions.current().visitor_id
    with transaction():
        saving.forget(visitor_id or uuid.uuid4(), line_id)
    return see_other(url_for("checkout.cart"))


@blueprint.get("/cart/lines/<line_id>/plan")
def plan(line_id: str) -> Response:
    return _plan_page(line_id)


@blueprint.post("/cart/lines/<line_id>/plan")
def change_plan(line_id: str) -> Response:
    state = parse(ChoosePlan, request.form)
    if state.value is None:
        return _plan_page(line_id, {"sku": _("Choose one of the options shown.")}, 422)
    with transaction():
        mine = own_cart.locked()
        plans.change(mine, line_id, state.value.sku, actor_now(), clock.now())
        own_cart.keep_badge(mine)
    return see_other(url_for("checkout.cart"))


# The owner


@blueprint.get("/cart/share")
def share() -> Response:
    return _share_page(own_cart.basket_seen().cart, FormState(None, {}))


@blueprint.post("/cart/share")
def invite() -> Response:
    """The link is shown in the answer, once: only its hash is kept."""
    state = parse(GiveName, request.form)
    if state.value is None:
        return _share_page(own_cart.basket_seen().cart, state, status=422)
    rates.limit("cart-link", str(sessions.current().visitor_id), LINKS_PER_MINUTE)
    with transaction():
        mine = own_cart.locked()
        _made, token = sharing.invite(mine, state.value.name, actor_now(), clock.now())
    return _share_page(mine, FormState(None, {}), link=grants.link(token, language()))


@blueprint.post("/cart/share/<invitation_id>/revoke")
def revoke(invitation_id: str) -> Response:
    return _shared_changed(lambda mine, at: sharing.revoke(mine, invitation_id, actor_now(), at))


@blueprint.post("/cart/share/revoke")
def revoke_all() -> Response:
    return _shared_changed(lambda mine, at: sharing.revoke_all(mine, actor_now(), at))


@blueprint.post("/cart/share/people/<member_id>/remove")
def remove_person(member_id: str) -> Response:
    return _shared_changed(lambda mine, at: sharing.remove_member(mine, member_id, actor_now(), at))


@blueprint.get("/cart/pulse")
def pulse() -> Response:
    """What changed since the page was drawn; nothing (204) when nothing did."""
    found = own_cart.seen()
    if found is None:
        return _draw_again()
    at = _seen(found)
    if request.args.get("seen") == _tag(found, at):
        return make_response("", 204)
    now = basket.load(found, at)
    if not now.lines:
        return _draw_again()
    return partials("checkout/pulse.partials.html", **views.cart_facts(now, at))


@blueprint.post("/cart/comments")
def say() -> Response:
    state = parse(Say, request.form)
    if state.value is None:
        return _cart_again(state, 422)
    form = state.value
    _limit_words()
    with transaction():
        mine = own_cart.locked()
        comments.say(mine, _owner(mine), form.line, Words(form.key, form.text), actor_now(), clock.now())
    return see_other(_place_in(url_for("checkout.cart"), form.line))


@blueprint.post("/cart/comments/<comment_id>/accept")
def accept(comment_id: str) -> Response:
    """What cannot be done any more says why, beside the cart as it is."""
    try:
        with transaction():
            mine = own_cart.locked()
            comments.accept(mine, comment_id, actor_now(), clock.now())
            own_cart.keep_badge(mine)
    except Refusal as refused:
        if refused.status == 404:
            raise
        return _cart_again(FormState(None, {}), refused.status, refused)
    return see_other(url_for("checkout.cart"))


@blueprint.post("/cart/comments/<comment_id>/decline")
def decline(comment_id: str) -> Response:
    with transaction():
        comments.decline(own_cart.locked(), comment_id, actor_now(), clock.now())
    return see_other(url_for("checkout.cart"))


@blueprint.post("/cart/comments/<comment_id>/remove")
def take_back(comment_id: str) -> Response:
    with transaction():
        mine = own_cart.locked()
        comments.take_back(mine, comment_id, _owner(mine), clock.now())
    return see_other(url_for("checkout.cart"))


# A guest


@blueprint.get("/cart/shared/<public_id>")
def shared(public_id: str) -> Response:
    found = g.shared_cart
    if found.visitor_id == sessions.current().visitor_id:
        return see_other(url_for("checkout.cart"))
    if found.state == "ordered":
        return page("checkout/shared_ordered.html", name=_owner_name(found))
    visit = _visit()
    if visit.member is None:
        return _name_page(visit, FormState(None, {}))
    _seen(found)
    return _shared_page(found, FormState(None, {}))


@blueprint.post("/cart/shared/<public_id>/name")
def join(public_id: str) -> Response:
    state = parse(GiveName, request.form)
    if state.value is None:
        return _name_page(_visit(), state, 422)
    rates.limit("cart-name", str(sessions.current().visitor_id), NAMES_PER_MINUTE)
    with transaction():
        visitor = sessions.ensure().visitor_id
        assert visitor is not None
        sharing.join(_visit_locked(), visitor, state.value.name, actor_now(), clock.now())
    return see_other(url_for(".shared", public_id=public_id))


@blueprint.get("/cart/shared/<public_id>/pulse")
def shared_pulse(public_id: str) -> Response:
    found: Cart = g.shared_cart
    try:
        if found.state == "ordered" or _visit().member is None:
            return _draw_again()
    except NoLongerShared:
        return _draw_again()
    at = _seen(found)
    if request.args.get("seen") == _tag(found, at):
        return make_response("", 204)
    now = basket.load(found, at)
    return partials("checkout/shared_pulse.partials.html", **_shared_facts(now, at, FormState(None, {})))


@blueprint.post("/cart/shared/<public_id>/comments")
def shared_say(public_id: str) -> Response:
    state = parse(Say, request.form)
    if state.value is None:
        _guest(_visit())
        return _shared_page(g.shared_cart, state, 422)
    form = state.value
    _limit_words()
    with transaction():
        visit = _visit_locked()
        words = Words(form.key, form.text)
        comments.say(visit.cart, _guest(visit), form.line, words, actor_now(), clock.now())
    return see_other(_place_in(url_for(".shared", public_id=public_id), form.line))


@blueprint.post("/cart/shared/<public_id>/suggestions")
def suggest(public_id: str) -> Response:
    state = parse(Suggest, request.form)
    if state.value is None:
        _guest(_visit())
        return _shared_page(g.shared_cart, state, 422)
    _limit_words()
    try:
        with transaction():
            _suggest(_visit_locked(), state.value)
    except NothingToSuggest as refused:
        close_reading()
        return _shared_page(g.shared_cart, state, refused.status, refused)
    return see_other(_place_in(url_for(".shared", public_id=public_id), state.value.line))


@blueprint.post("/cart/shared/<public_id>/comments/<comment_id>/remove")
def shared_take_back(public_id: str, comment_id: str) -> Response:
    with transaction():
        visit = _visit_locked()
        comments.take_back(visit.cart, comment_id, _guest(visit), clock.now())
    return see_other(url_for(".shared", public_id=public_id))


def _shared_with(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    """The cart, for whoever came by one of its links, and for its owner. What is over is told by the page."""
    found = Cart.by_public_id(arguments["public_id"])
    if found is None:
        return None
    g.shared_cart = found
    state = sessions.current()
    if state.visitor_id == found.visitor_id:
        return found.id, found.visitor_id
    visit = sharing.visit_of(found, _links_held(), state.visitor_id)
    if visit is None:
        return None
    g.visit = visit
    return visit.invitation.id, None


def page_of(invitation_id: uuid.UUID) -> str:
    """Where a link leads. Raises LinkNotValid when it lost its cart."""
    found = sharing.cart_of(invitation_id)
    if found is None:
        raise LinkNotValid()
    return url_for("sharing.shared", public_id=found)


policies: Mapping[str, Policy] = {
    **{
        f"sharing.{name}": VISITOR
        for name in (
            "save_line",
            "put_back",
            "remove_saved",
            "plan",
            "change_plan",
            "share",
            "invite",
            "revoke",
            "revoke_all",
            "remove_person",
            "pulse",
            "say",
            "accept",
            "decline",
            "take_back",
        )
    },
    **{
        f"sharing.{name}": grant(GRANT, _shared_with)
        for name in ("shared", "join", "shared_pulse", "shared_say", "suggest", "shared_take_back")
    },
}


def _links_held() -> list[uuid.UUID]:
    return [subject for kind, subject in sessions.current().grants if kind == GRANT]


def _visit() -> Visit:
    """Raises NoLongerShared for whom the owner has shown out, and CartHasBecomeAnOrder."""
    visit: Visit | None = g.get("visit")
    if visit is None or visit.cart.state == "merged":
        raise NoLongerShared()
    if visit.cart.state == "ordered":
        raise CartHasBecomeAnOrder()
    if visit.invitation.revoked_at is not None:
        raise NoLongerShared()
    if visit.member is None and not visit.invitation.lets_in(clock.now()):
        raise NoLongerShared()
    return visit


def _visit_locked() -> Visit:
    """As it is under the cart's lock: what was revoked a moment ago is."""
    found = Cart.locked(g.shared_cart.id)
    g.visit = sharing.visit_of(found, _links_held(), sessions.current().visitor_id)
    return _visit()


def _guest(visit: Visit) -> CartMember:
    if visit.member is None:
        raise NoLongerShared()
    return visit.member


def _owner(mine: Cart) -> CartMember:
    owner = next((member for member in sharing.members(mine.id) if member.is_owner), None)
    if owner is None:
        raise NoLongerShared()
    return owner


def _owner_name(found: Cart) -> str:
    return next((member.name for member in sharing.members(found.id) if member.is_owner), "")


def _suggest(visit: Visit, form: Suggest) -> CartComment:
    member, words, at = _guest(visit), Words(form.key, form.text or ""), clock.now()
    actor = actor_now()
    if form.suggests == "add":
        return comments.suggest_offer(visit.cart, member, form.sku or "", words, actor, at)
    if form.suggests == "drop":
        return comments.suggest_dropping(visit.cart, member, form.line or "", words, actor, at)
    return comments.suggest_look(visit.cart, member, form.line or "", form.look, words, actor, at)


def _seen(found: Cart) -> datetime:
    """Notes that this visitor looks at the cart, at most every ten seconds."""
    at, visitor_id = clock.now(), sessions.current().visitor_id
    if visitor_id is not None and sharing.is_due_to_be_noted(found.id, visitor_id, at):
        with transaction():
            sharing.note_seen(found.id, visitor_id, at)
    return at


def _tag(found: Cart, at: datetime) -> str:
    return sharing_showing.tag(found, sharing.members(found.id), comments.mark(found.id), at)


def _draw_again() -> Response:
    """The page itself is another one now: ordered, shown out, or empty."""
    response = make_response("", 200)
    response.headers["HX-Refresh"] = "true"
    return response


def _limit_words() -> None:
    rates.limit("cart-words", str(sessions.current().visitor_id), WORDS_PER_MINUTE)


def _place_in(url: str, line: str | None) -> str:
    return f"{url}#line-{line}" if line else f"{url}#cart-thread"


def _cart_again(state: FormState[Any], status: int, refusal: Refusal | None = None) -> Response:
    close_reading()
    now, at = own_cart.basket_seen(), clock.now()
    facts = views.cart_facts(now, at) | _said(state) | {"refusal": refusal}
    return page("checkout/cart.html", status, **facts)


def _said(state: FormState[Any]) -> dict[str, Any]:
    """What was typed, to be shown again where it was typed, with its sentences."""
    line = state.values.get("line", "")
    suggests = state.values.get("suggests", "")
    places = {"text": f"text-{line}" if line else "text"} if not suggests else {"text": "cart-lines"}
    return {
        "said": dict(state.values),
        "said_errors": dict(state.errors),
        "said_summary": [(places.get(name, name), words) for name, words in state.errors.items()],
    }


def _shared_changed(change: Callable[[Cart, datetime], None]) -> Response:
    with transaction():
        change(own_cart.locked(), clock.now())
    return see_other(url_for(".share"))


def _share_page(mine: Cart, state: FormState[GiveName], link: str = "", status: int = 200) -> Response:
    close_reading()
    at, members = clock.now(), sharing.members(mine.id)
    owner = next((member for member in members if member.is_owner), None)
    people = sharing_showing.people_of(members, mine.visitor_id, at)
    return page(
        "checkout/share.html",
        status,
        link=link,
        until=shown_date(at + sharing.LIFE, weekday=False),
        name=state.values.get("name", owner.name if owner else _first_guess(mine)),
        errors=state.errors,
        links=[_link_row(link, members, people, at) for link in sharing.invitations(mine.id)],
        most=sharing.MOST_GUESTS,
    )


def _link_row(invitation: CartInvitation, members: Any, people: Any, at: datetime) -> dict[str, Any]:
    return {
        "public_id": invitation.public_id,
        "made": invitation.created_at,
        "until": shown_date(invitation.expires_at, weekday=False),
        "lets_in": invitation.lets_in(at),
        "people": [
            person
            for member, person in zip(members, people, strict=True)
            if member.invitation_id == invitation.id
        ],
    }


def _first_guess(mine: Cart) -> str:
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    return known.name if known else ""


def _name_page(visit: Visit, state: FormState[GiveName], status: int = 200) -> Response:
    return page(
        "checkout/shared_name.html",
        status,
        owner=_owner_name(visit.cart),
        public_id=visit.cart.public_id,
        values=state.values,
        errors=state.errors,
    )


def _shared_page(
    found: Cart, state: FormState[Any], status: int = 200, refusal: Refusal | None = None
) -> Response:
    close_reading()
    at = clock.now()
    now = basket.load(found, at)
    facts = _shared_facts(now, at, state) | {"refusal": refusal}
    return page("checkout/shared.html", status, **facts)


def _shared_facts(now: Any, at: datetime, state: FormState[Any]) -> dict[str, Any]:
    return {
        "lines": sharing_showing.lines_for_guests(now, at),
        "pay": showing.pay(now),
        "shared": sharing_showing.shared(
            now, sessions.current().visitor_id, sharing_showing.asked(request.args), at
        ),
        "choices": sharing_showing.choices(now),
        "handover_words": sharing_showing.handover_words(now),
        "owner": _owner_name(now.cart),
        "public_id": now.cart.public_id,
        "is_paying": now.cart.state == "paying",
        "is_owner": False,
        "quantities": [],
        "refusal": None,
        **_said(state),
    }


def _plan_page(line_id: str, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    seen = own_cart.basket_seen()
    found, off = seen.cart, promotions.shown(seen.market)
    line = found.line(line_id)
    return page(
        "checkout/plan.html",
        status,
        line=line,
        plans=[sharing_showing.plan(offer, off) for offer in plans.others(found, line)],
        errors=errors or {},
    )
