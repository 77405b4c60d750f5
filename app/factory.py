"""Puts the house together: loads each context's wiring by name, from the floor plan, and plugs it in.

`assemble()` is all that a worker or a command needs; `create_app()` adds the pages.
"""

import functools
import importlib
import io
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Request, Response, g, jsonify, request, url_for
from jinja2 import StrictUndefined
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    access,
    assets,
    broker,
    compression,
    csrf,
    deliveries,
    drawings,
    ground,
    i18n,
    letters,
    live,
    locality,
    logs,
    mail,
    metrics,
    pages,
    rail,
    reach,
    security,
    sessions,
    signals,
    styleguide,
    webhooks,
)
from app.db import close_reading, is_conflict
from app.errors import (
    AccountNeeded,
    Busy,
    InvalidInput,
    NotFound,
    Refusal,
    SignInNeeded,
    TooLarge,
    TooManyRequests,
)
from app.events import Actor, Registry, act_as, install, listener_name
from app.floors import FLOORS
from app.settings import settings
from app.wiring import NavItem, RailItem, Sweep, Wiring

MAX_FORM_BYTES = 256 * 1024
MAX_DRAINED_BYTES = 4 * 1024 * 1024
LANGUAGE_COOKIE = "forecourt-language"
HELP_COOKIE = "forecourt-help"
"""`open` while the reader leaves the help sheet open; set by the page's own script, so that the room is kept at once."""

log = structlog.get_logger()

GROUND_POLICIES = {
    "app.static_file": access.PUBLIC,
    "app.favicon": access.PUBLIC,
    "app.healthz": access.PUBLIC,
    "app.readyz": access.PUBLIC,
    "app.metrics_page": access.OPERATOR,
    "app.renew_ticket": access.VISITOR,
    "rail.now": rail.POLICY,
    "app.open_link": access.PUBLIC,
    "app.mailbox": access.PUBLIC,
    "app.mailbox_message": access.PUBLIC,
    "styleguide.component": access.PUBLIC,
    "styleguide.index": access.PUBLIC,
    "reach.robots": access.PUBLIC,
    "reach.manifest": access.PUBLIC,
}


@dataclass(frozen=True)
class House:
    """Every context's wiring, in floor order, and what they add up to."""

    wirings: tuple[Wiring, ...]

    @property
    def timetable(self) -> tuple[Sweep, ...]:
        counting = Sweep("app.rail", every_s=rail.EVERY_S, run=rail.sweep)
        return (*(sweep for wiring in self.wirings for sweep in wiring.timetable), counting)

    @property
    def rail(self) -> tuple[RailItem, ...]:
        return tuple(item for wiring in self.wirings for item in wiring.rail)

    @property
    def nav(self) -> tuple[NavItem, ...]:
        return tuple(
            sorted((item for wiring in self.wirings for item in wiring.nav), key=lambda item: item.order)
        )

    def first(self, attribute: str) -> Any:
        return next((value for wiring in self.wirings if (value := getattr(wiring, attribute))), None)


@functools.cache
def house() -> House:
    return House(tuple(importlib.import_module(f"{name}.wiring").wiring for name in FLOORS))


@functools.cache
def assemble() -> House:
    """Plugs listeners, composers and transports in. Safe to call again."""
    built = house()
    types: dict[str, Any] = {}
    listeners: dict[str, dict[str, Any]] = {}
    joined: dict[str, tuple[Any, ...]] = {}
    for wiring in built.wirings:
        for event_class in (*wiring.listeners, *wiring.joined, *wiring.record_only):
            types[event_class.type] = event_class
        for event_class, hearing in wiring.listeners.items():
            for listener in hearing:
                listeners.setdefault(event_class.type, {})[listener_name(listener)] = listener
        for event_class, hearing in wiring.joined.items():
            joined[event_class.type] = joined.get(event_class.type, ()) + hearing
    install(Registry(types, listeners, joined, after_record=broker.ring))
    locality.install(built.first("locality"))
    rail.install(built.rail)
    letters.install(
        {template: sample for wiring in built.wirings for template, sample in wiring.letters.items()}
    )
    composers = {kind: composer for wiring in built.wirings for kind, composer in wiring.composers.items()}
    deliveries.install(composers, {deliveries.Mail: mail.send, deliveries.WebhookCall: webhooks.send})
    return built


