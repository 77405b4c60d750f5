"""A build: the codes of a car that is not made yet, and the rules, price, range and week that follow from them.

Pure: the assortment of a market comes in as a value, so does today; no session, no clock, no request.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from app.i18n import N_
from app.money import Money
from catalog.finance import FinanceTerms, HirePurchase, hire_purchase
from catalog.pricing import PriceLine, on_the_road, road_price
from partners.tax_policy import TaxPolicy

SINGLE = ("trim", "paint", "wheels", "interior")
"""Exactly one of each; of family `extra` any number."""
EXTRA = "extra"
FAMILIES = (*SINGLE, EXTRA)
DELIVERY_DAYS = 7
MOST_REPAIRS_LOOKED_AT = 400

Choice = tuple[str, str]
"""(family, code)"""


@dataclass(frozen=True)
class Build:
    """Codes only. `extras` are in the order of the alphabet, so that equal builds are equal."""

    model: str
    trim: str
    paint: str
    wheels: str
    interior: str
    extras: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "extras", tuple(sorted(set(self.extras))))

    @property
    def choices(self) -> tuple[Choice, ...]:
        singles = tuple((family, str(getattr(self, family))) for family in SINGLE)
        return singles + tuple((EXTRA, code) for code in self.extras)

    def has(self, choice: Choice) -> bool:
        family, code = choice
        return code in self.extras if family == EXTRA else getattr(self, family, None) == code

    def taking(self, choice: Choice) -> "Build":
        family, code = choice
        if family == EXTRA:
            return replace(self, extras=(*self.extras, code))
        return replace(self, **{family: code})  # type: ignore[arg-type]

    def dropping(self, extra: str) -> "Build":
        return replace(self, extras=tuple(code for code in self.extras if code != extra))

    def query(self) -> list[tuple[str, str]]:
        """As an address carries it."""
        return list(self.choices)


@dataclass(frozen=True)
class Option:
    """Something to choose, with what it costs, does to the range, and adds to the wait. A trim is one, too."""

    family: str
    code: str
    name: str
    name_zh: str
    price_minor: int
    range_km: int
    lead_days: int
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def choice(self) -> Choice:
        return self.family, self.code


@dataclass(frozen=True)
class Rule:
    """`requires`: whoever takes the subject takes one of the others, too. `excludes`: none of them."""

    kind: str
    subject: Choice
    others: tuple[Choice, ...]
    reason: str = ""
    reason_zh: str = ""

    def is_kept(self, build: Build) -> bool:
        if not build.has(self.subject):
            return True
        met = any(build.has(other) for other in self.others)
        return met if self.kind == "requires" else not met


@dataclass(frozen=True)
class Assortment:
    """What one model can be had with in one market, as read at once."""

    model_id: Any
    model: str
    name: str
    name_zh: str
    market_key: str
    currency: str
    options: tuple[Option, ...]
    rules: tuple[Rule, ...] = ()

    def of(self, family: str) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.family == family)

    def get(self, choice: Choice) -> Option | None:
        return next((option for option in self.options if option.choice == choice), None)

    def chosen(self, build: Build) -> tuple[Option, ...]:
        """The build's options in the order of the shelf; what is not on it is left away."""
        return tuple(option for option in self.options if build.has(option.choice))

    def missing(self, build: Build) -> tuple[Choice, ...]:
        return tuple(choice for choice in build.choices if self.get(choice) is None)

    def broken(self, build: Build) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if not rule.is_kept(build))

    def can_make(self, build: Build) -> bool:
        return build.model == self.model and not self.missing(build) and not self.broken(build)

    @property
    def is_complete(self) -> bool:
        return all(self.of(family) for family in SINGLE)

    @property
    def plainest(self) -> Build:
        """Of each family the first that costs least, without extras."""
        trim, paint, wheels, interior = (
            min(self.of(family), key=lambda option: option.price_minor).code for family in SINGLE
        )
        least = Build(self.model, trim, paint, wheels, interior)
        return self.nearest(least) or least

    def nearest(self, wanted: Build, keeping: Iterable[Choice] = ()) -> Build | None:
        """The build that can be made with the fewest changes, of these the one whose price moves least.

        What is in `keeping` is not touched. None when no such build is found.
        """
        kept = frozenset(keeping)
        seen, row = {wanted}, deque([wanted])
        while row:
            makeable = [build for build in row if self.can_make(build)]
            if makeable:
                return min(makeable, key=lambda build: (abs(self._moved(wanted, build)), build.choices))
            row = deque(
                build
                for earlier in row
                for build in self._repairs(earlier, kept)
                if build not in seen and len(seen) < MOST_REPAIRS_LOOKED_AT and not seen.add(build)  # type: ignore[func-returns-value]
            )
        return None

    def _moved(self, one: Build, other: Build) -> int:
        return _price_minor(self.chosen(other)) - _price_minor(self.chosen(one))

    def _repairs(self, build: Build, kept: frozenset[Choice]) -> Iterator[Build]:
        """Every build one change away that could mend the first fault of this one."""
        missing = self.missing(build)
        if missing:
            yield from self._without(build, missing[0], kept)
            return
        for rule in self.broken(build)[:1]:
            yield from self._without(build, rule.subject, kept)
            if rule.kind == "excludes":
                for other in rule.others:
                    if build.has(other):
                        yield from self._without(build, other, kept)
            else:
                for other in rule.others:
                    if self.get(other) and not _is_held(build, other, kept):
                        yield build.taking(other)

    def _without(self, build: Build, choice: Choice, kept: frozenset[Choice]) -> Iterator[Build]:
        family, code = choice
        if choice in kept:
            return
        if family == EXTRA:
            yield build.dropping(code)
            return
        for option in self.of(family):
            if option.code != code:
                yield build.taking(option.choice)


