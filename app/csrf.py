"""Forged posts. A signed nonce in a cookie, the form's token derived from it: no row is written for a first look.

The token is checked on every unsafe method of every endpoint whose policy does not sign its own requests, htmx or not.
"""

import hashlib
import hmac
import secrets

from flask import Response, g, request
from markupsafe import Markup

from app.errors import FormExpired
from app.settings import settings

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def cookie_name() -> str:
    return "__Host-forecourt-csrf" if settings().is_https else "forecourt-csrf"


def token() -> str:
    """Another text on every page, so that the length of a compressed page tells nothing about it."""
    mask = secrets.token_hex(8)
    return f"{mask}.{_sign('form', mask + _nonce())}"


def field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def check() -> None:
    """Raises FormExpired for a missing, foreign or altered token, and for a post that another site sent."""
    if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise FormExpired()
    nonce = _nonce_of(request.cookies.get(cookie_name(), ""))
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    mask, _, signature = given.partition(".")
    if nonce is None or not hmac.compare_digest(
        _sign("form", mask + nonce).encode(), signature.encode("utf-8", "replace")
    ):
        raise FormExpired()


def browser() -> bytes:
    """What this browser is known by before it has a session; another after `rotate`."""
    return hashlib.sha256(f"browser:{_nonce()}".encode()).digest()


def rotate() -> None:
    """A new nonce, at sign-in and sign-out."""
    g.csrf_nonce = secrets.token_urlsafe(18)
    g.csrf_fresh = True


def send_cookie(response: Response) -> Response:
    if g.get("csrf_fresh"):
        nonce = g.csrf_nonce
        response.set_cookie(
            cookie_name(),
            f"{nonce}.{_sign('nonce', nonce)}",
            httponly=True,
            secure=settings().is_https,
            samesite="Lax",
            path="/",
        )
    return response


def _nonce() -> str:
    if "csrf_nonce" not in g:
        nonce = _nonce_of(request.cookies.get(cookie_name(), ""))
        g.csrf_fresh = nonce is None
        g.csrf_nonce = nonce or secrets.token_urlsafe(18)
    return str(g.csrf_nonce)


def _nonce_of(cookie: str) -> str | None:
    nonce, _, signature = cookie.partition(".")
    if nonce and hmac.compare_digest(_sign("nonce", nonce).encode(), signature.encode()):
        return nonce
    return None


def _sign(purpose: str, value: str) -> str:
    key = settings().secret_key.encode()
    return hmac.new(key, f"csrf:{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
