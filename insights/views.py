"""The manager's pictures."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import clock
from app.access import Policy, staff
from app.errors import NotFound
from app.pages import page
from insights import file, showing, words
from insights.asked import Asked
from insights.carts import MOST, behind
from insights.reading import Reading, period_of, read
from partners.here import market_here, markets

blueprint = Blueprint("insights", __name__)

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {
    "insights.show": _ADMIN,
    "insights.as_file": _ADMIN,
    "insights.carts": _ADMIN,
}


@blueprint.get("/insights")
def show() -> Response:
    asked, here = _asked(), market_here().key
    return page(
        "insights/insights.html",
        shown=showing.picture(read(asked, clock.now())),
        choices=showing.choices(asked, markets(), here),
        days=asked.address(here)["days"],
        periods=[
            (_address(".show", asked.of_days(days), here), label, current)
            for days, label, current in showing.periods(asked)
        ],
        asked={name: value for name, value in asked.address(here).items() if value},
        file_url=_address(".as_file", asked, here),
    )


@blueprint.get("/insights.csv")
def as_file() -> Response:
    reading: Reading = read(_asked(), clock.now())
    response = Response(file.written(reading), mimetype="text/csv")
    name = f"insights-{reading.period.first}-{reading.period.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _address(endpoint: str, asked: Asked, here: str) -> str:
    told: dict[str, Any] = asked.address(here)
    return url_for(endpoint, **told)


@blueprint.get("/insights/carts")
def carts() -> Response:
    step, reason = request.args.get("step", ""), request.args.get("reason", "")
    if step not in dict(words.STEPS) or reason not in dict(words.REASONS):
        raise NotFound()
    asked, now = _asked(), clock.now()
    found = behind(asked, period_of(asked, now), step, reason)
    return page(
        "insights/carts.html",
        heading=showing.cell_name(step, reason),
        carts=showing.cart_rows(found),
        most=MOST,
        back_url=_address(".show", asked, market_here().key),
    )


def _asked() -> Asked:
    return Asked.told(request.args, market_here().key, markets())