def _is_held(build: Build, other: Choice, kept: frozenset[Choice]) -> bool:
    """Whether taking `other` would push out something of its family that is to stay."""
    family = other[0]
    return family != EXTRA and any(build.has(choice) and choice[0] == family for choice in kept)


@dataclass(frozen=True)
class BuildPrice:
    """What a build costs, how far it goes, and how long it takes. Lines: car, options, purchase_tax, plates."""

    car: Money
    road: tuple[PriceLine, ...]
    range_km: int
    lead_days: int
    finance: HirePurchase

    @property
    def on_the_road(self) -> Money:
        return on_the_road(self.road)

    @property
    def monthly(self) -> Money:
        return self.finance.instalment


def price(assortment: Assortment, build: Build, policy: TaxPolicy, terms: FinanceTerms) -> BuildPrice:
    """Of a build that the assortment can make."""
    chosen = assortment.chosen(build)
    currency = assortment.currency
    trim_minor = _price_minor(option for option in chosen if option.family == "trim")
    car_minor = _price_minor(chosen)
    whole, *laid_on = road_price(car_minor, policy)
    holds_vat = "vat" in whole.params
    lines = (
        PriceLine("car", N_("Car"), Money(trim_minor, currency)),
        PriceLine(
            "options",
            N_("Options"),
            Money(car_minor - trim_minor, currency),
            N_("Car and options hold %(percent)s%% VAT: %(vat)s.") if holds_vat else "",
            whole.params if holds_vat else {},
        ),
        *laid_on,
    )
    return BuildPrice(
        car=Money(car_minor, currency),
        road=lines,
        range_km=range_km(assortment, build),
        lead_days=lead_days(assortment, build),
        finance=hire_purchase(Money(car_minor, currency), terms),
    )


def car_price(assortment: Assortment, build: Build) -> Money:
    return Money(_price_minor(assortment.chosen(build)), assortment.currency)


def _price_minor(options: Iterable[Option]) -> int:
    return sum(option.price_minor for option in options)


def range_km(assortment: Assortment, build: Build) -> int:
    """The trim's rated range less what wheels and extras take."""
    return sum(option.range_km for option in assortment.chosen(build))


def lead_days(assortment: Assortment, build: Build) -> int:
    """The plant's days for the trim and, as parts are waited for side by side, the longest of the options' days."""
    chosen = assortment.chosen(build)
    plant = sum(option.lead_days for option in chosen if option.family == "trim")
    return plant + max((option.lead_days for option in chosen if option.family != "trim"), default=0)


def delivery_window(lead_days: int, today: date) -> tuple[date, date]:
    """First and last day of the week in which the car comes: 22 Nov and 20 days give 12 to 18 Dec."""
    first = today + timedelta(days=lead_days)
    return first, first + timedelta(days=DELIVERY_DAYS - 1)


