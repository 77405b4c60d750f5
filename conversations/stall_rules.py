"""When somebody counts as stuck: a pure rule over what they met and when they were last seen."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MONEY_STEPS = ("contact", "handover", "review", "pay")

LOOKED_BACK = timedelta(minutes=20)
"""What was met longer ago is no trouble of now."""
HERE_FOR = timedelta(seconds=75)
"""A page that is looked at says so every half minute; two misses and it is closed or covered."""
HERE_WITHOUT_SCRIPT = timedelta(minutes=3)
"""Without script only requests tell; so long after the last one somebody may still be reading."""


@dataclass(frozen=True)
class Limits:
    no_progress: timedelta = timedelta(seconds=90)
    refusals: int = 2
    declines: int = 2
    returns: int = 3
    empty_searches: int = 2

    @classmethod
    def of(cls, policy: Mapping[str, int]) -> "Limits":
        return cls(
            timedelta(seconds=policy["no_progress_s"]),
            policy["refusals"],
            policy["declines"],
            policy["returns"],
            policy["empty_searches"],
        )


@dataclass(frozen=True)
class Met:
    """One signal: kind step, refused, declined or empty_search."""

    at: datetime
    kind: str
    step: str
    detail: str | None = None


@dataclass(frozen=True)
class Facts:
    met: Sequence[Met]
    """Oldest first."""
    acted_at: datetime | None
    """When the cart last changed by the buyer's own hand."""
    seen_at: datetime | None
    """When the page last said that it is looked at; None without script."""
    is_ordered: bool = False
    stands: Met | None = None
    """The step that the page says it is at, and since when."""


@dataclass(frozen=True)
class Stuck:
    """`since` is when the trouble began, `times` how often it was met."""

    step: str
    reason: str
    since: datetime
    times: int = 1
    detail: str | None = None


def is_here(facts: Facts, now: datetime) -> bool:
    asked_at = max((met.at for met in facts.met), default=None)
    if facts.seen_at is not None and now - facts.seen_at <= HERE_FOR:
        return True
    if facts.seen_at is not None and (asked_at is None or asked_at <= facts.seen_at):
        return False
    return asked_at is not None and now - asked_at <= HERE_WITHOUT_SCRIPT


def stuck(facts: Facts, now: datetime, limits: Limits) -> Stuck | None:
    """The plainest trouble first: a bank's no, a refused field, going to and fro, standing still, finding nothing."""
    if facts.is_ordered or not is_here(facts, now):
        return None
    met = [one for one in facts.met if now - one.at <= LOOKED_BACK]
    return (
        _declined(met, limits)
        or _refused(met, limits)
        or _to_and_fro(met, limits)
        or _standing_still(met, facts, now, limits)
        or _finding_nothing(met, limits)
    )


def arrivals(met: Sequence[Met]) -> list[Met]:
    """Steps as they were come to; looking at the same one again is no arrival."""
    found: list[Met] = []
    for one in met:
        if one.kind == "step" and one.step in MONEY_STEPS and (not found or found[-1].step != one.step):
            found.append(one)
    return found


def _declined(met: Sequence[Met], limits: Limits) -> Stuck | None:
    declines = [one for one in met if one.kind == "declined"]
    if len(declines) < limits.declines:
        return None
    return Stuck("pay", "declined", declines[0].at, len(declines), declines[-1].detail)


def _refused(met: Sequence[Met], limits: Limits) -> Stuck | None:
    """The same field at the same step, since that step was come to last."""
    steps = arrivals(met)
    since = steps[-1].at if steps else None
    refusals = [one for one in met if one.kind == "refused" and (since is None or one.at >= since)]
    counted = Counter((one.step, one.detail) for one in refusals)
    for one in reversed(refusals):
        times = counted[one.step, one.detail]
        if times >= limits.refusals:
            first = next(r for r in refusals if (r.step, r.detail) == (one.step, one.detail))
            return Stuck(one.step, "refused_field", first.at, times, one.detail)
    return None


def _to_and_fro(met: Sequence[Met], limits: Limits) -> Stuck | None:
    """Back from one step to the one before it, again and again, between the same two."""
    steps = arrivals(met)
    backward = [
        (later.at, earlier.step, later.step)
        for earlier, later in itertools.pairwise(steps)
        if MONEY_STEPS.index(later.step) < MONEY_STEPS.index(earlier.step)
    ]
    if not backward:
        return None
    pair = backward[-1][1:]
    same = [at for at, *between in backward if tuple(between) == pair]
    if len(same) < limits.returns:
        return None
    return Stuck(steps[-1].step, "back_and_forth", same[0], len(same))


def _standing_still(met: Sequence[Met], facts: Facts, now: datetime, limits: Limits) -> Stuck | None:
    """Whoever came longer ago than what was met is remembered still stands where the page says."""
    steps = arrivals(met)
    last = steps[-1] if steps else facts.stands
    if last is None or last.step not in MONEY_STEPS:
        return None
    moved_at = max(last.at, facts.acted_at or last.at)
    moved_at = max([moved_at, *(one.at for one in met if one.kind == "refused")])
    if now - moved_at < limits.no_progress:
        return None
    return Stuck(last.step, "no_progress", moved_at)


def _finding_nothing(met: Sequence[Met], limits: Limits) -> Stuck | None:
    steps = arrivals(met)
    since = steps[-1].at if steps else None
    empty = [one for one in met if one.kind == "empty_search" and (since is None or one.at > since)]
    if len(empty) < limits.empty_searches:
        return None
    return Stuck(empty[-1].step, "empty_search", empty[0].at, len(empty))
