"""Switches for tests and operators, under ``/_sandbox``."""

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox import api, deliveries, faults, hosted, sessions
from sandbox.cards import Entry, Mistyped
from sandbox.desk import Desk
from sandbox.refusal import Object, Refusal, bad_parameter, missing_parameter
from sandbox.store import Book, Stamp
from sandbox.sweep import sweep

KINDS = (
    "checkout.session",
    "payment_intent",
    "charge",
    "refund",
    "customer",
    "payment_method",
    "event",
    "webhook_endpoint",
)


def respond(desk: Desk, request: Request) -> Response:
    try:
        api.check_key(request, desk.settings.api_key)
        answer = api.Answer(200, route(desk, request))
    except Refusal as refusal:
        answer = api.Answer(refusal.status, refusal.body())
    desk.bell.set()
    return api.written(answer, request, Stamp("sandbox"))


def route(desk: Desk, request: Request) -> Object:
    place = (request.method, request.path)
    if place == ("GET", "/_sandbox/state"):
        with desk.store.read() as book:
            return state(desk, book)
    wish = wish_of(request)
    with desk.store.write() as book:
        if place == ("POST", "/_sandbox/faults"):
            return faults.arrange(book, wish)
        if place == ("POST", "/_sandbox/clock"):
            return set_clock(desk, book, wish)
        if place == ("POST", "/_sandbox/pay"):
            return pay(book, wish)
        if place == ("POST", "/_sandbox/resend"):
            return resend(book, wish)
    raise Refusal(404, "invalid_request_error", "There is no such switch.")


def wish_of(request: Request) -> Object:
    try:
        wish = json.loads(request.get_data() or b"{}")
    except ValueError as fault:
        raise bad_parameter("body", "The body has to be JSON.") from fault
    if not isinstance(wish, dict):
        raise bad_parameter("body", "The body has to be a JSON object.")
    return wish


def state(desk: Desk, book: Book) -> Object:
    counts = dict(book.sql.execute("select kind, count(*) from object group by kind").fetchall())
    queue = dict(book.sql.execute("select state, count(*) from delivery group by state").fetchall())
    return {
        "now": book.now,
        "offset_s": desk.clock.offset_s,
        "faults": faults.current(book),
        "objects": {kind: counts.get(kind, 0) for kind in KINDS},
        "sessions": sessions_by_status(book),
        "deliveries": queue,
        "recent_deliveries": recent_deliveries(book, 100),
    }


def sessions_by_status(book: Book) -> dict[str, int]:
    rows = book.sql.execute(
        "select json_extract(body, '$.status'), count(*) from object "
        "where kind = 'checkout.session' group by 1"
    )
    return dict(rows.fetchall())


def recent_deliveries(book: Book, most: int) -> list[Object]:
    rows = book.sql.execute(
        "select d.id, d.event, json_extract(o.body, '$.type'), d.endpoint, d.state, d.attempts, d.next_at, "
        "d.answered, d.problem, o.created from delivery d join object o on o.id = d.event "
        "order by d.id desc limit ?",
        (most,),
    )
    names = (
        "id",
        "event",
        "type",
        "endpoint",
        "state",
        "attempts",
        "next_at",
        "answered",
        "problem",
        "created",
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def set_clock(desk: Desk, book: Book, wish: Object) -> Object:
    offset = wish.get("offset_s")
    if not isinstance(offset, int):
        raise bad_parameter("offset_s", "offset_s is a whole number of seconds.")
    book.keep_setting("offset_s", offset)
    desk.clock.offset_s = offset
    book.now = desk.clock.now()
    sweep(book)
    return {"offset_s": offset, "now": book.now}


def pay(book: Book, wish: Object) -> Object:
    """The pay button without a browser. ``authenticate``: complete, fail, or leave the bank waiting."""
    for name in ("session", "card"):
        if name not in wish:
            raise missing_parameter(name)
    session = sessions.need(book, str(wish["session"]))
    entry = Entry(
        number=str(wish["card"]),
        expiry=str(wish.get("expiry", f"12/{book.today().year + 3}")),
        cvc=str(wish.get("cvc", "1234" if str(wish["card"]).startswith("3782") else "123")),
        name=str(wish.get("name", "Ada Example")),
    )
    try:
        facts = hosted.read_card(book, entry) if session["amount_total"] else None
    except Mistyped as mistyped:
        raise bad_parameter("card", f"Mistyped: {mistyped.mistakes}") from mistyped
    step = sessions.pay(book, session, facts, str(wish.get("email", "ada@example.com")))
    answer = wish.get("authenticate")
    if step.outcome == "authenticate" and answer in ("complete", "fail"):
        intent = book.need("payment_intent", session["payment_intent"], "intent")
        step = hosted.decide(book, intent, session, passes=answer == "complete") or step
    return outcome(book, session, step)


def outcome(book: Book, session: Object, step: sessions.Step) -> Object:
    intent: Any = book.find("payment_intent", session["payment_intent"])
    return {
        "outcome": step.outcome,
        "url": step.url,
        "decline": step.decline,
        "session": session["id"],
        "status": session["status"],
        "payment_status": session["payment_status"],
        "payment_intent": intent and intent["id"],
        "intent_status": intent and intent["status"],
    }


def resend(book: Book, wish: Object) -> Object:
    """By ``delivery`` or by ``event``: every delivery of that event."""
    if "event" in wish:
        rows = book.sql.execute("select id from delivery where event = ?", (wish["event"],)).fetchall()
    else:
        rows = [(wish.get("delivery"),)]
    sent = [key for (key,) in rows if deliveries.send_again(book, key)]
    if not sent:
        raise bad_parameter("delivery", "There is no such delivery.")
    return {"sent": sent}
