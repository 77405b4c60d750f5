"""The list of a file: every line read and typed, good ones landed in batches, bad ones reported with their reason.

Progress goes to stderr; the last line on stdout counts what happened.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import click

from app.db import transaction

BATCH = 200
R = TypeVar("R")


class RowRefused(ValueError):
    """This row cannot be taken; the text says why and what to do."""


@dataclass
class Tally:
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        return (
            f"read {self.read}, created {self.created}, updated {self.updated},"
            f" unchanged {self.unchanged}, refused {len(self.refused)}"
        )


@dataclass(frozen=True)
class Landed:
    """`refused` names rows by their key: what only the database could tell."""

    created: int
    updated: int
    unchanged: int
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Feed(Generic[R]):
    """How rows of one kind come in: `parse` raises RowRefused, `land` writes one batch in the open transaction."""

    parse: Callable[[object], R]
    land: Callable[[Sequence[R]], Landed]
    key: Callable[[R], str]


def take_in(rows: Iterable[tuple[int, object]], feed: Feed[R]) -> Tally:
    """`rows` are (line number, raw row). Each batch commits by itself, so a broken run is resumed by running again.

    A row whose key came before in the file starts a new batch: the later one updates the earlier.
    """
    tally = Tally()
    batch: dict[str, tuple[int, R]] = {}
    for line, raw in rows:
        tally.read += 1
        try:
            row = feed.parse(raw)
        except RowRefused as refused:
            tally.refused.append((line, str(refused)))
            continue
        key = feed.key(row)
        if key in batch or len(batch) == BATCH:
            _land(batch, feed, tally)
        batch[key] = (line, row)
    _land(batch, feed, tally)
    print(file=sys.stderr)
    return tally


def _land(batch: dict[str, tuple[int, R]], feed: Feed[R], tally: Tally) -> None:
    if batch:
        with transaction():
            landed = feed.land([row for _, row in batch.values()])
        tally.created += landed.created
        tally.updated += landed.updated
        tally.unchanged += landed.unchanged
        tally.refused += [(batch[key][0], why) for key, why in landed.refused.items()]
        batch.clear()
    print(f"\r{tally.read} read", end="", file=sys.stderr, flush=True)


def report(tally: Tally) -> None:
    for line, why in sorted(tally.refused):
        click.echo(f"line {line}: {why}")
    for note, count in sorted(tally.notes.items()):
        click.echo(f"{note}: {count}")
    click.echo(tally.line())
