"""The sandbox as a WSGI application and as a process of its own."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from sandbox import api, console, control, hosted, intents, pages, sessions
from sandbox.deliveries import Postman
from sandbox.desk import Desk, open_desk
from sandbox.settings import Settings
from sandbox.sweep import Sweeper

log = logging.getLogger("sandbox")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LARGEST_BODY = 512 * 1024
PLACES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET POST", r"/c/pay/([A-Za-z0-9_]{1,255})", hosted.pay_page),
    ("GET POST", r"/c/authenticate/([A-Za-z0-9_]{1,255})", hosted.bank_page),
    ("GET", r"/", console.show),
    ("POST", r"/deliveries/([0-9]{1,12})/resend", console.resend),
)


def application(desk: Desk) -> Wsgi:
    def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        request.max_form_memory_size = LARGEST_BODY
        return answer(desk, request)(environ, start_response)

    return respond


def answer(desk: Desk, request: Request) -> Response:
    if not known_host(desk, request):
        return Response("Unknown host.\n", 400, mimetype="text/plain")
    if (request.content_length or 0) > LARGEST_BODY:
        return Response("Too large.\n", 413, mimetype="text/plain")
    if request.path == "/healthz":
        return Response("ok\n", mimetype="text/plain")
    if request.path in pages.STATIC:
        return pages.static(request.path)
    if request.path.startswith("/v1/"):
        return api.respond(desk, request)
    if request.path.startswith("/_sandbox/"):
        return control.respond(desk, request)
    return page(desk, request)


def page(desk: Desk, request: Request) -> Response:
    for verbs, pattern, view in PLACES:
        found = re.fullmatch(pattern, request.path)
        if found and request.method in verbs.split():
            return attempt(desk, request, view, found.groups())
    return pages.notice(request, "lost", status=404)


def attempt(
    desk: Desk, request: Request, view: Callable[..., Response], parts: tuple[str | None, ...]
) -> Response:
    try:
        return view(desk, request, *parts)
    except HTTPException as refused:
        return pages.notice(request, "stale", status=refused.code or 400)
    except Exception:
        log.exception("%s failed", request.path)
        return pages.notice(request, "broken", status=500)


def known_host(desk: Desk, request: Request) -> bool:
    """A page elsewhere cannot reach us under a name of its own."""
    name = re.sub(r":[0-9]+$", "", request.host).strip("[]")
    return name in desk.settings.known_hosts()


class QuietHandler(WSGIRequestHandler):
    """One line per API call; never a query, never a body, nothing of the pages."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/v1/"):
            log.log(
                logging.DEBUG if self.command == "GET" else logging.INFO, "%s %s %s", self.command, path, code
            )


class Sandbox:
    """A server that listens at once; ``serve`` blocks, ``stop`` may come from any thread."""

    def __init__(self, settings: Settings, wrap: Callable[[Wsgi], Wsgi] = lambda inner: inner) -> None:
        self.server: BaseWSGIServer = make_server(
            settings.host, settings.port, lambda *_: iter(()), threaded=True, request_handler=QuietHandler
        )
        port = self.server.server_port
        self.desk = open_desk(Settings(**vars(settings) | {"port": port}))
        with self.desk.store.write() as book:
            sessions.readdress(book)
            intents.readdress(book)
        self.server.app = wrap(application(self.desk))
        self.threads = (Postman(self.desk), Sweeper(self.desk))

    @property
    def url(self) -> str:
        return f"http://{self.desk.settings.host}:{self.desk.settings.port}"

    def serve(self) -> None:
        for thread in self.threads:
            thread.start()
        self.server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        self.desk.stopping.set()
        self.desk.bell.set()
        self.server.shutdown()
        self.server.server_close()
        for thread in self.threads:
            thread.join(timeout=12)
