"""One request in Stripe's wire form, from its bytes to its answer."""

import base64
import binascii
import hmac
import json
import logging
import socket
from dataclasses import dataclass, field

from werkzeug.wrappers import Request, Response

from sandbox import expansion, faults, form, ids, keys, routes
from sandbox.desk import Desk
from sandbox.events import API_VERSION
from sandbox.faults import Fault
from sandbox.refusal import Object, Refusal
from sandbox.store import Book, Stamp

log = logging.getLogger("sandbox")


@dataclass
class Answer:
    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)


def respond(desk: Desk, request: Request) -> Response:
    stamp = Stamp(ids.new("req", 14), request.headers.get("Idempotency-Key") or None)
    try:
        check_key(request, desk.settings.api_key)
        fault = due_fault(desk, request)
        answer = perform(desk, request, stamp, fault)
    except Refusal as refusal:
        fault, answer = None, Answer(refusal.status, refusal.body())
    except Exception:
        log.exception("%s failed", stamp.request_id)
        fault, answer = None, broken()
    desk.bell.set()
    if fault:
        answer = spoil(desk, request, fault, answer)
    return written(answer, request, stamp)


def due_fault(desk: Desk, request: Request) -> Fault | None:
    with desk.store.read() as book:
        if not book.setting("faults"):
            return None
    with desk.store.write() as book:
        return faults.take(book, request.method, request.path)


def check_key(request: Request, wanted: str) -> None:
    given = presented_key(request.headers.get("Authorization", ""))
    if not given:
        raise Refusal(401, "invalid_request_error", "You did not provide an API key.")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Refusal(401, "invalid_request_error", f"Invalid API Key provided: {given[:8]}…")


def presented_key(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def perform(desk: Desk, request: Request, stamp: Stamp, fault: Fault | None) -> Answer:
    if fault and fault.do == "error_500_before":
        return broken()
    if fault and fault.do == "conflict_409":
        raise Refusal(
            409, "invalid_request_error", "This object cannot be accessed right now.", code="lock_timeout"
        )
    if request.method == "POST" and stamp.idempotency_key:
        return perform_keyed(desk, request, stamp, stamp.idempotency_key, fault)
    wait(desk, fault)
    return perform_once(desk, request, stamp)


def perform_keyed(desk: Desk, request: Request, stamp: Stamp, key: str, fault: Fault | None) -> Answer:
    with desk.store.write() as book:
        saved = keys.claim(book, key, keys.fingerprint(request.method, request.path, body_of(request)))
    if saved:
        return Answer(saved.status, saved.body, {"Idempotent-Replayed": "true"})
    try:
        wait(desk, fault)
        return perform_once(desk, request, stamp)
    except Refusal as refusal:
        with desk.store.write() as book:
            if refusal.keeps_key:
                keys.keep(book, key, refusal.status, refusal.body())
            else:
                keys.free(book, key)
        raise
    except BaseException:
        with desk.store.write() as book:
            keys.free(book, key)
        raise


def perform_once(desk: Desk, request: Request, stamp: Stamp) -> Answer:
    """The effect, its events and the saved answer stand or fall together."""
    route, parts = routes.find(request.method, request.path)
    given = route.accepts.read(form.parse(body_of(request)))
    if request.method == "GET":
        with desk.store.read() as book:
            return Answer(200, shown(book, route.operation(book, parts, given), given))
    with desk.store.write(stamp) as book:
        try:
            answer = Answer(200, shown(book, route.operation(book, parts, given), given))
        except Refusal as refusal:
            if not refusal.commits:
                raise
            answer = Answer(refusal.status, refusal.body())
        if stamp.idempotency_key and request.method == "POST":
            keys.keep(book, stamp.idempotency_key, answer.status, answer.body)
        return answer


def shown(book: Book, thing: Object, given: Object) -> Object:
    return expansion.expand(book, thing, given.get("expand", []))


def body_of(request: Request) -> str:
    if request.method != "POST":
        return request.query_string.decode("utf-8", "replace")
    return request.get_data(cache=True).decode("utf-8", "replace")


def wait(desk: Desk, fault: Fault | None) -> None:
    if fault and fault.do == "slow":
        desk.stopping.wait(fault.seconds)


def spoil(desk: Desk, request: Request, fault: Fault, answer: Answer) -> Answer:
    if fault.do == "error_500_after":
        return broken()
    if fault.do == "alter_after":
        return Answer(answer.status, answer.body | fault.change, answer.headers)
    if fault.do in ("timeout_after", "cut_after"):
        if fault.do == "timeout_after":
            desk.stopping.wait(fault.seconds or 30.0)
        cut(request)
    return answer


def cut(request: Request) -> None:
    """The answer is written into a closed connection: the caller never learns how it went."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the caller had hung up already")


def broken() -> Answer:
    return Answer(
        500, {"error": {"type": "api_error", "message": "Sorry! There was an error while talking to us."}}
    )


def written(answer: Answer, request: Request, stamp: Stamp) -> Response:
    response = Response(json.dumps(answer.body, indent=2, ensure_ascii=False), answer.status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Request-Id"] = str(stamp.request_id)
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    response.headers["Cache-Control"] = "no-store"
    if stamp.idempotency_key:
        response.headers["Idempotency-Key"] = stamp.idempotency_key
    if answer.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Payment sandbox"'
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response
