"""Security headers, on every answer: pages, fragments, errors and files alike."""

from flask import Flask, Response, g, request

from app.settings import settings

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def allow_form_action(origin: str) -> None:
    """Lets the forms of this one page lead to `origin`: Chromium silently drops a redirect there otherwise."""
    g.form_action = origin


def install(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    directives = dict(DIRECTIVES)
    if origin := g.get("form_action"):
        directives["form-action"] += f" {origin}"
    if edge := settings().edge_url:
        directives["connect-src"] += f" {edge}"
    headers = response.headers
    headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in directives.items())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    if settings().is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if _is_personal(response) else "private, no-cache"
    return response


def _is_personal(response: Response) -> bool:
    state = g.get("session_state")
    return (
        request.method != "GET" or response.status_code >= 400 or (state is not None and state.id is not None)
    )
