"""Webhooks: signed, at least once, again and later until the target says 2xx or three days are over."""

import hashlib
import hmac
import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sandbox.desk import Desk
from sandbox.events import CONFIGURED, with_pending
from sandbox.refusal import Object
from sandbox.store import Book, packed

log = logging.getLogger("sandbox")

ANSWER_WITHIN_S = 10
#: How long "reorder" collects before it sends newest first.
COLLECT_S = 0.5


@dataclass(frozen=True)
class Parcel:
    delivery: int
    event: Object
    endpoint: str
    url: str
    secret: str
    attempt: int


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **more: Any) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects)


class Postman(threading.Thread):
    """One thread looks for what is due; each target has at most one letter on the way."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="sandbox-postman", daemon=True)
        self.desk = desk
        self.pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sandbox-letter")
        self.rounds: dict[str, Future[None]] = {}

    def run(self) -> None:
        while not self.desk.stopping.is_set():
            self.desk.bell.wait(0.5)
            self.desk.bell.clear()
            try:
                self.send_out()
            except Exception:
                log.exception("webhooks could not be looked up")
        self.pool.shutdown(wait=True, cancel_futures=True)

    def send_out(self) -> None:
        busy = {url for url, future in self.rounds.items() if not future.done()}
        with self.desk.store.read() as book:
            waiting = bool(due(book))
        if not waiting:
            return
        with self.desk.store.write() as book:
            parcels = pick(book, busy)
        for url in dict.fromkeys(parcel.url for parcel in parcels):
            letters = [parcel for parcel in parcels if parcel.url == url]
            self.rounds[url] = self.pool.submit(self.deliver, letters)

    def deliver(self, letters: list[Parcel]) -> None:
        for parcel in letters:
            if self.desk.stopping.is_set():
                return
            status, problem = post(parcel)
            with self.desk.store.write() as book:
                note(book, parcel, status, problem)
        self.desk.bell.set()


def due(book: Book) -> list[tuple[int, str, str, int]]:
    """Delivery, event, endpoint and attempts so far, in the order in which they leave."""
    mode = book.setting("webhooks", {"mode": "on"})["mode"]
    if mode == "hold":
        return []
    rows = book.sql.execute(
        "select id, event, endpoint, attempts, queued_at from delivery "
        "where state = 'waiting' and next_at <= ? order by id limit 200",
        (book.now,),
    ).fetchall()
    if mode == "reorder":
        if rows and max(row[4] for row in rows) > time.time() - COLLECT_S:
            return []
        rows.reverse()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def pick(book: Book, busy: set[str]) -> list[Parcel]:
    parcels = []
    for delivery, key, endpoint, attempts in due(book):
        address = address_of(book, endpoint)
        event = book.find("event", key)
        if address is None or event is None:
            book.sql.execute("update delivery set state = 'dropped' where id = ?", (delivery,))
        elif address[0] not in busy:
            book.sql.execute("update delivery set state = 'sending' where id = ?", (delivery,))
            parcels.append(Parcel(delivery, with_pending(book, event), endpoint, *address, attempts + 1))
    return parcels


def address_of(book: Book, endpoint: str) -> tuple[str, str] | None:
    if endpoint == CONFIGURED:
        return (
            (book.settings.webhook_url, book.settings.webhook_secret) if book.settings.webhook_url else None
        )
    found = book.find("webhook_endpoint", endpoint)
    return (found["url"], book.private(endpoint)["secret"]) if found else None


def post(parcel: Parcel) -> tuple[int | None, str | None]:
    body = packed(parcel.event).encode()
    request = urllib.request.Request(
        parcel.url,
        data=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (payment sandbox)",
            "Stripe-Signature": signature(body, parcel.secret),
        },
        method="POST",
    )
    try:
        with OPENER.open(request, timeout=ANSWER_WITHIN_S) as answer:
            answer.read(2_000)
            return answer.status, None
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code, f"answered {refused.code}"
    except (OSError, ValueError, http.client.HTTPException) as fault:
        return None, str(getattr(fault, "reason", fault))[:200] or type(fault).__name__


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """Always by the real clock: receivers measure the age of a signature with theirs."""
    instant = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{instant}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={instant},v1={digest}"


def note(book: Book, parcel: Parcel, status: int | None, problem: str | None) -> None:
    delays = book.settings.retry_after_s
    if problem is None:
        state, next_at, done_at = "delivered", book.now, book.now
    elif parcel.attempt <= len(delays):
        state, next_at, done_at = "waiting", book.now + delays[parcel.attempt - 1], None
    else:
        state, next_at, done_at = "failed", book.now, book.now
    book.sql.execute(
        "update delivery set state = ?, attempts = ?, next_at = ?, answered = ?, problem = ?, done_at = ? "
        "where id = ?",
        (state, parcel.attempt, next_at, status, problem, done_at, parcel.delivery),
    )


def send_again(book: Book, delivery: int) -> bool:
    """A fresh attempt at once, whatever became of the earlier ones."""
    changed = book.sql.execute(
        "update delivery set state = 'waiting', attempts = 0, next_at = ?, done_at = null "
        "where id = ? and state <> 'sending'",
        (book.now, delivery),
    )
    return changed.rowcount == 1