class LanguagePrefix:
    """/zh/cart and /en/cart are /cart with the language chosen; links on such a page keep the prefix."""

    def __init__(self, wsgi: Any) -> None:
        self.wsgi = wsgi

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "/")
        head, _, rest = path[1:].partition("/")
        if head in i18n.LANGUAGES:
            environ["forecourt.language"] = head
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/" + head
            environ["PATH_INFO"] = "/" + rest
        return self.wsgi(environ, start_response)


def create_app() -> Flask:
    logs.configure()
    if not settings().is_demo:
        broker.refuse_evicting()
    built = assemble()
    app = Flask("app", template_folder="../templates", static_folder=None)
    app.config.update(
        SECRET_KEY=settings().secret_key,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=500,
        TEMPLATES_AUTO_RELOAD=False,
    )
    _set_up_templates(app)
    app.register_blueprint(ground.blueprint)
    app.register_blueprint(styleguide.blueprint)
    app.register_blueprint(reach.blueprint)
    app.register_blueprint(rail.blueprint)
    policies = dict(GROUND_POLICIES)
    for wiring in built.wirings:
        for blueprint in wiring.blueprints:
            app.register_blueprint(blueprint)
        policies.update(wiring.policies)
        ground.grant_pages.update(wiring.grant_pages)
    _require_policies(app, policies)
    reach.install(
        app,
        found=(endpoint for wiring in built.wirings for endpoint in wiring.found),
        shared=(endpoint for wiring in built.wirings for endpoint in wiring.shared),
    )
    _set_up_requests(app, policies)
    _set_up_refusals(app)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    if hops := settings().trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _require_policies(app: Flask, policies: dict[str, access.Policy]) -> None:
    bare = sorted(set(app.view_functions) - set(policies))
    if bare:
        raise RuntimeError(f"Routes without an access policy: {', '.join(bare)}")
    stray = sorted(set(policies) - set(app.view_functions))
    if stray:
        raise RuntimeError(f"Policies for routes that do not exist: {', '.join(stray)}")


def _set_up_templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True
    )
    app.jinja_env.filters.update(pages.FILTERS)
    app.jinja_env.globals.update(
        static_url=assets.Manifest.load().url,
        csrf_field=csrf.field,
        csrf_token=csrf.token,
        client_key=pages.client_key,
        localized=i18n.localized,
        live_attributes=live.attributes,
        look_every=live.look_every,
        **drawings.JINJA_GLOBALS,
    )

    @app.context_processor
    def _page_facts() -> dict[str, Any]:
        return page_facts()


def page_facts() -> dict[str, Any]:
    """What every page shows: computed from the request and the session row, never by a query."""
    state, built, code = sessions.current(), house(), i18n.language()
    other = "zh" if code == "en" else "en"
    here = (
        request.path
        if not request.query_string
        else f"{request.path}?{request.query_string.decode('latin-1')}"
    )
    help_endpoint, cart_endpoint = built.first("help_endpoint"), built.first("cart_endpoint")
    sheet_endpoint = built.first("help_sheet_endpoint")
    return {
        "language": code,
        "html_lang": i18n.HTML_LANG[code],
        "other_language": other,
        "other_language_url": f"/{other}{here}",
        "alternates": [
            (i18n.HTML_LANG[c], f"{settings().public_url.rstrip('/')}/{c}{request.path}")
            for c in i18n.LANGUAGES
        ],
        "canonical_url": f"{settings().public_url.rstrip('/')}/{code}{request.path}",
        "cart_count": state.cart_count,
        "cart_url": url_for(cart_endpoint) if cart_endpoint else "",
        "home_url": url_for("catalog.home") if "catalog" in FLOORS else "/",
        "help_url": url_for(help_endpoint, page=request.path) if help_endpoint else "",
        "help_sheet_url": url_for(sheet_endpoint) if sheet_endpoint else "",
        "help_open": request.cookies.get(HELP_COOKIE) == "open",
        "signed_in_staff": state.staff,
        "is_signed_in": state.account_id is not None,
        "rail": rail.shown(request.endpoint),
        "rail_at": request.endpoint or "",
        "nav": [
            {
                "url": url_for(item.endpoint),
                "label": i18n.translate(item.label),
                "current": request.endpoint == item.endpoint,
            }
            for item in built.nav
        ],
        **reach.facts(),
        "is_demo": settings().is_demo,
        "request_id": g.get("request_id", ""),
    }


