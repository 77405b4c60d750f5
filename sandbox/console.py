"""The operator's page: recent payments and what became of each webhook."""

import hmac

from werkzeug.wrappers import Request, Response

from sandbox import api, control, deliveries, faults, ids, pages
from sandbox.desk import Desk
from sandbox.refusal import Object
from sandbox.settings import LOOPBACK_HOSTS
from sandbox.store import Book

SHOWN = 25


def show(desk: Desk, request: Request) -> Response:
    if not may_look(desk, request):
        return locked()
    with desk.store.write() as book:
        token = form_token(book)
    with desk.store.read() as book:
        switches = faults.current(book)
        return pages.show(
            request,
            "console.html",
            token=token,
            merchant=desk.settings.merchant,
            offset_s=desk.clock.offset_s,
            faults=switches if switches["webhooks"] != "on" or switches["next"] else None,
            sessions=book.newest("checkout.session", SHOWN),
            payments=[with_charge(book, intent) for intent in book.newest("payment_intent", SHOWN)],
            deliveries=control.recent_deliveries(book, 2 * SHOWN),
        )


def resend(desk: Desk, request: Request, delivery: str) -> Response:
    if not may_look(desk, request):
        return locked()
    with desk.store.write() as book:
        if not hmac.compare_digest(request.form.get("token", "").encode(), form_token(book).encode()):
            return pages.notice(request, "stale", status=403)
        deliveries.send_again(book, int(delivery))
    desk.bell.set()
    return pages.go("/#webhooks")


def may_look(desk: Desk, request: Request) -> bool:
    """On this machine freely; through any other name only with the API key as the user name."""
    if request.host.rpartition(":")[0].strip("[]") in LOOPBACK_HOSTS or request.host in LOOPBACK_HOSTS:
        return True
    given = api.presented_key(request.headers.get("Authorization", ""))
    return hmac.compare_digest(given.encode(), desk.settings.api_key.encode())


def locked() -> Response:
    response = Response("The API key is the user name here.\n", 401, mimetype="text/plain")
    response.headers["WWW-Authenticate"] = 'Basic realm="Payment sandbox"'
    return response


def form_token(book: Book) -> str:
    kept = book.setting("console_token")
    if kept is None:
        kept = ids.token()
        book.keep_setting("console_token", kept)
    return str(kept)


def with_charge(book: Book, intent: Object) -> tuple[Object, Object | None]:
    return intent, book.find("charge", intent["latest_charge"])
