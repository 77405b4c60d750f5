"""Every page that can be found, for those who look for pages: one index, and parts of at most 5,000 addresses.

Each address is told in every language with its siblings; the cars of every market are in it. A part is made by one
bounded statement and kept for some minutes.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, url_for
from sqlalchemy import func, select

from app import access, i18n, reach
from app.db import session
from app.errors import NotFound
from catalog.products import Model
from catalog.stock import StockItem

blueprint = Blueprint("sitemap", __name__)

ADDRESSES = 5_000
LANGUAGES = len(i18n.LANGUAGES)
PAGES = ADDRESSES // LANGUAGES
"""Pages in one part: each stands there once for each language."""
LIVE_S = 600
MOST_KEPT_BYTES = 8 * 1024 * 1024
WINDOWS = ("catalog.home", "catalog.models", "catalog.stock", "catalog.services", "catalog.subscribe")
KINDS = ("pages", "models", "stock")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'

_kept: dict[tuple[str, ...], tuple[float, str]] = {}


@blueprint.get("/sitemap.xml")
def index() -> Response:
    key = ("index",)
    return _xml(_fresh(key) or _keep(key, _index()))


@blueprint.get("/sitemap/<kind>-<int:part>.xml")
def part(kind: str, part: int) -> Response:
    """Raises NotFound for a part that is not there."""
    if kind not in KINDS or not 1 <= part <= 100_000:
        raise NotFound()
    key = (kind, str(part))
    text = _fresh(key)
    if text is None:
        pages = list(_pages(kind, part))
        if not pages and part > 1:
            raise NotFound()
        text = _keep(key, _url_set(pages))
    return _xml(text)


def _index() -> str:
    parts = [url_for("sitemap.part", kind="pages", part=1)]
    for kind, count in (("models", _count_models()), ("stock", _count_stock())):
        parts += [
            url_for("sitemap.part", kind=kind, part=number + 1)
            for number in range(max(1, -(-count // PAGES)))
        ]
    told = "".join(
        f"<sitemap><loc>{escape(reach.absolute(_plain(path)))}</loc></sitemap>\n" for path in parts
    )
    return (
        f'{_HEAD}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{told}</sitemapindex>\n'
    )


def _count_models() -> int:
    return session().scalar(select(func.count()).select_from(Model)) or 0


def _count_stock() -> int:
    return (
        session().scalar(select(func.count()).select_from(StockItem).where(StockItem.state == "available"))
        or 0
    )


def _pages(kind: str, part: int) -> Iterator[tuple[str, datetime | None]]:
    """(address without a language, last change)."""
    if kind == "pages":
        if part == 1:
            yield from ((_plain(url_for(endpoint)), None) for endpoint in WINDOWS)
        return
    skip = (part - 1) * PAGES
    if kind == "models":
        for (slug,) in session().execute(select(Model.slug).order_by(Model.slug).limit(PAGES).offset(skip)):
            yield _plain(url_for("catalog.model", slug=slug)), None
        return
    rows = session().execute(
        select(StockItem.public_id, StockItem.listed_at)
        .where(StockItem.state == "available")
        .order_by(StockItem.id)
        .limit(PAGES)
        .offset(skip)
    )
    for public_id, listed_at in rows:
        yield _plain(url_for("catalog.stock_item", public_id=public_id)), listed_at


def _plain(path: str) -> str:
    """An address without the language that the asker's own address carries."""
    head, _slash, rest = path[1:].partition("/")
    return f"/{rest}" if head in i18n.LANGUAGES else path


def _url_set(pages: Iterable[tuple[str, datetime | None]]) -> str:
    told = "".join(line for path, changed_at in pages for line in _urls(path, changed_at))
    return f"{_HEAD}<urlset {_NAMESPACES}>\n{told}</urlset>\n"


def _urls(path: str, changed_at: datetime | None) -> Iterator[str]:
    siblings = "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(tag)} href={quoteattr(reach.absolute(address))}/>'
        for tag, address in (
            *((i18n.HTML_LANG[code], f"/{code}{path}") for code in i18n.LANGUAGES),
            ("x-default", path),
        )
    )
    changed = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%S}Z</lastmod>" if changed_at else ""
    for code in i18n.LANGUAGES:
        yield f"<url><loc>{escape(reach.absolute(f'/{code}{path}'))}</loc>{changed}{siblings}</url>\n"


def _fresh(key: tuple[str, ...]) -> str | None:
    until, text = _kept.get(key, (0.0, ""))
    return text if until > time.monotonic() else None


def _keep(key: tuple[str, ...], text: str) -> str:
    """Kept for some minutes, and never more than a few parts: what does not fit is made again when asked for."""
    for old in [old for old, (until, _text) in _kept.items() if until <= time.monotonic()]:
        _kept.pop(old, None)
    if len(text) + sum(len(other) for _until, other in _kept.values()) <= MOST_KEPT_BYTES:
        _kept[key] = (time.monotonic() + LIVE_S, text)
    return text


def forget() -> None:
    _kept.clear()


def _xml(text: str) -> Response:
    response = Response(text, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={LIVE_S}"
    return response


policies = {"sitemap.index": access.PUBLIC, "sitemap.part": access.PUBLIC}
