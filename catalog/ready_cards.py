"""Cards of cars made once and kept: a list of 24 then costs its 24 rows and no drawing of cards.

A card is kept under everything that it shows: the version of its rows, the names, the language, the market, the day.
A hold, which comes and goes, is part of the key and never of what another reader sees.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from flask import render_template, request
from markupsafe import Markup

from app import clock, i18n
from catalog import queries, showing
from catalog.queries import Place
from catalog.shelves import Shelves

MOST_KEPT = 3_000
"""About 5 MB in a process."""


@dataclass(frozen=True)
class ReadyCard:
    html: Markup
    url: str
    title: str


Key = tuple[uuid.UUID, str, int, int, str, str, str, str]

_kept: dict[Key, ReadyCard] = {}
_keeping = Lock()


def ready_cards(places: Sequence[Place], shelves: Shelves, at: datetime) -> list[ReadyCard]:
    """In the order asked for; one statement when some are not made yet, none otherwise."""
    market = shelves.market
    words = (i18n.language(), market.key, str(clock.today(market.time_zone)), request.script_root)
    keys = [(place.id, place.version, shelves.version, _minutes(place, at), *words) for place in places]
    found = {key[0]: card for key in keys if (card := _kept.get(key)) is not None}
    missing = [(place, key) for place, key in zip(places, keys, strict=True) if place.id not in found]
    cars = queries.listed([place.id for place, _key in missing], market)
    for place, key in missing:
        if place.id in cars:
            found[place.id] = _keep(key, _make(cars[place.id], place, shelves, at))
    return [found[place.id] for place in places if place.id in found]


def forget() -> None:
    with _keeping:
        _kept.clear()


def _minutes(place: Place, at: datetime) -> int:
    """Minutes left of somebody's hold, begun ones counted; 0 without one."""
    if place.held_until is None or place.held_until <= at:
        return 0
    return -(-int((place.held_until - at).total_seconds()) // 60) or 1


def _make(car: queries.Listed, place: Place, shelves: Shelves, at: datetime) -> ReadyCard:
    card = showing.card(car, shelves, _minutes(place, at), clock.today(shelves.market.time_zone))
    return ReadyCard(Markup(render_template("catalog/card.html", card=card)), card.url, card.title)


def _keep(key: Key, card: ReadyCard) -> ReadyCard:
    with _keeping:
        while len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = card
    return card