@dataclass(frozen=True)
class Effect:
    """What going from one build to another does. Days are later (+) or sooner (−)."""

    price: Money
    range_km: int
    days: int

    @property
    def is_nothing(self) -> bool:
        return not self.price and not self.range_km and not self.days


def effect(assortment: Assortment, before: Build, after: Build) -> Effect:
    return Effect(
        car_price(assortment, after) - car_price(assortment, before),
        range_km(assortment, after) - range_km(assortment, before),
        lead_days(assortment, after) - lead_days(assortment, before),
    )


@dataclass(frozen=True)
class LeftOut:
    """What an address asked for and the page could not show. `option` is None for what we know nothing of."""

    asked: Choice
    option: Option | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Reading:
    """The nearest build to what was asked for, that itself as far as it is on the shelf, and what had to give way."""

    build: Build
    wanted: Build
    left_out: tuple[LeftOut, ...] = ()


def read(assortment: Assortment, asked: Mapping[str, tuple[str, ...]]) -> Reading:
    """An address made into a build that can be made: what is not said is taken plain, what is unknown is named.

    `asked` maps a family to the codes given; of a single family the last known one counts, as in a form.
    """
    plain = assortment.plainest
    wanted, unknown = plain, []
    for family in FAMILIES:
        for code in asked.get(family, ()):
            if assortment.get((family, code)):
                wanted = wanted.taking((family, code))
            else:
                unknown.append(LeftOut((family, code)))
    build = assortment.nearest(wanted) or plain
    given = {(family, code) for family in FAMILIES for code in asked.get(family, ())}
    gone = tuple(
        LeftOut(choice, assortment.get(choice), _rule_about(assortment, wanted, choice))
        for choice in wanted.choices
        if not build.has(choice) and choice in given
    )
    return Reading(build, wanted, (*unknown, *gone))


def _rule_about(assortment: Assortment, build: Build, choice: Choice) -> Rule | None:
    return next(
        (rule for rule in assortment.broken(build) if choice == rule.subject or choice in rule.others), None
    )


@dataclass(frozen=True)
class WayOut:
    """One of two ways out of a conflict: what stays, what goes and what comes for it."""

    build: Build
    keeps: Option | None
    leaves: tuple[Option, ...]
    takes: tuple[Option, ...]


@dataclass(frozen=True)
class Conflict:
    rule: Rule
    ways: tuple[WayOut, ...]


def conflict(assortment: Assortment, wanted: Build, before: Build) -> Conflict | None:
    """The first rule that `wanted` breaks, with the way that keeps what was just taken, and the one that keeps the rest.

    None when it can be made. `before` is a build that can be made, the one that stood before the last change.
    """
    broken = assortment.broken(wanted)
    if not broken:
        return None
    rule = broken[0]
    taken, stood = _sides(rule, wanted, before)
    if taken is None:
        forward = assortment.nearest(_put_back(wanted, rule.subject, before))
    else:
        forward = assortment.nearest(wanted, keeping=[taken])
    back = _put_back(wanted, taken, before) if taken else before
    if not assortment.can_make(back):
        back = before
    ways = (
        _way(assortment, wanted, taken, forward) if forward else None,
        _way(assortment, wanted, stood if stood and back.has(stood) else None, back),
    )
    return Conflict(rule, tuple(way for way in ways if way is not None))


def _sides(rule: Rule, wanted: Build, before: Build) -> tuple[Choice | None, Choice | None]:
    """(what was just taken, what stood against it). None for an extra that was let go of though it is needed."""
    if rule.kind == "excludes":
        present = [other for other in rule.others if wanted.has(other)]
        against: Choice | None = min(present, key=before.has)
    else:
        family = rule.others[0][0] if rule.others else EXTRA
        against = None if family == EXTRA else (family, getattr(wanted, family))
    return (against, rule.subject) if before.has(rule.subject) else (rule.subject, against)


def _put_back(build: Build, choice: Choice, before: Build) -> Build:
    family, code = choice
    return build.dropping(code) if family == EXTRA else build.taking((family, getattr(before, family)))


def _way(assortment: Assortment, wanted: Build, keeps: Choice | None, build: Build) -> WayOut:
    return WayOut(
        build,
        assortment.get(keeps) if keeps else None,
        tuple(option for option in assortment.chosen(wanted) if not build.has(option.choice)),
        tuple(option for option in assortment.chosen(build) if not wanted.has(option.choice)),
    )