def _set_up_requests(app: Flask, policies: dict[str, access.Policy]) -> None:
    @app.before_request
    def begin() -> None:
        g.started = time.monotonic()
        g.request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        i18n.speak(_language_of(request))
        if not settings().is_demo and request.host != urlsplit(settings().public_url).netloc:
            raise UnknownHost()
        if request.endpoint is None:
            return
        if _carries_nul(request):
            raise NotFound()
        _measure(request)
        act_as(_actor(), g.request_id)
        policy = policies[request.endpoint]
        if policy.most_bytes is not None and sessions.current().staff is not None:
            request.max_content_length = policy.most_bytes
        if request.method in csrf.UNSAFE and policy.csrf:
            csrf.check()
        policy.check(dict(request.view_args or {}))

    @app.after_request
    def finish(response: Response) -> Response:
        signals.after_response(response)
        _note_use()
        response = csrf.send_cookie(sessions.send_cookie(response))
        if (
            "forecourt.language" in request.environ
            and request.cookies.get(LANGUAGE_COOKIE) != i18n.language()
        ):
            response.set_cookie(
                LANGUAGE_COOKIE,
                i18n.language(),
                max_age=31_536_000,
                samesite="Lax",
                secure=settings().is_https,
            )
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = i18n.HTML_LANG[i18n.language()]
            response.vary.update(("Accept-Language", "Cookie", "HX-Request", "HX-Request-Type"))
        response.headers["X-Request-Id"] = g.get("request_id", "")
        _count(response)
        return compression.compress(response)

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        close_reading()

    security.install(app)


def _note_use() -> None:
    try:
        sessions.note_use()
    except (DBAPIError, PoolTimeout):
        log.warning("session.use_not_noted")


def _measure(asked: Request) -> None:
    """A body that does not tell its length is read here; further on it would be cut at the limit, and taken as whole.

    One that does tell it is held to it: the server says of every body that it ends by itself, and one whose sender was
    cut off does so too early.
    """
    if asked.content_length is not None:
        asked.environ.pop("wsgi.input_terminated", None)
        return
    if not asked.environ.get("wsgi.input_terminated"):
        return
    try:
        body = asked.environ["wsgi.input"].read(MAX_FORM_BYTES + 1)
    except (OSError, ValueError):
        raise BadRequest() from None
    if len(body) > MAX_FORM_BYTES:
        raise RequestEntityTooLarge()
    asked.environ["wsgi.input"] = io.BytesIO(body)


def _carries_nul(asked: Request) -> bool:
    """No address of ours holds one, and the database takes none. Forms refuse it field by field."""
    return "\0" in asked.path or any("\0" in value for values in asked.args.listvalues() for value in values)


def _language_of(asked: Request) -> str:
    chosen = asked.environ.get("forecourt.language") or asked.cookies.get(LANGUAGE_COOKIE)
    return i18n.negotiate(chosen, asked.accept_languages)


def _actor() -> Actor:
    if request.endpoint == "app.static_file" or not request.cookies.get(sessions.cookie_name()):
        return Actor("visitor")
    state = sessions.current()
    if state.staff is not None:
        return Actor("staff", str(state.staff.id))
    return Actor("visitor", str(state.visitor_id) if state.visitor_id else None)


