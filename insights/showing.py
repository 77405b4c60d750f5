"""The manager's page as values ready to print."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from app.i18n import LANGUAGES, N_, _, localized, ngettext, translate
from app.money import Money
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.pages import money as shown_money
from app.pages import number
from insights import drawing, words
from insights.asked import DAYS, EVERY_MARKET, NOT_KNOWN, Asked
from insights.carts import LeftCart
from insights.queries import Figures, Spread, Sum
from insights.reading import Reading
from insights.spread import SLOW, TYPICAL, quantile_s
from partners.models import Market

DAY_FROM, DAY_TO = 8, 22
"""The hours of a day that the line shows at least; earlier and later ones when something was answered then."""
WORTH = 5
STEPS_OF_STAGE: Mapping[str, tuple[str, ...]] = {
    "cart": ("cart",),
    "checkout": ("contact", "handover", "review", "pay"),
}
OF_DAYS = {7: N_("7 days"), 28: N_("28 days"), 84: N_("12 weeks")}
DEVICE_WORDS = {"phone": N_("On a phone"), "desktop": N_("On a computer"), NOT_KNOWN: N_("Device not known")}
LANGUAGE_WORDS = {"en": N_("Read in English"), "zh": N_("Read in Chinese")}
GOES_ON_AT: Mapping[str, str] = {"visited": "cart", "cart": "checkout", "checkout": "paid"}
"""Who builds no car goes on all the same: a car from stock is put into the cart as it stands."""
FEW = 30
"""A share of fewer than this moves by chance."""
TARGET_S = 120
"""Within which nine of ten first answers shall come."""


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
    step: str
    reason: str
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
    step_key: str
    reason_key: str
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
    target: str


@dataclass(frozen=True)
class Choice:
    """What may be asked for: the field, its name, and what it offers."""

    field: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str


def choices(asked: Asked, markets: Mapping[str, Market], here: str) -> tuple[Choice, ...]:
    told = asked.address(here)
    return (
        Choice(
            "market",
            _("Market"),
            (
                *((key, localized(one.name, one.name_zh)) for key, one in markets.items()),
                (EVERY_MARKET, _("All markets")),
            ),
            told["market"] or here,
        ),
        Choice(
            "device",
            _("Device"),
            (
                ("", _("Phone and computer")),
                *((key, translate(label)) for key, label in DEVICE_WORDS.items()),
            ),
            told["device"] or "",
        ),
        Choice(
            "reads",
            _("Language"),
            (("", _("Every language")), *((key, translate(LANGUAGE_WORDS[key])) for key in LANGUAGES)),
            told["reads"] or "",
        ),
    )


def periods(asked: Asked) -> tuple[tuple[int, str, bool], ...]:
    return tuple((days, translate(OF_DAYS[days]), days == asked.days) for days in DAYS)


@dataclass(frozen=True)
class Picture:
    heading: str
    measures: tuple[Measure, ...]
    stages: tuple[Stage, ...]
    columns: tuple[str, ...]
    grid: tuple[GridRow, ...]
    left: str
    outlined: str
    chart: Chart
    answers: tuple[Answers, ...]
    worth: tuple[Worth, ...]


def picture(read: Reading) -> Picture:
    figures, before = read.figures, read.before
    return Picture(
        heading=_heading(read),
        measures=_measures(figures, before, _persons(read.spreads), _persons(read.spreads_before)),
        stages=_stages(figures),
        columns=tuple(translate(label) for _key, label in words.STEPS),
        grid=_grid(figures),
        left=_left(figures),
        outlined=_("Outlined: most often, as two currencies are not compared.")
        if len(_currencies(figures.parts("left").values())) > 1
        else _("Outlined: worth most."),
        chart=_chart(read.hours, read.zone),
        answers=_answers(figures, read.spreads),
        worth=_worth(figures, before),
    )


@dataclass(frozen=True)
class CartRow:
    left: str
    value: str
    device: str
    language: str
    number: str
    public_id: str


def cart_rows(carts: Sequence[LeftCart]) -> tuple[CartRow, ...]:
    return tuple(
        CartRow(
            shown_datetime(one.left_at),
            _money({one.currency: one.value_minor}),
            translate(DEVICE_WORDS[one.device or NOT_KNOWN]),
            translate(LANGUAGE_WORDS[one.language]) if one.language in LANGUAGE_WORDS else one.language,
            one.lead_number or "",
            one.lead_public_id or "",
        )
        for one in carts
    )


def cell_name(step: str, reason: str) -> str:
    return _(
        "%(reason)s: %(step)s",
        reason=translate(dict(words.REASONS)[reason]),
        step=translate(dict(words.STEPS)[step]),
    )


def _heading(read: Reading) -> str:
    zone = read.zone.key
    period = _(
        "%(first)s to %(last)s, compared with the %(days)s days before",
        first=shown_date(read.period.first, zone, False),
        last=shown_date(read.period.last, zone, False),
        days=read.asked.days,
    )
    asked = read.asked
    told = [
        period,
        localized(read.market.name, read.market.name_zh) if read.market else _("All markets"),
        translate(DEVICE_WORDS[asked.device or NOT_KNOWN]) if asked.device is not None else "",
        translate(LANGUAGE_WORDS[asked.language]) if asked.language else "",
    ]
    return " · ".join(part for part in told if part)


def _measures(
    figures: Figures, before: Figures, answers: Spread, answers_before: Spread
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
            _noted(
                _was(_percent(paid_before, before.of("funnel", "visited").count)),
                figures.of("funnel", "visited").count,
            ),
        ),
        Measure(
            _("Helped while stuck"),
            _percent(helped, stalls),
            _noted(ngettext("of %(n)s stall", "of %(n)s stalls", stalls) % {"n": number(stalls)}, stalls),
        ),
        Measure(
            _("Won after a person answered"),
            _money(won.values),
            ngettext("%(n)s lead", "%(n)s leads", won.count) % {"n": number(won.count)},
        ),
        Measure(
            _("First answer, typical"),
            words.lasting(typical) if typical is not None else "–",
            _noted(
                _was(words.lasting(typical_before) if typical_before is not None else "–"),
                sum(answers.values()),
            ),
        ),
    )


def _stages(figures: Figures) -> tuple[Stage, ...]:
    """Each share is of the stage that leads here, so building a car, which nobody must, divides nothing."""
    counts = {key: figures.of("funnel", key).count for key, _label in words.STAGES}
    comes_from = {after: before for before, after in GOES_ON_AT.items()} | {"configured": "visited"}
    widest = max(counts.values(), default=0) or 1
    left = figures.parts("left")
    shown = []
    for key, label in words.STAGES:
        count, after = counts[key], counts.get(GOES_ON_AT.get(key, ""))
        lost = max(0, count - after) if after is not None else 0
        shown.append(
            Stage(
                label=translate(label),
                figure=number(count),
                share=_share(key, count, counts.get(comes_from.get(key, ""), 0)),
                width=round(100 * count / widest, 2),
                lost=_("%(n)s went no further, %(share)s.", n=number(lost), share=_percent(lost, count))
                if lost
                else "",
                why=_main_reason(left, STEPS_OF_STAGE.get(key, ())),
            )
        )
    return tuple(shown)


def _share(stage: str, count: int, before: int) -> str:
    if not 0 < count <= before:
        return ""
    share = _percent(count, before)
    return (
        _("%(share)s of visits", share=share)
        if stage in ("configured", "cart")
        else _("%(share)s of step", share=share)
    )


def _main_reason(left: Mapping[tuple[str, str], Sum], steps: Sequence[str]) -> str:
    by_reason: dict[str, int] = {}
    for (step, reason), found in left.items():
        if step in steps and reason != "nothing_seen":
            by_reason[reason] = by_reason.get(reason, 0) + found.count
    if not by_reason:
        return ""
    reason = max(by_reason, key=lambda key: by_reason[key])
    return _("%(reason)s, %(n)s", reason=translate(dict(words.REASONS)[reason]), n=number(by_reason[reason]))


def _grid(figures: Figures) -> tuple[GridRow, ...]:
    left = figures.parts("left")
    most = max((found.count for found in left.values()), default=0)
    weigh = _weight(left.values())
    worst = max(left, key=lambda key: weigh(left[key]), default=None)
    rows = []
    for reason, label in words.REASONS:
        cells = []
        for step, step_label in words.STEPS:
            found = left.get((step, reason), Sum())
            cells.append(
                Cell(
                    step=step,
                    reason=reason,
                    figure=number(found.count) if found.count else "",
                    heat=drawing.heat(found.count, most),
                    is_worst=(step, reason) == worst,
                    title=_(
                        "%(step)s: %(value)s",
                        step=translate(step_label),
                        value=_money(found.values),
                    )
                    if found.count
                    else "",
                )
            )
        rows.append(GridRow(translate(label), tuple(cells)))
    return tuple(rows)


def _weight(sums: Iterable[Sum]) -> Callable[[Sum], int]:
    """What is worse: the dearer of one currency, the more frequent of several."""
    return (
        (lambda found: found.count)
        if len(_currencies(sums)) > 1
        else (lambda found: sum(found.values.values()))
    )


def _currencies(sums: Iterable[Sum]) -> set[str]:
    return {currency for found in sums for currency in found.values}


def _left(figures: Figures) -> str:
    found = figures.of("left")
    if not found.count:
        return ""
    carts = ngettext("%(n)s cart left", "%(n)s carts left", found.count) % {"n": number(found.count)}
    return _("%(carts)s, worth %(value)s.", carts=carts, value=_money(found.values))


def _chart(hours: Mapping[datetime, Spread], zone: ZoneInfo) -> Chart:
    local = {hour.astimezone(zone).hour: counts for hour, counts in hours.items()}
    first, last = min((DAY_FROM, *local)), max((DAY_TO, *local))
    shown = range(first, last + 1)
    typical = [quantile_s(local.get(hour, {}), TYPICAL) for hour in shown]
    slow = [quantile_s(local.get(hour, {}), SLOW) for hour in shown]
    lines = drawing.draw(typical, slow, target_s=TARGET_S)
    rows = tuple(
        HourRow(f"{hour:02d}:00", words.lasting(t), words.lasting(s))
        for hour, t, s in zip(shown, typical, slow, strict=True)
        if t is not None and s is not None
    )
    worst = lines.worst
    worst_words = ""
    if worst is not None:
        worst_words = _(
            "%(at)s, %(time)s", at=f"{first + worst.index:02d}:00", time=words.lasting(worst.seconds)
        )
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
        _("target, under %(time)s", time=words.lasting(TARGET_S)),
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


def _worth(figures: Figures, before: Figures) -> tuple[Worth, ...]:
    """What cost most, first; carts left without a sign of trouble name nothing to mend."""
    left, left_before = figures.parts("left"), before.parts("left")
    named = {key: found for key, found in left.items() if key[1] != "nothing_seen" and found.count}
    steps, reasons, weigh = dict(words.STEPS), dict(words.REASONS), _weight(named.values())
    return tuple(
        Worth(
            step_key=step,
            reason_key=reason,
            reason=translate(reasons.get(reason, reason)),
            step=translate(steps.get(step, step)),
            carts=number(found.count),
            value=_about(found.values),
            before=_about(left_before.get((step, reason), Sum()).values),
        )
        for (step, reason), found in sorted(named.items(), key=lambda item: -weigh(item[1]))[:WORTH]
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
    return _("was %(figure)s", figure=figure) if figure != "–" else _("nothing before")


def _noted(note: str, of: int) -> str:
    return _("%(note)s, few", note=note) if 0 < of < FEW else note


def _money(values: Mapping[str, int]) -> str:
    """In whole units, a sum for each currency."""
    return _amounts(values, lambda whole: whole)


def _about(values: Mapping[str, int]) -> str:
    """An estimate: two figures of it."""
    return _amounts(values, lambda whole: round(whole, 2 - len(str(abs(whole)))))


def _amounts(values: Mapping[str, int], rounded: Callable[[int], int]) -> str:
    shown = []
    for currency, minor in sorted(values.items(), key=lambda item: -item[1]):
        unit = 10 ** get_currency_precision(currency)
        whole = int((Decimal(minor) / unit).to_integral_value(ROUND_HALF_UP))
        shown.append(shown_money(Money(rounded(whole) * unit, currency)))
    return " + ".join(shown) or "–"
