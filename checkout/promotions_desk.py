"""Promotions, set up and switched by admins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import select

from app import clock
from app.access import Policy, staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import Form, FormState, parse
from app.i18n import N_, _, localized
from app.pages import date as shown_date
from app.pages import page, see_other
from catalog.models import Offer
from catalog.promotions import DELIVERY, Promotion
from checkout import promotions
from checkout.promotions import Terms
from partners.here import market_here

blueprint = Blueprint("promotions", __name__, url_prefix="/admin/promotions")

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {f"promotions.{name}": _ADMIN for name in ("show", "add", "switch")}

ENDS_BEFORE_IT_STARTS = N_("Choose a last day on or after the first.")
OVER_ALREADY = N_("Choose a last day from today on.")
NOT_SOLD_HERE = N_("Choose something that this market sells.")
SHOWN = 100
OFFER = "service:"


class Wanted(Form):
    on: str = Field(min_length=1, max_length=90)
    """delivery, or service: and a SKU."""
    percent: int = Field(ge=1, le=100)
    title: str = Field(min_length=1, max_length=80)
    title_zh: str = Field(min_length=1, max_length=80)
    starts_on: date
    ends_on: date


class Switch(Form):
    to: str = Field(pattern="^(on|off)$")


@dataclass(frozen=True)
class Row:
    title: str
    about: str
    days: str
    is_on: bool
    state: str
    kind: str
    action: str


@blueprint.get("")
def show() -> Response:
    return _page(FormState(None))


@blueprint.post("")
def add() -> Response:
    state = parse(Wanted, request.form)
    if state.value is None:
        return _page(state, 422)
    told = state.value
    market = market_here()
    offer = _offer(told.on, market.key)
    if offer is None and told.on != DELIVERY:
        return _page(state.with_error("on", _(NOT_SOLD_HERE)), 422)
    if told.ends_on < told.starts_on:
        return _page(state.with_error("ends_on", _(ENDS_BEFORE_IT_STARTS)), 422)
    if told.ends_on < clock.today(market.time_zone):
        return _page(state.with_error("ends_on", _(OVER_ALREADY)), 422)
    with transaction():
        promotions.add(
            Terms(offer, market.key, told.percent, told.title, told.title_zh, told.starts_on, told.ends_on),
            actor_now(),
        )
    return see_other(url_for(".show"))


@blueprint.post("/<public_id>")
def switch(public_id: str) -> Response:
    told = parse(Switch, request.form).get()
    with transaction():
        found = promotions.by_public_id(public_id)
        if found is None:
            raise NotFound()
        promotions.switch(found, told.to == "on", actor_now())
    return see_other(url_for(".show"))


def _page(state: FormState[Wanted], status: int = 200) -> Response:
    market = market_here()
    today = clock.today(market.time_zone)
    offers = list(
        session().scalars(
            select(Offer)
            .where(Offer.market_key == market.key, Offer.active)
            .order_by(Offer.family, Offer.position, Offer.sku)
        )
    )
    names = {offer.sku: offer.name_shown for offer in offers}
    rows = session().scalars(
        select(Promotion)
        .where(Promotion.market_key == market.key)
        .order_by(Promotion.ends_on.desc(), Promotion.id)
        .limit(SHOWN)
    )
    return page(
        "checkout/promotions.html",
        status,
        market=market,
        rows=[_row(row, names, market.time_zone, today) for row in rows],
        things=[
            ("", _("Choose one")),
            (DELIVERY, _("Home delivery")),
            *((f"{OFFER}{sku}", name) for sku, name in names.items()),
        ],
        errors=state.errors,
        values=state.values,
        today=today.isoformat(),
    )


def _offer(on: str, market_key: str) -> Offer | None:
    if not on.startswith(OFFER):
        return None
    wanted = select(Offer).where(
        Offer.sku == on.removeprefix(OFFER), Offer.market_key == market_key, Offer.active
    )
    return session().scalars(wanted).one_or_none()


def _about(row: Promotion, names: Mapping[str, str]) -> str:
    if row.sku is None:
        return _("%(percent)s%% off the delivery to the door", percent=row.percent)
    return _(
        "%(percent)s%% off the first charge of %(name)s",
        percent=row.percent,
        name=names.get(row.sku, row.sku),
    )


def _row(row: Promotion, names: Mapping[str, str], zone: str, today: date) -> Row:
    if row.ends_on < today:
        state, kind = _("over"), "plain"
    elif not row.is_on:
        state, kind = _("off"), "plain"
    elif row.is_running(today):
        state, kind = _("running"), "done"
    else:
        state, kind = _("begins later"), "waiting"
    return Row(
        title=localized(row.title, row.title_zh),
        about=_about(row, names),
        days=_(
            "%(first)s to %(last)s", first=shown_date(row.starts_on, zone), last=shown_date(row.ends_on, zone)
        ),
        is_on=row.is_on,
        state=state,
        kind=kind,
        action=url_for(".switch", public_id=row.public_id),
    )
