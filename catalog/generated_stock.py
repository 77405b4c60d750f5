"""Stock out of nothing but a seed, for demos and scale tests: the same number and seed give the same cars."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from catalog import vin as vins
from catalog.stock_file import Shelf

WMI = {"rill": "LTR", "mere": "LTM", "strand": "LTS", "crag": "LTC", "haven": "LTH"}
WEIGHTS = {"rill": 22, "mere": 51, "strand": 19, "crag": 28, "haven": 8}
"""How many of a hundred and twenty-eight, as the shop's pages show it."""
CONDITIONS = (("new", 84), ("demo", 17), ("used", 27))
DEALERS = (26, 24, 24, 22, 17, 15)
YEAR_LETTERS = {2024: "R", 2025: "S", 2026: "T", 2027: "V"}


def rows(number: int, seed: int, shelf: Shelf, today: date) -> Iterator[tuple[int, dict[str, Any]]]:
    chance = random.Random(seed)
    slugs = sorted(slug for slug in shelf.models if slug in WMI)
    dealers = sorted(shelf.dealers)
    dealer_weights = [DEALERS[place % len(DEALERS)] for place in range(len(dealers))]
    for line in range(1, number + 1):
        slug = chance.choices(slugs, [WEIGHTS[s] for s in slugs])[0]
        condition = chance.choices([c for c, _ in CONDITIONS], [w for _, w in CONDITIONS])[0]
        yield (
            line,
            _row(
                line, seed, slug, condition, chance.choices(dealers, dealer_weights)[0], shelf, today, chance
            ),
        )


def _row(
    line: int,
    seed: int,
    slug: str,
    condition: str,
    dealer: str,
    shelf: Shelf,
    today: date,
    chance: random.Random,
) -> dict[str, Any]:
    model = shelf.models[slug]
    trim = chance.choice([t for (id, _), t in sorted(shelf.trims.items(), key=str) if id == model.id])
    chosen = {
        family: chance.choice(sorted(code for f, code in shelf.equipment if f == family))
        for family in ("paint", "wheels", "interior")
    }
    year = model.year - (chance.choice((1, 1, 2)) if condition == "used" else 0)
    price = trim.price_minor + sum(shelf.equipment[choice].price_minor for choice in chosen.items())
    price //= 100
    row: dict[str, Any] = {
        "vin": _vin(slug, year, seed, line),
        "model": slug,
        "trim": trim.code,
        **chosen,
        "condition": condition,
        "dealer": dealer,
        "model_year": year,
        "odometer_km": chance.randint(3, 18),
        "ready_on": today + timedelta(days=chance.choice((1, 1, 1, 2, 3, 4, 6, 9))),
    }
    if condition == "demo":
        row["odometer_km"] = chance.randint(900, 6200)
        price = price * 91 // 100
    if condition == "used":
        age = (model.year - year) * 365 + chance.randint(40, 320)
        row["odometer_km"] = chance.randint(6000, 21_000) * max(1, age // 365)
        row["first_registered_on"] = today - timedelta(days=age)
        row["battery_health_pct"] = chance.randint(91, 98)
        row["owners"] = chance.choice((1, 1, 1, 2))
        price = price * chance.randint(64, 82) // 100
    row["price"] = price // 100 * 100
    return row


def _vin(slug: str, year: int, seed: int, line: int) -> str:
    """WMI, five characters for the run, the check digit, the year's letter, plant S, and a serial."""
    letter = YEAR_LETTERS.get(year, "T")
    return vins.with_check_digit(f"{WMI[slug]}{_run(seed, line)}0{letter}S{line % 1_000_000:06d}")


def _run(seed: int, line: int) -> str:
    """Five characters that keep serials of larger runs and other seeds apart."""
    alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
    value = (seed % 1000) * 1000 + line // 1_000_000
    text = ""
    for _ in range(5):
        value, place = divmod(value, len(alphabet))
        text = alphabet[place] + text
    return text
