"""What the law of a market says about going back on a purchase, in plain words."""

from collections.abc import Mapping

from flask import Blueprint, Response

from app.access import PUBLIC, Policy
from app.money import Money
from app.pages import money, page
from partners.here import market_here

blueprint = Blueprint("legal", __name__)

policies: Mapping[str, Policy] = {"legal.withdrawal": PUBLIC}


@blueprint.get("/legal/withdrawal")
def withdrawal() -> Response:
    market = market_here()
    return page(
        "checkout/withdrawal.html",
        cancel_days=market.cancel_days,
        withdrawal_days=market.withdrawal_days,
        deposit=money(Money(market.deposit_minor, market.currency)),
        phone=market.house_phone,
    )
