"""Commands of the ground, and the tree of every context's commands."""

import json
import sys
import time
from datetime import timedelta

import click
from sqlalchemy import select

from app import clock, invariants, logs
from app.db import close_reading, session
from app.events import EventRow
from app.factory import assemble
from app.relay import relay
from app.schema import migrate as upgrade


def command_line(prepare: bool = False) -> click.Group:
    """`prepare` brings the schema of a stopped shop up to date first."""
    logs.configure()
    if prepare:
        upgrade()
    built = assemble()
    tree = click.Group("manage", help="The command line of each context.")
    tree.add_command(ground)
    for wiring in built.wirings:
        if wiring.commands is not None:
            tree.add_command(wiring.commands, wiring.name)
    return tree


ground = click.Group("app", help="Schema, demo, truth and time.")


@ground.command("migrate")
def migrate() -> None:
    """Bring the database schema up to date."""
    upgrade()


@ground.command("seed")
def seed() -> None:
    """Fill the demo shop through the ordinary verbs, bottom floor first. Safe to repeat."""
    at = clock.now()
    for wiring in assemble().wirings:
        if wiring.demo is None:
            continue
        started = time.monotonic()
        wiring.demo(at)
        close_reading()
        relay()
        click.echo(f"demo {wiring.name}: {time.monotonic() - started:.1f} s")


@ground.command("sign-ins")
def sign_ins() -> None:
    """Print the demo's sign-ins."""
    for wiring in assemble().wirings:
        for line in wiring.sign_ins() if wiring.sign_ins else ():
            click.echo(line)


@ground.command("invariants")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def check_invariants(as_json: bool) -> None:
    """Count the rows that break each invariant; exit 0 only when there are none."""
    counts = invariants.offending()
    if as_json:
        click.echo(json.dumps(counts, indent=1))
    else:
        for name, count in counts.items():
            click.echo(f"{name:4} {count:6}  {invariants.INVARIANTS[name][0]}")
    if any(counts.values()):
        raise click.exceptions.Exit(1)


@ground.command("relay")
def relay_now() -> None:
    """Hand every waiting event to its listeners now."""
    click.echo(f"{relay()} handled")


@ground.command("move-clock")
@click.argument("seconds", type=float)
def move_clock(seconds: float) -> None:
    """Move the demo shop's time from real time by SECONDS; 0 brings it back."""
    clock.move(timedelta(seconds=seconds))
    click.echo(f"It is now {clock.now().isoformat()} in the shop.")


@ground.group("events")
def events() -> None:
    """What happened."""


@events.command("tail")
@click.option("-n", "count", default=20, help="How many, newest last.")
@click.option("--follow", "-f", is_flag=True, help="Keep on as they come.")
def tail(count: int, follow: bool) -> None:
    """Show the newest events."""
    last = None
    while True:
        newest = select(EventRow).order_by(EventRow.id.desc()).limit(count if last is None else 500)
        if last is not None:
            newest = newest.where(EventRow.id > last)
        for row in reversed(session().scalars(newest).all()):
            last = row.id
            click.echo(
                f"{row.at.isoformat(timespec='seconds')} {row.type} {row.actor_kind} {json.dumps(row.payload)}"
            )
        if not follow:
            return
        sys.stdout.flush()
        close_reading()
        time.sleep(1)
