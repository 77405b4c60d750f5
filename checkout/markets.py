"""Choosing a market: one page with a form, a word in every footer. Each market keeps a cart of its own for a visitor."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import sessions
from app.access import VISITOR, Policy
from app.db import transaction
from app.i18n import _, localized
from app.money import symbol
from app.pages import own_path, page, see_other
from checkout import own_cart
from checkout.cart import Cart
from partners import here
from partners.models import Market

blueprint = Blueprint("market", __name__)
blueprint.after_app_request(here.send_cookie)

policies: Mapping[str, Policy] = {"market.chooser": VISITOR, "market.choose": VISITOR}


@blueprint.get("/market")
def chooser() -> Response:
    return page("checkout/market.html", choices=_choices(), next=own_path(request.args.get("next")) or "/")


@blueprint.post("/market")
def choose() -> Response:
    """An unknown market changes nothing. The badge follows the cart of the market gone to."""
    if here.choose(request.form.get("market", "")) is not None and sessions.current().id is not None:
        with transaction():
            mine = own_cart.seen()
            if mine is not None:
                own_cart.keep_badge(mine)
            else:
                sessions.set_cart(None, 0)
    return see_other(request.script_root + (own_path(request.form.get("next")) or "/"))


def other_carts() -> list[dict[str, Any]]:
    """What waits in the visitor's carts of other markets."""
    elsewhere = Cart.elsewhere(sessions.current().visitor_id, here.market_here().key)
    return [{"key": key, "name": _name(here.market_of(key)), "count": count} for key, count in elsewhere]


@blueprint.app_context_processor
def _facts() -> dict[str, Any]:
    """For every page that asks: which market it is of, and what that means for its prices."""
    return {
        "market_choices": _choices,
        "market_url": url_for("market.chooser", next=request.path),
        "withdrawal_url": url_for("legal.withdrawal"),
        "price_note": _price_note,
    }


def _price_note() -> str:
    is_gross = any(choice["current"] and choice["is_gross"] for choice in _choices())
    return _("All prices include VAT.") if is_gross else ""


def _choices() -> list[dict[str, Any]]:
    return [
        {
            "key": market.key,
            "name": _name(market),
            "symbol": symbol(market.currency),
            "current": is_here,
            "is_gross": market.tax_mode == "gross_vat",
        }
        for market, is_here in here.chooser()
    ]


def _name(market: Market) -> str:
    return localized(market.name, market.name_zh)
