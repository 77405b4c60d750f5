"""Rendering of the sandbox's own pages. No script, no inline style, nothing from elsewhere."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from werkzeug.wrappers import Request, Response

from sandbox import currency, words

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["money"] = currency.printed
TEMPLATES.filters["instant"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
STATIC = {
    "/static/sandbox.css": ("text/css", (HERE / "static" / "sandbox.css").read_bytes()),
    "/static/sandbox.svg": ("image/svg+xml", (HERE / "static" / "sandbox.svg").read_bytes()),
}


def show(
    request: Request,
    template: str,
    *,
    locale: str | None = None,
    status: int = 200,
    leads_to: Iterable[str] = (),
    **facts: Any,
) -> Response:
    """``leads_to``: addresses that a form on this page may be redirected to."""
    code = words.language(locale, request.accept_languages)
    html = TEMPLATES.get_template(template).render(say=words.speaker(code), lang=code, **facts)
    response = Response(html, status, mimetype="text/html")
    guard(response, leads_to)
    response.headers["Vary"] = "Accept-Language"
    return response


def guard(response: Response, leads_to: Iterable[str] = ()) -> None:
    targets = " ".join(["'self'", *dict.fromkeys(filter(None, map(origin, leads_to)))])
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"


def origin(url: str) -> str | None:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.\[\]:_-]+", place):
        return None
    return f"{parts.scheme}://{place}"


def go(url: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = url
    guard(response)
    return response


def static(path: str) -> Response:
    kind, content = STATIC[path]
    response = Response(content, mimetype=kind)
    response.headers["Cache-Control"] = "max-age=300"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def notice(
    request: Request, name: str, *, status: int, locale: str | None = None, link: str | None = None
) -> Response:
    return show(request, "notice.html", locale=locale, status=status, name=name, link=link)
