"""Idempotency keys: the first answer is the only answer, for a day."""

import hashlib
import json
from dataclasses import dataclass

from sandbox.refusal import Object, Refusal
from sandbox.store import Book, packed

KEPT_FOR_S = 24 * 3_600
LONGEST = 255


@dataclass(frozen=True)
class Saved:
    status: int
    body: Object


def fingerprint(method: str, path: str, encoded: str) -> str:
    return hashlib.sha256("\n".join((method, path, *sorted(encoded.split("&")))).encode()).hexdigest()


def claim(book: Book, key: str, print_of_request: str) -> Saved | None:
    """The saved answer, or nothing: then the caller holds the key and has to keep or free it."""
    if len(key) > LONGEST:
        raise Refusal(400, "idempotency_error", f"Idempotency keys have {LONGEST} characters at most.")
    row = book.sql.execute("select fingerprint, status, body from answer where key = ?", (key,)).fetchone()
    if row is None:
        book.sql.execute(
            "insert into answer (key, fingerprint, at) values (?, ?, ?)", (key, print_of_request, book.now)
        )
        return None
    if row[0] != print_of_request:
        raise Refusal(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            "with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
        )
    if row[1] is None:
        raise in_use(key)
    return Saved(row[1], json.loads(row[2]))


def in_use(key: str) -> Refusal:
    return Refusal(
        409,
        "idempotency_error",
        f"There is currently another in-progress request using this idempotent key ({key}). Try again later.",
        code="idempotency_key_in_use",
    )


def keep(book: Book, key: str, status: int, body: Object) -> None:
    book.sql.execute("update answer set status = ?, body = ? where key = ?", (status, packed(body), key))


def free(book: Book, key: str) -> None:
    book.sql.execute("delete from answer where key = ? and status is null", (key,))


def forget_old(book: Book) -> None:
    book.sql.execute("delete from answer where at < ? and status is not null", (book.now - KEPT_FOR_S,))
