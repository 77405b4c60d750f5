"""A build in words: names, what a choice does, when the car comes, what it costs by the month."""

from collections.abc import Iterable, Sequence
from datetime import date

from app import i18n
from app.i18n import _, localized, ngettext
from app.money import Money
from app.pages import money, number
from catalog import lenders
from catalog.build import (
    EXTRA,
    Assortment,
    Build,
    Conflict,
    Effect,
    LeftOut,
    Option,
    Rule,
    WayOut,
    delivery_window,
)
from catalog.finance import HirePurchase
from catalog.showing import Line, percent

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_NAMED = 5


def name(option: Option) -> str:
    return localized(option.name, option.name_zh)


def model(assortment: Assortment) -> str:
    return localized(assortment.name, assortment.name_zh)


def joined(parts: Iterable[str]) -> str:
    return ("，" if i18n.language() == "zh" else ", ").join(parts)


def in_brief(assortment: Assortment, build: Build) -> str:
    """Long Range in Tarn, 20″ Blade, Sand interior."""
    trim, paint, *others = assortment.chosen(build)
    parts = [
        _("%(interior)s interior", interior=name(option)) if option.family == "interior" else name(option)
        for option in others
    ]
    return joined([_("%(trim)s in %(paint)s", trim=name(trim), paint=name(paint)), *parts])


def picture(assortment: Assortment, build: Build, view: str) -> str:
    """What the drawing shows, for those who do not see it."""
    views = {"front": _("from the front"), "side": _("from the side"), "rear": _("from behind")}
    paint = assortment.get(("paint", build.paint))
    wheels = assortment.get(("wheels", build.wheels))
    return _(
        "%(model)s in %(paint)s with %(wheels)s wheels, %(view)s",
        model=model(assortment),
        paint=name(paint) if paint else build.paint,
        wheels=name(wheels) if wheels else build.wheels,
        view=views[view],
    )


def more_or_less(amount: Money) -> str:
    if not amount:
        return _("same price")
    return money(amount) if amount.amount_minor < 0 else f"+{money(amount)}"


def kilometres(km: int) -> str:
    return f"{'−' if km < 0 else '+'}{number(abs(km))}\N{NO-BREAK SPACE}km"


def week(days: int) -> str:
    if not days:
        return _("same week")
    count = abs(days) // 7 if days % 7 == 0 else abs(days)
    if days % 7 == 0:
        later = ngettext("%(n)s week later", "%(n)s weeks later", count)
        sooner = ngettext("%(n)s week sooner", "%(n)s weeks sooner", count)
    else:
        later = ngettext("%(n)s day later", "%(n)s days later", count)
        sooner = ngettext("%(n)s day sooner", "%(n)s days sooner", count)
    return (later if days > 0 else sooner) % {"n": count}


def effect(of: Effect, with_week: bool = True) -> list[str]:
    """+¥7,000, −28 km, same week. A range that stays is not worth a word."""
    parts = [more_or_less(of.price)]
    if of.range_km:
        parts.append(kilometres(of.range_km))
    if with_week or of.days:
        parts.append(week(of.days))
    return parts


def changed(assortment: Assortment, before: Build, after: Build) -> str:
    """What somebody just did: the options that came, else those that went."""
    came = [option for option in assortment.chosen(after) if not before.has(option.choice)]
    if came:
        return joined(name(option) for option in came)
    gone = [option for option in assortment.chosen(before) if not after.has(option.choice)]
    return joined(_("Without %(option)s", option=name(option)) for option in gone)


def cost(option: Option, currency: str) -> str:
    """What a chosen option costs."""
    return money(Money(option.price_minor, currency)) if option.price_minor else _("Included")


def trim_facts(option: Option) -> str:
    facts = option.facts
    drive = DRIVEN[facts["drivetrain"]]() if facts["drivetrain"] in DRIVEN else facts["drivetrain"]
    figures = [f"{facts['battery_kwh']} kWh", f"{number(option.range_km)} km", f"{facts['acceleration_s']} s"]
    battery, range_, seconds = (figure.replace(" ", "\N{NO-BREAK SPACE}") for figure in figures)
    return joined([battery, drive, range_, seconds])


DRIVEN = {
    "rwd": lambda: _("rear drive"),
    "fwd": lambda: _("front drive"),
    "awd": lambda: _("all-wheel drive"),
}


def note(option: Option) -> str:
    return localized(option.facts.get("note", ""), option.facts.get("note_zh", ""))