def _count(response: Response) -> None:
    endpoint = request.endpoint or "none"
    taken = time.monotonic() - g.get("started", time.monotonic())
    metrics.REQUESTS.labels(endpoint, str(response.status_code)).inc()
    metrics.SECONDS.labels(endpoint).observe(taken)
    if endpoint not in ("app.static_file", "app.healthz"):
        log.info(
            "request",
            method=request.method,
            path=logs.safe_path(request.path),
            status=response.status_code,
            ms=int(taken * 1000),
        )


def _set_up_refusals(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        for wiring in house().wirings:
            if wiring.refused is not None:
                wiring.refused(refusal)
        return render_refusal(refusal)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_: Exception) -> Response:
        # What was sent is read and dropped, so that the sender hears the answer and not a broken connection.
        request.environ["wsgi.input"].read(MAX_DRAINED_BYTES)
        return render_refusal(TooLarge())

    @app.errorhandler(404)
    def not_found(_: Exception) -> Response:
        return render_refusal(NotFound())

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        refusal = Refusal()
        refusal.status = error.code or 500
        response = render_refusal(refusal)
        if isinstance(valid := getattr(error, "valid_methods", None), list | tuple | set):
            response.headers["Allow"] = ", ".join(sorted(valid))
        return response

    @app.errorhandler(PoolTimeout)
    def no_room(_: Exception) -> Response:
        _ask_no_more()
        return render_refusal(Busy())

    @app.errorhandler(DBAPIError)
    def database_failed(error: DBAPIError) -> Response:
        log.exception("database.failed")
        _ask_no_more()
        if is_conflict(error) or isinstance(error, OperationalError):
            return render_refusal(Busy())
        return render_refusal(Unforeseen())

    @app.errorhandler(Exception)
    def unforeseen(_: Exception) -> Response:
        log.exception("request.failed")
        return render_refusal(Unforeseen())


def _ask_no_more() -> None:
    """The page about a failing database must not need it: who is here stays unknown, if it was not known yet."""
    g.setdefault("session_state", sessions.SessionState())


class UnknownHost(Refusal):
    status = 400
    says = i18n.N_("This shop answers under its own address only.")


class Unforeseen(Refusal):
    status = 500
    says = i18n.N_(
        "Something failed on our side. Nothing was lost; try again, or ask a person with the number below."
    )


def render_refusal(refusal: Refusal) -> Response:
    """A refusal as a page, as the fragment `refusal` for htmx, or as JSON for whoever asked for it."""
    g.pop("form_action", None)
    signals.rendered(refusal)
    reach.keep_out()
    if _wants_json():
        response = jsonify(
            error={
                "code": refusal.code,
                "message": refusal.text,
                "field": refusal.field,
                "errors": refusal.errors if isinstance(refusal, InvalidInput) else None,
                "request_id": g.get("request_id"),
            }
        )
        response.status_code = refusal.status
    elif isinstance(refusal, AccountNeeded) and request.method == "GET":
        return pages.see_other(url_for("entrance.sign_in", next=request.full_path.rstrip("?")))
    elif isinstance(refusal, SignInNeeded) and request.method == "GET" and "partners" in FLOORS:
        return pages.see_other(url_for("partners.sign_in", next=request.full_path.rstrip("?")))
    else:
        errors = refusal.errors if isinstance(refusal, InvalidInput) else {}
        response = pages.page_or_fragment(
            "app/refusal.html", "app/_refusal.html", status=refusal.status, refusal=refusal, errors=errors
        )
    if isinstance(refusal, TooManyRequests):
        response.headers["Retry-After"] = str(refusal.seconds)
    if isinstance(refusal, Busy):
        response.headers["Retry-After"] = "2"
    return response


def _wants_json() -> bool:
    if request.path.startswith(("/api/", "/webhooks/")):
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), "text/html")
    return best == "application/json" and not pages.wants_fragment()
