"""The manager's pictures."""

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from app import clock
from app.access import Policy, staff
from app.i18n import translate
from app.pages import page
from insights import showing
from partners.here import market_here

blueprint = Blueprint("insights", __name__)

policies: Mapping[str, Policy] = {"insights.show": staff("admin")}


@blueprint.get("/insights")
def show() -> Response:
    days = 28 if request.args.get("days") == "28" else 7
    market = market_here()
    return page(
        "insights/insights.html",
        shown=showing.picture(market, clock.now(), days),
        market=market,
        periods=[
            (url_for(".show", days=None if key == 7 else key), translate(label), key == days)
            for key, label in showing.OF_DAYS.items()
        ],
    )
