"""Stripe's pages: newest first, a cursor on either side."""

from collections.abc import Mapping
from typing import Any

from sandbox.refusal import Object, invalid
from sandbox.store import Book, unpacked

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(book: Book, kind: str, url: str, given: Object, equal: Mapping[str, Any] | None = None) -> Object:
    wanted = {name: value for name, value in (equal or {}).items() if value is not None}
    where = "".join(f" and json_extract(body, '$.{name}') = ?" for name in wanted)
    return read_page(book, kind, url, given, where, list(wanted.values()))


def read_page(book: Book, kind: str, url: str, given: Object, where: str, values: list[Any]) -> Object:
    limit = given.get("limit", 10)
    for sign, instant in created_between(given.get("created")):
        where += f" and created {sign} ?"
        values.append(instant)
    backwards = "ending_before" in given
    if backwards and "starting_after" in given:
        raise invalid("You can only use one of `starting_after` and `ending_before`.", param="ending_before")
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in given:
            where += f" and seq {sign} ?"
            values.append(position(book, kind, given[name], name))
    order = "asc" if backwards else "desc"
    rows = book.sql.execute(
        f"select body from object where kind = ?{where} order by seq {order} limit ?",
        (kind, *values, limit + 1),
    ).fetchall()
    found = [unpacked(row[0]) for row in rows[:limit]]
    return of(found[::-1] if backwards else found, url, has_more=len(rows) > limit)


def of(data: list[Object], url: str, *, has_more: bool = False) -> Object:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def created_between(created: int | dict[str, int] | None) -> list[tuple[str, int]]:
    if created is None:
        return []
    if isinstance(created, int):
        return [("=", created)]
    return [(COMPARISONS[name], instant) for name, instant in created.items()]


def position(book: Book, kind: str, key: str, param: str) -> int:
    row = book.sql.execute("select seq from object where id = ? and kind = ?", (key, kind)).fetchone()
    if row is None:
        raise invalid(f"No such {kind}: '{key}'", param=param, code="resource_missing")
    return int(row[0])
