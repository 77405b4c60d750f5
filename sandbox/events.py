"""What happened, in Stripe's words, and who is told."""

import time
from copy import deepcopy

from sandbox import ids, listing
from sandbox.refusal import Object
from sandbox.shape import CREATED, EXPAND, PAGE, Rows, Table, Text
from sandbox.store import Book

#: The release whose published description the sandbox is checked against.
API_VERSION = "2026-05-27.dahlia"
CONFIGURED = "configured"

LIST = Table({**PAGE, **CREATED, "type": Text(), "types": Rows(Text(), most=20)})
RETRIEVE = Table(EXPAND)


def record(book: Book, name: str, thing: Object, previous: Object | None = None) -> Object:
    data: Object = {"object": deepcopy(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Object = {
        "id": ids.new("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": book.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": book.stamp.request_id, "idempotency_key": book.stamp.idempotency_key},
        "type": name,
    }
    book.add(event)
    for endpoint in listeners(book, name):
        queue(book, event["id"], endpoint)
    return event


def queue(book: Book, event: str, endpoint: str) -> None:
    mode = book.setting("webhooks", {"mode": "on"})
    copies = int(mode.get("copies", 2)) if mode["mode"] == "duplicate" else 1
    state = "dropped" if mode["mode"] == "off" else "waiting"
    for _ in range(copies):
        book.sql.execute(
            "insert into delivery (event, endpoint, state, next_at, queued_at) values (?, ?, ?, ?, ?)",
            (event, endpoint, state, book.now, time.time()),
        )


def listeners(book: Book, name: str) -> list[str]:
    endpoints = [CONFIGURED] if book.settings.webhook_url else []
    for endpoint in book.every("webhook_endpoint", status="enabled"):
        if "*" in endpoint["enabled_events"] or name in endpoint["enabled_events"]:
            endpoints.append(endpoint["id"])
    return endpoints


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return with_pending(book, book.need("event", path["id"], "id"))


def list_events(book: Book, path: dict[str, str], given: Object) -> Object:
    names = [given["type"]] if "type" in given else given.get("types", [])
    where, values = "", []
    for name in names:
        where += " or json_extract(body, '$.type') like ? escape '\\'"
        values.append(name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%"))
    chosen = f" and ({where[4:]})" if where else ""
    found = listing.read_page(book, "event", "/v1/events", given, chosen, values)
    found["data"] = [with_pending(book, event) for event in found["data"]]
    return found


def with_pending(book: Book, event: Object) -> Object:
    row = book.sql.execute(
        "select count(*) from delivery where event = ? and state in ('waiting', 'sending')", (event["id"],)
    ).fetchone()
    return event | {"pending_webhooks": row[0]}
