"""The manager's page as values ready to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.i18n import N_, _, ngettext, translate
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from app.pages import number
from insights import drawing, queries, words
from insights.queries import Figures, Period, Spread, Sum
from insights.spread import SLOW, TYPICAL, quantile_s
from partners.models import Market

DAY_FROM, DAY_TO = 8, 22
"""The hours of a day that the line shows at least; earlier and later ones when something was answered then."""
WORTH = 5
STEPS_OF_STAGE: Mapping[str, tuple[str, ...]] = {
    "cart": ("cart",),
    "checkout": ("contact", "handover", "review", "pay"),
}
OF_DAYS = {7: N_("7 days"), 28: N_("28 days")}


@dataclass(frozen=True)
class Measure:
    label: str
    figure: str
    note: str


@dataclass(frozen=True)
class Stage:
    """A bar of the funnel; `width` is its share of the widest, in hundredths."""

    label: str
    figure: str
    share: str
    width: float
    lost: str
    why: str


@dataclass(frozen=True)
class Cell:
    figure: str
    heat: int
    is_worst: bool
    title: str


@dataclass(frozen=True)
class GridRow:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Worth:
    reason: str
    step: str
    carts: str
    value: str
    before: str


@dataclass(frozen=True)
class Answers:
    """How one kind of recipient answers its leads."""

    kind: str
    answered: str
    typical: str
    slow: str
    in_time: str


@dataclass(frozen=True)
class HourRow:
    hour: str
    typical: str
    slow: str


@dataclass(frozen=True)
class Chart:
    lines: drawing.Lines
    labels: tuple[str, ...]
    grid: tuple[str, ...]
    said: str
    rows: tuple[HourRow, ...]
    worst: str


@dataclass(frozen=True)
class Picture:
    heading: str
    measures: tuple[Measure, ...]
    stages: tuple[Stage, ...]
    columns: tuple[str, ...]
    grid: tuple[GridRow, ...]
    left: str
    chart: Chart
    answers: tuple[Answers, ...]
    worth: tuple[Worth, ...]


def picture(market: Market, now: datetime, days: int) -> Picture:
    """Three statements."""
    zone = ZoneInfo(market.time_zone)
    today = now.astimezone(zone).date()
    period = Period.ending(today, days)
    midnight = datetime.combine(today, time.min, zone)
    split = datetime.combine(period.first, time.min, zone)
    figures, before = queries.figures(market.key, period)
    spreads, spreads_before = queries.spreads(
        market.key, datetime.combine(period.before.first, time.min, zone), now + timedelta(hours=1), split
    )
    hours = queries.by_hour(market.key, midnight, now + timedelta(hours=1))
    return Picture(
        heading=_(
            "%(first)s to %(last)s, compared with the %(days)s days before",
            first=shown_date(period.first, market.time_zone, False),
            last=shown_date(period.last, market.time_zone, False),
            days=days,
        ),
        measures=_measures(figures, before, _persons(spreads), _persons(spreads_before), market.currency),
        stages=_stages(figures),
        columns=tuple(translate(label) for _key, label in words.STEPS),
        grid=_grid(figures, market.currency),
        left=_left(figures, market.currency),
        chart=_chart(hours, zone),
        answers=_answers(figures, spreads),
        worth=_worth(figures, before, market.currency),
    )


def _measures(
    figures: Figures, before: Figures, answers: Spread, answers_before: Spread, currency: str
) -> tuple[Measure, ...]:
    paid, paid_before = figures.of("funnel", "paid").count, before.of("funnel", "paid").count
    won, helped = figures.of("won"), figures.of("helped").count
    stalls = helped + figures.of("stalled").count
    typical, typical_before = quantile_s(answers, TYPICAL), quantile_s(answers_before, TYPICAL)
    return (
        Measure(_("Orders paid"), number(paid), _change(paid, paid_before)),
        Measure(
            _("Visit to order"),
            _percent(paid, figures.of("funnel", "visited").count),
            _was(_percent(paid_before, before.of("funnel", "visited").count)),
        ),
        Measure(
            _("Helped while stuck"),
            _percent(helped, stalls),
            ngettext("of %(n)s stall", "of %(n)s stalls", stalls) % {"n": number(stalls)},
        ),
        Measure(
            _("Won after a person answered"),
            _money(won.value_minor, currency),
            ngettext("%(n)s lead", "%(n)s leads", won.count) % {"n": number(won.count)},
        ),
        Measure(
            _("First answer, typical"),
            words.lasting(typical) if typical is not None else "–",
            _was(words.lasting(typical_before) if typical_before is not None else "–"),
        ),
    )


def _stages(figures: Figures) -> tuple[Stage, ...]:
    counts = [figures.of("funnel", key).count for key, _label in words.STAGES]
    widest = max(counts, default=0) or 1
    left = figures.parts("left")
    shown = []
    for place, (key, label) in enumerate(words.STAGES):
        count = counts[place]
        before, after = (
            counts[place - 1] if place else 0,
            counts[place + 1] if place + 1 < len(counts) else None,
        )
        lost = max(0, count - after) if after is not None else 0
        shown.append(
            Stage(
                label=translate(label),
                figure=number(count),
                share=_("%(share)s of step", share=_percent(count, before)) if place and before else "",
                width=round(100 * count / widest, 2),
                lost=_("%(n)s went no further, %(share)s.", n=number(lost), share=_percent(lost, count))
                if lost
                else "",
                why=_main_reason(left, STEPS_OF_STAGE.get(key, ())),
            )
        )
    return tuple(shown)


def _main_reason(left: Mapping[tuple[str, str], Sum], steps: Sequence[str]) -> str:
    by_reason: dict[str, int] = {}
    for (step, reason), found in left.items():
        if step in steps and reason != "nothing_seen":
            by_reason[reason] = by_reason.get(reason, 0) + found.count
    if not by_reason:
        return ""
    reason = max(by_reason, key=lambda key: by_reason[key])
    return _("%(reason)s, %(n)s", reason=translate(dict(words.REASONS)[reason]), n=number(by_reason[reason]))


def _grid(figures: Figures, currency: str) -> tuple[GridRow, ...]:
    left = figures.parts("left")
    most = max((found.count for found in left.values()), default=0)
    worst = max(left, key=lambda key: left[key].value_minor, default=None)
    rows = []
    for reason, label in words.REASONS:
        cells = []
        for step, step_label in words.STEPS:
            found = left.get((step, reason), Sum())
            cells.append(
                Cell(
                    figure=number(found.count) if found.count else "",
                    heat=drawing.heat(found.count, most),
                    is_worst=(step, reason) == worst,
                    title=_(
                        "%(step)s: %(value)s",
                        step=translate(step_label),
                        value=_money(found.value_minor, currency),
                    )
                    if found.count
                    else "",
                )
            )
        rows.append(GridRow(translate(label), tuple(cells)))
    return tuple(rows)


def _left(figures: Figures, currency: str) -> str:
    found = figures.of("left")
    if not found.count:
        return ""
    carts = ngettext("%(n)s cart left", "%(n)s carts left", found.count) % {"n": number(found.count)}
    return _("%(carts)s, worth %(value)s.", carts=carts, value=_money(found.value_minor, currency))


def _chart(hours: Mapping[datetime, Spread], zone: ZoneInfo) -> Chart:
    local = {hour.astimezone(zone).hour: counts for hour, counts in hours.items()}
    first, last = min((DAY_FROM, *local)), max((DAY_TO, *local))
    shown = range(first, last + 1)
    typical = [quantile_s(local.get(hour, {}), TYPICAL) for hour in shown]
    slow = [quantile_s(local.get(hour, {}), SLOW) for hour in shown]
    lines = drawing.draw(typical, slow)
    rows = tuple(
        HourRow(f"{hour:02d}:00", words.lasting(t), words.lasting(s))
        for hour, t, s in zip(shown, typical, slow, strict=True)
        if t is not None and s is not None
    )
    worst = lines.worst
    worst_words = ""
    if worst is not None:
        worst_words = f"{first + worst.index:02d}:00, {words.lasting(worst.seconds)}"
    return Chart(
        lines,
        tuple(f"{first + mark.index:02d}:00" for mark in lines.marks),
        tuple(words.lasting(line.seconds) if line.seconds else "0" for line in lines.grid),
        _(
            "Typical and slowest tenth of first answers, hour by hour; the slowest at %(worst)s.",
            worst=worst_words,
        )
        if rows
        else "",
        rows,
        worst_words,
    )


def _answers(figures: Figures, spreads: Mapping[tuple[str, str], Spread]) -> tuple[Answers, ...]:
    shown = []
    for kind, label in words.RECIPIENT_KINDS.items():
        counts = spreads.get(("lead", kind), {})
        typical, slow = quantile_s(counts, TYPICAL), quantile_s(counts, SLOW)
        if typical is None or slow is None:
            continue
        in_time, late = figures.of("answer", kind, "in_time").count, figures.of("answer", kind, "late").count
        shown.append(
            Answers(
                translate(label),
                number(sum(counts.values())),
                words.lasting(typical),
                words.lasting(slow),
                _percent(in_time, in_time + late),
            )
        )
    return tuple(shown)


def _worth(figures: Figures, before: Figures, currency: str) -> tuple[Worth, ...]:
    """What cost most, first; carts left without a sign of trouble name nothing to mend."""
    left, left_before = figures.parts("left"), before.parts("left")
    named = {key: found for key, found in left.items() if key[1] != "nothing_seen" and found.count}
    steps, reasons = dict(words.STEPS), dict(words.REASONS)
    return tuple(
        Worth(
            reason=translate(reasons.get(reason, reason)),
            step=translate(steps.get(step, step)),
            carts=number(found.count),
            value=_money(found.value_minor, currency),
            before=_money(left_before.get((step, reason), Sum()).value_minor, currency),
        )
        for (step, reason), found in sorted(named.items(), key=lambda item: -item[1].value_minor)[:WORTH]
    )


def _persons(spreads: Mapping[tuple[str, str], Spread]) -> Spread:
    found: Spread = {}
    for (asked, _kind), counts in spreads.items():
        if asked == "person":
            for bucket, count in counts.items():
                found[bucket] = found.get(bucket, 0) + count
    return found


def _percent(part: int, whole: int) -> str:
    if whole <= 0:
        return "–"
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 10 or share == 0 else f"{share:.1f}%"


def _change(now: int, before: int) -> str:
    if now == before:
        return _("as many as before")
    return _("up %(n)s", n=number(now - before)) if now > before else _("down %(n)s", n=number(before - now))


def _was(figure: str) -> str:
    return _("was %(figure)s", figure=figure)


def _money(amount_minor: int, currency: str) -> str:
    return shown_money(Money(amount_minor // 100 * 100, currency))
