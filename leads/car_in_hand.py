"""The car that a lead is about, drawn: one in stock, a build in a cart, or the one being built when help was asked."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs

from flask import request, url_for

from app.db import session
from app.i18n import _, language, localized
from app.money import Money
from catalog.configuration import Configuration
from catalog.stock import Look, StockItem
from leads import showing
from leads.models import Lead

Sells = TypeVar("Sells", StockItem, Configuration)
CARS = ("vehicle_new", "vehicle_used")


@dataclass(frozen=True)
class CarInHand:
    """`facts` are as the lead keeps them from its signal; `url` is where the car stands in the shop now."""

    look: Look
    title: str
    facts: str
    price: str
    url: str
    link: str


def shown(lead: Lead) -> CarInHand | None:
    """None for a lead about something else. One statement."""
    line = next((one for one in lead.snapshot if one.get("family") in CARS), None)
    if line is None:
        return _being_built(lead)
    item, build = _row(StockItem, line, "stock_item_id"), _row(Configuration, line, "configuration_id")
    sells = item or build
    if sells is None:
        return None
    detail = line.get("detail") or {}
    price = line.get("price_minor")
    return CarInHand(
        look=sells.look(),
        title=showing.title_of(line),
        facts=localized(str(detail.get("en") or ""), detail.get("zh")),
        price=Money(int(price), sells.currency).formatted(language()) if price is not None else "",
        url=url_for("catalog.stock_item", public_id=item.public_id)
        if item is not None
        else request.script_root + (build.configure_path() if build is not None else ""),
        link=_("The car in the shop") if item is not None else _("The build in the shop"),
    )


def _row(model: type[Sells], line: Mapping[str, Any], name: str) -> Sells | None:
    told = line.get(name)
    return session().get(model, uuid.UUID(str(told))) if told else None


def _being_built(lead: Lead) -> CarInHand | None:
    """As the page where help was asked had it; a page keeps only the choices of a build, none of them a secret."""
    path, _mark, query = (lead.page or "").partition("?")
    parts = path.strip("/").split("/")
    if (
        lead.product_family not in (*CARS, "none")
        or len(parts) != 3
        or (parts[0], parts[2]) != ("models", "configure")
    ):
        return None
    chosen = {name: values[-1] for name, values in parse_qs(query).items()}
    return CarInHand(
        look=Look(parts[1], chosen.get("paint", ""), chosen.get("wheels", "")),
        title=parts[1].replace("-", " ").title(),
        facts="",
        price="",
        url=request.script_root + (lead.page or ""),
        link=_("The build in the shop"),
    )