def window(lead_days: int, today: date) -> str:
    """12–18 Dec; 28 Nov–4 Dec; 12 月 12–18 日."""
    first, last = delivery_window(lead_days, today)
    same_month = (first.year, first.month) == (last.year, last.month)
    year = "" if last.year == today.year else str(last.year)
    if i18n.language() == "zh":
        year = f"{year} 年 " if year else ""
        if same_month:
            return f"{year}{first.month} 月 {first.day}–{last.day} 日"
        told = year if first.year == last.year else ""
        return f"{told}{first.month} 月 {first.day} 日–{'' if told else year}{last.month} 月 {last.day} 日"
    start = str(first.day) if same_month else f"{first.day} {MONTHS[first.month - 1]}"
    return f"{start}–{last.day} {MONTHS[last.month - 1]} {year}".strip()


def lender(code: str) -> str:
    return localized(*lenders.name_of(code))


def monthly_brief(credit: HirePurchase) -> str:
    return _("%(months)s months, %(apr)s APR", months=credit.months, apr=percent(credit.apr))


def finance_lines(credit: HirePurchase) -> list[Line]:
    """Every figure of the representative example, in the order in which the money moves."""
    down = credit.down_payment.amount_minor / credit.cash_price.amount_minor
    return [
        Line(_("Cash price"), money(credit.cash_price)),
        Line(_("Down payment, %(percent)s%%", percent=f"{down * 100:.0f}"), money(credit.down_payment)),
        Line(_("Amount of credit"), money(credit.credit)),
        Line(_("%(n)s instalments of", n=credit.months - 1), money(credit.instalment)),
        Line(_("Last instalment"), money(credit.last_instalment)),
        Line(_("Nominal rate a year, fixed"), f"{(credit.rate * 100).normalize():f}%"),
        Line(_("Effective rate (APR)"), percent(credit.apr)),
        Line(_("Interest in all"), money(credit.interest)),
        Line(_("Total payable, down payment included"), money(credit.total_payable)),
    ]


def rule(broken: Rule, assortment: Assortment) -> str:
    """Why it does not go: the reason that the data gives, else the bare fact."""
    reason = localized(broken.reason, broken.reason_zh)
    if reason:
        return reason
    subject = assortment.get(broken.subject)
    return _("%(option)s does not go with this.", option=name(subject) if subject else broken.subject[1])


def clash(conflict: Conflict, assortment: Assortment) -> str:
    """Tow bar and 21″ Turbine do not go together."""
    subject = assortment.get(conflict.rule.subject)
    others = [found for found in map(assortment.get, conflict.rule.others) if found]
    told = name(subject) if subject else conflict.rule.subject[1]
    if conflict.rule.kind == "excludes":
        return _("%(one)s and %(other)s do not go together", one=told, other=either(others))
    return _("%(one)s needs %(other)s", one=told, other=either(others))


def hint(broken: Rule, option: Option, assortment: Assortment, build: Build) -> str:
    """Beside an option that would clash with what is chosen: Not with Tow bar; Needs Dual Motor."""
    if broken.kind == "requires" and broken.subject == option.choice:
        others = [found for found in map(assortment.get, broken.others) if found]
        return _("Needs %(other)s", other=either(others))
    other = broken.subject if broken.subject != option.choice else next(filter(build.has, broken.others))
    found = assortment.get(other)
    return _("Not with %(other)s", other=name(found) if found else other[1])


def either(options: Sequence[Option]) -> str:
    return _(" or ").join(name(option) for option in options)


def way_out(way: WayOut) -> str:
    """Keep 21″ Turbine, leave out Tow bar; Keep Tow bar, take 20″ Blade."""
    parts = [_("keep %(kept)s", kept=name(way.keeps))] if way.keeps else []
    if way.takes:
        parts.append(_("take %(taken)s", taken=names(way.takes)))
    dropped = [option for option in way.leaves if option.family == EXTRA]
    if dropped:
        parts.append(_("leave out %(dropped)s", dropped=names(dropped)))
    told = joined(parts)
    return told[:1].upper() + told[1:]


def names(options: Iterable[Option]) -> str:
    return ("、" if i18n.language() == "zh" else ", ").join(name(option) for option in options)


def left_out(
    things: Sequence[LeftOut], assortment: Assortment, elsewhere: dict[tuple[str, str], Option]
) -> list[str]:
    """A sentence per thing that an address named and the page does not show."""
    told = []
    for thing in things[:MOST_NAMED]:
        if thing.option is not None:
            why = rule(thing.rule, assortment) if thing.rule else ""
            told.append(f"{_('%(option)s was left out.', option=name(thing.option))} {why}".strip())
        elif thing.asked in elsewhere:
            option = name(elsewhere[thing.asked])
            told.append(
                _("%(option)s is not made for the %(model)s.", option=option, model=model(assortment))
            )
        elif thing.asked[1]:
            told.append(_("We do not know “%(code)s”, so it was left out.", code=thing.asked[1]))
        else:
            told.append(_("Something in the address could not be read and was left out."))
    if len(things) > MOST_NAMED:
        rest = len(things) - MOST_NAMED
        told.append(ngettext("And %(n)s more.", "And %(n)s more.", rest) % {"n": rest})
    return list(dict.fromkeys(told))
