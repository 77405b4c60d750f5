"""The market of a request: chosen in the footer or named by a link, never guessed from where somebody is."""

from collections.abc import Mapping

from flask import Response, g, has_request_context, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.db import session
from app.kept import Kept
from app.locality import HOUSE, Locality
from app.settings import settings
from partners.models import HOME_MARKET, Market

MARKET_COOKIE = "forecourt-market"
MARKET_ARGUMENT = "market"
YEAR_S = 31_536_000
MARKETS_LIVE_S = 10

_kept = Kept[str, Mapping[str, Market]](MARKETS_LIVE_S)


def market_here() -> Market:
    """The visitor's market: the link's, else the chosen one, else home. Outside of a request, home."""
    if not has_request_context():
        return markets()[HOME_MARKET]
    if "market_here" not in g:
        g.market_here = _market_of_request(markets())
    found: Market = g.market_here
    return found


def market_of(key: str) -> Market:
    """A market by its key, without asking the database each time; as it was a few seconds ago at worst."""
    return markets().get(key) or Market.get(key)


def locality_here() -> Locality:
    """Of the visitor's market; the house's own while the database does not answer."""
    if not has_request_context():
        return HOUSE
    try:
        here = market_here()
    except (SQLAlchemyError, KeyError):
        return HOUSE
    return Locality(here.time_zone, here.phone_region, here.key)


def markets() -> Mapping[str, Market]:
    """Every market by its key. Read again after a few seconds; the rows belong to no session and are not written."""
    return _kept.get("all", _read)


def _read() -> Mapping[str, Market]:
    rows = session().execute(select(Market.__table__).order_by(Market.key)).mappings()
    return {row["key"]: Market(**row) for row in rows}


def forget() -> None:
    _kept.forget()


def choose(key: str) -> str | None:
    """Goes on with this market, from this request on; None when there is no such market."""
    found = markets().get(key)
    if found is None:
        return None
    g.market_here, g.market_chosen = found, found.key
    return found.key


def send_cookie(response: Response) -> Response:
    """Remembers a choice, and a link's market, as a plain word that holds no secret."""
    chosen = g.get("market_chosen")
    if chosen is not None and request.cookies.get(MARKET_COOKIE) != chosen:
        response.set_cookie(
            MARKET_COOKIE, chosen, max_age=YEAR_S, samesite="Lax", secure=settings().is_https, httponly=True
        )
    return response


def chooser() -> list[tuple[Market, bool]]:
    """(market, whether it is the one here), or nothing while the database does not answer."""
    try:
        here = market_here()
        return [(market, market.key == here.key) for market in markets().values()]
    except (SQLAlchemyError, KeyError):
        return []


def _market_of_request(known: Mapping[str, Market]) -> Market:
    linked = known.get(request.args.get(MARKET_ARGUMENT, ""))
    if linked is not None:
        g.market_chosen = linked.key
        return linked
    return known.get(request.cookies.get(MARKET_COOKIE, "")) or known[HOME_MARKET]
