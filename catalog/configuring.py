"""The configurator's facts: what is chosen, what each choice would do, what the last one did."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.i18n import N_, _
from app.pages import money, number
from catalog import build_query, build_words, showing
from catalog.build import (
    EXTRA,
    FAMILIES,
    Assortment,
    Build,
    BuildPrice,
    Conflict,
    LeftOut,
    Option,
    conflict,
    effect,
    price,
    read,
)
from catalog.finance import terms_of
from partners.models import Market


@dataclass(frozen=True)
class Standing:
    """What the page stands on. With a conflict, `build` is what stood before and `wanted` what is ticked."""

    assortment: Assortment
    build: Build
    wanted: Build
    before: Build | None
    conflict: Conflict | None
    left_out: tuple[LeftOut, ...]
    view: str


def standing(assortment: Assortment, given: MultiDict[str, str], drawn: tuple[str, ...]) -> Standing:
    reading = read(assortment, build_query.asked(given))
    before = build_query.unpacked(given.get("was"), assortment)
    view = build_query.view(given, drawn)
    if before is not None:
        clash = conflict(assortment, reading.wanted, before)
        if clash is not None and clash.ways:
            return Standing(assortment, before, reading.wanted, before, clash, (), view)
    return Standing(assortment, reading.build, reading.build, before, None, reading.left_out, view)


@dataclass(frozen=True)
class Choice:
    """One radio or checkbox. `notes` say what choosing it does, `label` says it all in one."""

    id: str
    family: str
    value: str
    title: str
    facts: str
    notes: tuple[str, ...]
    hint: str
    label: str
    checked: bool


@dataclass(frozen=True)
class ChoiceSet:
    family: str
    legend: str
    short: str
    chosen: str
    choices: tuple[Choice, ...]

    @property
    def words(self) -> tuple[Any, ...]:
        """What changes without a hand on it: ticks are left to the reader."""
        return self.chosen, tuple(replace(choice, checked=False) for choice in self.choices)


def choice_sets(assortment: Assortment, build: Build, ticked: Build | None = None) -> list[ChoiceSet]:
    """What can be chosen, told from where `build` stands; `ticked` is what is ticked, if that is something else."""
    return [
        _choice_set(assortment, build, ticked or build, family)
        for family in FAMILIES
        if assortment.of(family)
    ]


def _choice_set(assortment: Assortment, build: Build, ticked: Build, family: str) -> ChoiceSet:
    legend, short = LEGENDS[family]
    options = assortment.of(family)
    chosen = (
        ""
        if family in ("trim", EXTRA)
        else build_words.joined(
            part
            for option in options
            if build.has(option.choice)
            for part in (build_words.name(option), build_words.cost(option, assortment.currency))
            if option.price_minor or part == build_words.name(option)
        )
    )
    return ChoiceSet(
        family,
        _(legend),
        _(short),
        chosen,
        tuple(_choice(assortment, build, ticked, option) for option in options),
    )


def _choice(assortment: Assortment, build: Build, ticked: Build, option: Option) -> Choice:
    is_chosen = build.has(option.choice)
    hint = ""
    if is_chosen:
        notes = [build_words.cost(option, assortment.currency)]
        if option.family != "trim" and option.range_km:
            notes.append(build_words.kilometres(option.range_km))
    else:
        after = build.taking(option.choice)
        notes = build_words.effect(effect(assortment, build, after), with_week=False)
        broken = assortment.broken(after)
        hint = build_words.hint(broken[0], option, assortment, after) if broken else ""
    title = build_words.name(option)
    facts = build_words.trim_facts(option) if option.family == "trim" else build_words.note(option)
    return Choice(
        id=f"{option.family}-{option.code}",
        family=option.family,
        value=option.code,
        title=title,
        facts=facts,
        notes=tuple(notes),
        hint=hint,
        label=build_words.joined(part for part in (title, facts, *notes, hint) if part),
        checked=ticked.has(option.choice),
    )


LEGENDS = {
    "trim": (N_("Battery and drive"), N_("Drive")),
    "paint": (N_("Paint"), N_("Paint")),
    "wheels": (N_("Wheels"), N_("Wheels")),
    "interior": (N_("Interior"), N_("Interior")),
    EXTRA: (N_("Extras"), N_("Extras")),
}


def facts(
    now: Standing,
    market: Market,
    today: date,
    elsewhere: Mapping[tuple[str, str], Option],
    is_retold: bool = False,
) -> dict[str, Any]:
    """All that the page and its parts show."""
    assortment, build = now.assortment, now.build
    priced = price(assortment, build, market.tax_policy, terms_of(market))
    sets = choice_sets(assortment, build, now.wanted)
    return {
        "slug": assortment.model,
        "model_name": assortment.name,
        "share_look": (assortment.model, build.paint),
        "model": build_words.model(assortment),
        "build": build,
        "build_fields": [("model", build.model), *build.query()],
        "was": build_query.packed(build),
        "brief": build_words.in_brief(assortment, build),
        "alt": build_words.picture(assortment, now.wanted, now.view),
        "paint": now.wanted.paint,
        "wheels": now.wanted.wheels,
        "view": now.view,
        "sets": sets,
        "figures": _figures(assortment, build, priced),
        **price_facts(priced, today),
        "change": _change(now),
        "heard": _heard(now, priced, today, is_retold),
        "conflict": _conflict(now) if now.conflict else None,
        "left_out": build_words.left_out(now.left_out, assortment, dict(elsewhere)),
        "here": _here(build, now.view),
    }


def price_facts(priced: BuildPrice, today: date) -> dict[str, Any]:
    credit = priced.finance
    return {
        "car_price": money(priced.car),
        "on_the_road": money(priced.on_the_road),
        "road_lines": showing.lines(priced.road),
        "monthly": money(priced.monthly),
        "monthly_brief": build_words.monthly_brief(credit),
        "finance_lines": build_words.finance_lines(credit),
        "lender": build_words.lender(credit.lender_code),
        "window": build_words.window(priced.lead_days, today),
    }


def stale_sets(now: Standing, sets: list[ChoiceSet], is_retold: bool) -> list[ChoiceSet]:
    """The sets whose words differ from what the reader has before them. Nothing while a conflict waits."""
    if now.conflict is not None:
        return []
    if now.before is None or is_retold:
        return sets
    had = {earlier.family: earlier.words for earlier in choice_sets(now.assortment, now.before)}
    return [one for one in sets if one.words != had[one.family]]


def _figures(assortment: Assortment, build: Build, priced: BuildPrice) -> list[tuple[str, str]]:
    trim = assortment.get(("trim", build.trim))
    if trim is None:
        return []
    facts = trim.facts
    return [
        (f"{number(priced.range_km)} km", str(facts["range_cycle"]).upper()),
        (f"{facts['acceleration_s']} s", _("to 100 km/h")),
        (f"{facts['battery_kwh']} kWh", ""),
    ]


def _change(now: Standing) -> dict[str, str] | None:
    if now.before is None or now.conflict is not None or now.before == now.build:
        return None
    return {
        "words": _change_words(now, now.before),
        "undo_url": _url(now.before, now.view, now.build),
        "undo_label": _(
            "Undo: %(change)s", change=build_words.changed(now.assortment, now.before, now.build)
        ),
    }


def _change_words(now: Standing, before: Build) -> str:
    what = build_words.changed(now.assortment, before, now.build)
    does = build_words.joined(build_words.effect(effect(now.assortment, before, now.build)))
    return _("%(what)s: %(does)s", what=what, does=does)


def _heard(now: Standing, priced: BuildPrice, today: date, is_retold: bool) -> str:
    """One sentence for those who listen, once per change."""
    if now.conflict is not None:
        return _(
            "%(clash)s. Choose one of two ways on.", clash=build_words.clash(now.conflict, now.assortment)
        )
    if now.before is None or (now.before == now.build and not is_retold):
        return ""
    return _(
        "%(change)s. On the road %(price)s, delivery %(window)s.",
        change=_change_words(now, now.before) if now.before != now.build else _("As it was"),
        price=money(priced.on_the_road),
        window=build_words.window(priced.lead_days, today),
    )


def _conflict(now: Standing) -> dict[str, Any]:
    assert now.conflict is not None
    return {
        "heading": build_words.clash(now.conflict, now.assortment),
        "reason": build_words.rule(now.conflict.rule, now.assortment),
        "ways": [
            {
                "words": build_words.way_out(way),
                "does": build_words.joined(build_words.effect(effect(now.assortment, now.build, way.build))),
                "url": _url(way.build, now.view, now.build),
            }
            for way in now.conflict.ways
        ],
    }


def _here(build: Build, view: str) -> str:
    return f"{url_for('configurator.configure', slug=build.model)}?{build_query.query(build, view)}"


def _url(build: Build, view: str, before: Build) -> str:
    return f"{url_for('configurator.configure', slug=build.model)}?{build_query.query(build, view, before)}"


def in_shop(path: str) -> str:
    """A path with the language that the reader's address carries."""
    return f"{request.script_root}{path}"
