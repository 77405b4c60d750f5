"""What the page shows as a CSV file, a figure a line: counts as they are, money by currency, times in seconds."""

import csv
import io
from collections.abc import Iterator

from app.i18n import _, translate
from app.money import Money
from insights import words
from insights.asked import EVERY_MARKET
from insights.queries import Figures, Sum
from insights.reading import Reading
from insights.spread import SLOW, TYPICAL, quantile_s
from leads.inbox_file import harmless

Line = tuple[str, str, str, str, str, str]
"""Which picture, its row, its column, the figure, its unit, and the figure of the days before."""


def written(read: Reading) -> str:
    """With a byte order mark, by which spreadsheets know the text for UTF-8."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow((_("Picture"), _("Row"), _("Column"), _("Figure"), _("Unit"), _("Before")))
    for line in _lines(read):
        lines.writerow([harmless(cell) for cell in line])
    return "\ufeff" + out.getvalue()


def _lines(read: Reading) -> Iterator[Line]:
    yield from _asked(read)
    funnel = _("From visit to order")
    for key, label in words.STAGES:
        now, was = (one.of("funnel", key).count for one in (read.figures, read.before))
        yield funnel, translate(label), "", str(now), _("people"), str(was)
    for name, label in (("stalled", _("Stalls nobody helped with")), ("helped", _("Helped while stuck"))):
        now, was = (one.of(name).count for one in (read.figures, read.before))
        yield label, "", "", str(now), _("stalls"), str(was)
    yield from _sums(_("Won after a person answered"), "", "", read.figures.of("won"), read.before.of("won"))
    yield from _left(read.figures, read.before)
    yield from _times(read)


def _asked(read: Reading) -> Iterator[Line]:
    """What the figures are of, so that a file says it by itself."""
    asked, period = read.asked, read.period
    for label, now, was in (
        (_("From"), period.first.isoformat(), period.before.first.isoformat()),
        (_("To"), period.last.isoformat(), period.before.last.isoformat()),
        (_("Market"), asked.market_key or EVERY_MARKET, ""),
        (_("Device"), asked.device if asked.device is not None else "*", ""),
        (_("Language"), asked.language or "*", ""),
    ):
        yield _("Asked for"), label, "", now, "", was


def _left(figures: Figures, before: Figures) -> Iterator[Line]:
    left, was = figures.parts("left"), before.parts("left")
    heading = _("What stopped them, and where")
    for reason, reason_label in words.REASONS:
        for step, step_label in words.STEPS:
            found = (left.get((step, reason), Sum()), was.get((step, reason), Sum()))
            yield from _sums(heading, translate(reason_label), translate(step_label), *found)


def _sums(picture: str, row: str, column: str, now: Sum, was: Sum) -> Iterator[Line]:
    if now.count or was.count:
        yield picture, row, column, str(now.count), _("count"), str(was.count)
    for currency in sorted({*now.values, *was.values}):
        amounts = (Money(one.values.get(currency, 0), currency) for one in (now, was))
        figure, before = (str(amount.amount) for amount in amounts)
        yield picture, row, column, figure, currency, before


def _times(read: Reading) -> Iterator[Line]:
    quantiles = ((_("Typical"), TYPICAL), (_("Slowest tenth"), SLOW))
    today = _("Time to first answer, today")
    for hour, counts in sorted(read.hours.items()):
        at = hour.astimezone(read.zone).strftime("%H:00")
        yield today, at, _("Answered"), str(sum(counts.values())), _("count"), ""
        for label, share in quantiles:
            yield today, at, label, _seconds(quantile_s(counts, share)), _("seconds"), ""
    leads = _("Leads: who answers how fast")
    for kind, kind_label in words.RECIPIENT_KINDS.items():
        counts, was = (one.get(("lead", kind), {}) for one in (read.spreads, read.spreads_before))
        if not counts and not was:
            continue
        row = translate(kind_label)
        yield leads, row, _("Answered"), str(sum(counts.values())), _("count"), str(sum(was.values()))
        for label, share in quantiles:
            times = (_seconds(quantile_s(one, share)) for one in (counts, was))
            figure, before = times
            yield leads, row, label, figure, _("seconds"), before
        for key, label in (("in_time", _("In time")), ("late", _("Late"))):
            now, past = (one.of("answer", kind, key).count for one in (read.figures, read.before))
            yield leads, row, label, str(now), _("count"), str(past)


def _seconds(value: float | None) -> str:
    return "" if value is None else str(round(value))
