"""What a context plugs into the house: one frozen value per context, named `wiring` in `<context>/wiring.py`."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from click import Group
from flask import Blueprint

from app.events import Event, Listener
from app.locality import Locality

if TYPE_CHECKING:
    from app.access import Policy
    from app.deliveries import Composer
    from app.errors import Refusal
    from app.letters import Sample


@dataclass(frozen=True)
class Sweep:
    """Timed work, found in the database and done in sets; `run` opens its own transactions and tells the rows done."""

    name: str
    every_s: int
    run: Callable[[], int]


Waiting = Mapping[uuid.UUID | None, int]
"""How much waits, by the place that is to act; None is the house."""


@dataclass(frozen=True)
class RailItem:
    """A place in the staff consoles, shown to the roles that may go there; `waiting` is counted every few seconds, in one
    statement.
    """

    endpoint: str
    icon: str
    label: str
    roles: tuple[str, ...]
    waiting: Callable[[], Waiting] | None = None


@dataclass(frozen=True)
class NavItem:
    """A word in the storefront's header, five at most."""

    endpoint: str
    label: str
    order: int


@dataclass(frozen=True)
class Wiring:
    name: str
    blueprints: tuple[Blueprint, ...] = ()
    policies: Mapping[str, "Policy"] = field(default_factory=dict)
    """By endpoint; a route without one stops the start."""
    listeners: Mapping[type[Event], tuple[Listener, ...]] = field(default_factory=dict)
    joined: Mapping[type[Event], tuple[Listener, ...]] = field(default_factory=dict)
    """Run inside the recording transaction, for facts that must be true at once further up (decision 8)."""
    record_only: tuple[type[Event], ...] = ()
    timetable: tuple[Sweep, ...] = ()
    commands: Group | None = None
    composers: Mapping[str, "Composer"] = field(default_factory=dict)
    grant_pages: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    """Kind of grant -> address of the page that its link opens, from the subject's id."""
    letters: Mapping[str, "Sample"] = field(default_factory=dict)
    """By template: what a letter is called, and made-up facts to look at it with."""
    rail: tuple[RailItem, ...] = ()
    nav: tuple[NavItem, ...] = ()
    found: tuple[str, ...] = ()
    """Endpoints of pages that search engines may keep; they keep no others."""
    shared: tuple[str, ...] = ()
    """Endpoints of links that people send each other: previewed, not kept."""
    locality: Callable[[], Locality] | None = None
    """Where whoever asks stands."""
    help_endpoint: str | None = None
    help_sheet_endpoint: str | None = None
    cart_endpoint: str | None = None
    refused: "Callable[[Refusal], None] | None" = None
    """Told of every refusal of a page's request once nothing of it is open any more; writes down those that matter."""
    demo: Callable[[datetime], None] | None = None
    sign_ins: Callable[[], list[str]] | None = None
    """Lines about the demo's sign-ins, printed when the shop is ready."""
