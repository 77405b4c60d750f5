"""The demo cars of a dealer: which there are, one more, and one that is not to be driven for now."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import select

from app import sessions
from app.access import Policy, require_recipient, staff
from app.db import session, transaction
from app.errors import NotFound
from app.forms import Form, FormState, parse
from app.i18n import _
from app.pages import page, see_other
from catalog.models import Model
from conversations.demo_cars import DemoCar
from partners.models import BRAND, DEALER, Recipient

blueprint = Blueprint("demo_cars", __name__)
_STAFF = staff("dealer", "admin")
policies: Mapping[str, Policy] = {f"demo_cars.{name}": _STAFF for name in ("listed", "add", "switch")}


class NewCar(Form):
    place: str
    model: str
    name: Annotated[str, Field(min_length=1, max_length=60)]
    name_zh: Annotated[str, Field(max_length=60)] | None = None


class Switch(Form):
    to: Annotated[str, Field(pattern="^(on|off)$")]


@dataclass(frozen=True)
class Row:
    public_id: str
    name: str
    about: str
    active: bool


@blueprint.get("/dealer/demo-cars")
def listed() -> Response:
    return _page(FormState(None))


@blueprint.post("/dealer/demo-cars")
def add() -> Response:
    state: FormState[NewCar] = parse(NewCar, request.form)
    if state.value is None:
        return _page(state, 422)
    told = state.value
    place = next((one for one in _places() if one.public_id == told.place), None)
    model = next((one for one in _models() if one.slug == told.model), None)
    if place is None:
        return _page(state.with_error("place", _("Choose one of the options shown.")), 422)
    if model is None:
        return _page(state.with_error("model", _("Choose one of the options shown.")), 422)
    with transaction():
        same = select(DemoCar.id).where(DemoCar.recipient_id == place.id, DemoCar.name == told.name)
        is_taken = session().scalar(same) is not None
        if not is_taken:
            session().add(
                DemoCar(recipient_id=place.id, model_id=model.id, name=told.name, name_zh=told.name_zh or "")
            )
    if is_taken:
        return _page(state.with_error("name", _("There is a demo car of this name already.")), 422)
    return see_other(url_for(".listed"))


@blueprint.post("/dealer/demo-cars/<public_id>/active")
def switch(public_id: str) -> Response:
    """Drives that are booked stay; no new one is."""
    told = parse(Switch, request.form).get()
    with transaction():
        wanted = select(DemoCar).where(DemoCar.public_id == public_id).with_for_update(key_share=True)
        found = session().scalars(wanted).one_or_none()
        if found is None:
            raise NotFound()
        require_recipient(found.recipient_id)
        found.active = told.to == "on"
    return see_other(url_for(".listed"))


def _page(state: FormState[NewCar], status: int = 200) -> Response:
    places = {place.id: place for place in _places()}
    models = {model.id: model for model in _models()}
    return page(
        "conversations/demo_cars.html",
        status,
        cars=_rows(places, models),
        places=[(place.public_id, place.name_shown) for place in places.values()],
        models=[(model.slug, model.name) for model in models.values()],
        values=state.values,
        errors=state.errors,
    )


def _rows(places: Mapping[uuid.UUID, Recipient], models: Mapping[uuid.UUID, Model]) -> list[Row]:
    cars = session().scalars(
        select(DemoCar)
        .where(DemoCar.recipient_id.in_(places))
        .order_by(DemoCar.recipient_id, DemoCar.active.desc(), DemoCar.name)
    )
    return [
        Row(
            car.public_id,
            car.name_shown,
            f"{models[car.model_id].name if car.model_id in models else ''} · {places[car.recipient_id].name_shown}",
            car.active,
        )
        for car in cars
    ]


def _places() -> Sequence[Recipient]:
    me = sessions.staff_here()
    wanted = select(Recipient).where(Recipient.kind == DEALER, Recipient.active)
    if not me.has("admin"):
        wanted = wanted.where(Recipient.id.in_(me.recipient_ids))
    return session().scalars(wanted.order_by(Recipient.code)).all()


def _models() -> Sequence[Model]:
    return session().scalars(select(Model).where(Model.brand_id == BRAND).order_by(Model.name)).all()
