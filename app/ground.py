"""The ground's own pages: health, metrics, links from mails, static files, and the demo's mailbox."""

import mimetypes
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request, send_from_directory
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app import assets, clock, grants, live, metrics, rates, sessions
from app.db import get_or_404, session, transaction
from app.errors import LinkNotValid, NotFound
from app.mail import MailboxMessage
from app.pages import page
from app.settings import settings
from app.timetable import CANARY, TimedJob

YEAR_S = 31_536_000
CANARY_LIFE = timedelta(seconds=60)
MAILBOX_SHOWN = 60

blueprint = Blueprint("app", __name__)
grant_pages: dict[str, Any] = {}


@blueprint.get("/static/<path:name>")
def static_file(name: str) -> Response:
    """A file under its hashed name, in the smallest encoding that the browser takes."""
    response: Response | None = None
    for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
        if request.accept_encodings.quality(encoding) > 0 and _is_built(name + ending):
            response = send_from_directory(assets.TARGET, name + ending, max_age=YEAR_S)
            response.headers["Content-Encoding"] = encoding
            break
    if response is None:
        if not _is_built(name):
            abort(404)
        response = send_from_directory(assets.TARGET, name, max_age=YEAR_S)
    response.headers["Content-Type"] = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if response.headers["Content-Type"].startswith(("text/", "application/javascript")):
        response.headers["Content-Type"] += "; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _is_built(name: str) -> bool:
    try:
        return (assets.TARGET / name).is_file()
    except OSError:  # longer than a file's name can be
        return False


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    return make_response(redirect(assets.Manifest.load().url("images/favicon.svg"), 302))


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    parts = parts_ready()
    ready = all(parts.values())
    shown = {name: "ready" if good else "not ready" for name, good in parts.items()}
    return jsonify(status="ready" if ready else "not ready", parts=shown), 200 if ready else 503


@blueprint.get("/metrics")
def metrics_page() -> Response:
    response = make_response(metrics.exposition())
    response.headers["Content-Type"] = metrics.CONTENT_TYPE
    return response


@blueprint.get("/link/<token>")
def open_link(token: str) -> Response:
    """Exchanges a mail's link for the session's cookie and a clean address."""
    rates.limit("link", request.remote_addr or "", per_minute=30)
    with transaction():
        kind, subject_id = grants.opened_by(token)
        target = grant_pages.get(kind)
        if target is None:
            raise LinkNotValid()
        url = target(subject_id)
        sessions.grant_subject(kind, subject_id)
    return make_response(redirect(url, 303))


@blueprint.get("/live/ticket")
def renew_ticket() -> Response:
    """For a page that was open for longer than its ticket is good."""
    fresh = live.renewed(request.args.get("ticket", "")[:2_000])
    if fresh is None:
        raise NotFound()
    response = jsonify(ticket=fresh)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/mailbox")
def mailbox() -> Response:
    _demo_only()
    messages = session().scalars(
        select(MailboxMessage).order_by(MailboxMessage.sent_at.desc()).limit(MAILBOX_SHOWN)
    )
    return page("app/mailbox.html", messages=list(messages))


@blueprint.get("/mailbox/<uuid:message_id>")
def mailbox_message(message_id: Any) -> Response:
    _demo_only()
    message = get_or_404(MailboxMessage, id=message_id)
    # The demo may be open under another of its names; a link that led away would leave the visitor's session behind.
    text = message.text.replace(settings().public_url.rstrip("/"), request.host_url.rstrip("/"))
    return page("app/mailbox_message.html", message=message, text=text)


def _demo_only() -> None:
    if not settings().is_demo or settings().smtp_url is not None:
        raise NotFound()


def parts_ready() -> dict[str, bool]:
    """What the shop stands on, and whether it answers now."""
    return {"database": _database_answers(), "broker": _broker_answers(), "worker": _canary_sings()}


def _database_answers() -> bool:
    try:
        session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _broker_answers() -> bool:
    try:
        return bool(Redis.from_url(settings().redis_url, socket_timeout=1, socket_connect_timeout=1).ping())
    except RedisError:
        return False


def _canary_sings() -> bool:
    try:
        canary = session().get(TimedJob, CANARY)
    except SQLAlchemyError:
        return False
    return (
        canary is not None
        and canary.last_run_at is not None
        and clock.now() - canary.last_run_at < CANARY_LIFE
    )
