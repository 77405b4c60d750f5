"""How pages are found and shared: what search engines may keep, the data they read, the card of a shared link.

A page is kept by search engines only if its context names it in its wiring (`found`); every other answer says no.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, make_response, request
from markupsafe import Markup

from app import assets, cards, i18n
from app.i18n import _
from app.settings import settings

blueprint = Blueprint("reach", __name__)

DAY_S = 86_400
PAGE_COLOUR = "#f4f6f6"
OWN_CARD = ("mere", "tarn")
"""The car on the card of pages that show no car of their own."""
SITE_NAMES = {"en": "tarn", "zh": "泰然 tarn"}
_CARDS = f"/static/{cards.FOLDER}/"
_OPEN_TO_ROBOTS = ("static", "sitemap", "robots.txt", "manifest.webmanifest", "favicon.ico")
_IN_SCRIPT = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

_found: set[str] = set()
_shared: set[str] = set()


def keep_out() -> None:
    """This one answer is for nobody to keep: a refusal, or a page that is about somebody."""
    g.kept_out = True


def install(app: Flask, found: Iterable[str], shared: Iterable[str]) -> None:
    """`found`: endpoints that search engines may keep. `shared`: links people send each other, previewed but not kept."""
    _closed.cache_clear()
    _found.clear()
    _shared.clear()
    _found.update(found)
    _shared.update(shared)
    app.jinja_env.globals.update(data_block=data_block, share_picture=share_picture)
    app.after_request(_say_who_may_keep)


def facts() -> dict[str, Any]:
    is_found = request.endpoint in _found and not g.get("kept_out")
    return {
        "is_found": is_found,
        "is_shared": is_found or (request.endpoint in _shared and not g.get("kept_out")),
        "manifest_url": f"/{i18n.language()}/manifest.webmanifest",
        "plain_url": absolute(request.path),
        "site_name": SITE_NAMES[i18n.language()],
    }


def absolute(path: str) -> str:
    return settings().public_url.rstrip("/") + path


def canonical(path: str) -> str:
    """The one whole address of a page of ours in the language being spoken."""
    return absolute(f"/{i18n.language()}{path.removeprefix(request.script_root)}")


def share_picture(model: str = OWN_CARD[0], paint: str = OWN_CARD[1]) -> str:
    """The whole address of the card for a shared link, 1200 by 630."""
    try:
        return absolute(assets.Manifest.load().url(cards.name(model, paint)))
    except KeyError:
        return absolute(assets.Manifest.load().url(cards.name(*OWN_CARD)))


def data_block(things: Iterable[Mapping[str, Any]]) -> Markup:
    """Facts of the page for machines. A data block is never run; nothing in it can end the element."""
    graph = [thing for thing in things if thing]
    if not graph:
        return Markup()
    text = json.dumps(
        {"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":")
    )
    return Markup(f'<script type="application/ld+json">{text.translate(_IN_SCRIPT)}</script>')


@blueprint.get("/robots.txt")
def robots() -> Response:
    lines = ["User-agent: *"]
    lines += [f"Disallow: {path}" for path in _closed()]
    lines += ["Allow: /", "", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    response = make_response("\n".join(lines))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={DAY_S}"
    return response


@functools.cache
def _closed() -> tuple[str, ...]:
    """Every first step of an address below which nothing is to be found, with and without a language before it."""
    steps: dict[str, bool] = {}
    for rule in current_app.url_map.iter_rules():
        step = rule.rule.split("/")[1]
        is_open = rule.endpoint in _found | _shared or step.startswith(_OPEN_TO_ROBOTS)
        steps[step] = steps.get(step, False) or is_open
    closed = sorted(step for step, is_open in steps.items() if step and not is_open)
    return tuple(
        f"{prefix}/{step}" for step in closed for prefix in ("", *(f"/{code}" for code in i18n.LANGUAGES))
    )


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    language, files = i18n.language(), assets.Manifest.load()
    icons = [
        {
            "src": files.url(name),
            "sizes": f"{width}x{width}",
            "type": "image/png",
            "purpose": "maskable" if is_maskable else "any",
        }
        for name, (width, is_maskable) in cards.ICONS.items()
        if "apple" not in name
    ]
    told = {
        "id": "/",
        "name": SITE_NAMES[language],
        "short_name": SITE_NAMES[language].split()[0],
        "description": _(
            "Electric cars, charging and mobility with the whole price in view, and a person one tap away."
        ),
        "lang": i18n.HTML_LANG[language],
        "dir": "ltr",
        "start_url": f"/{language}/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAGE_COLOUR,
        "theme_color": PAGE_COLOUR,
        "icons": icons,
    }
    response = make_response(json.dumps(told, ensure_ascii=False, indent=1))
    response.headers["Content-Type"] = "application/manifest+json; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def _say_who_may_keep(response: Response) -> Response:
    is_page = response.mimetype == "text/html"
    if is_page and (request.endpoint not in _found or g.get("kept_out") or response.status_code >= 400):
        response.headers["X-Robots-Tag"] = "noindex"
    if request.path.startswith(_CARDS):
        # Previews of a link are drawn on other sites, and so is this one picture.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
