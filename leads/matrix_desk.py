"""The matrix as a screen: who answers which source about which product, changed cell by cell, version by version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, _, localized, translate
from app.pages import date as shown_date
from app.pages import page, see_other
from app.pages import time as shown_time
from leads.forms import Cell
from leads.matrix import PRODUCTS, SOURCES
from leads.models import RoutingRule, RuleTerms
from leads.refusals import RuleChangedMeanwhile, RuleLoops
from leads.rules import Rules, all_rules, as_shown
from partners.here import markets
from partners.models import HOME_MARKET, Staff

SOURCE_WORDS: Mapping[str, str] = {
    "test_drive": N_("Test drive"),
    "chat_handover": N_("Handed over by the chat"),
    "agent_enquiry": N_("Asked an agent"),
    "call_centre": N_("Call in or out"),
    "finance_request": N_("Asked about finance"),
    "help_request": N_("Asked for help, or left a cart"),
}
PRODUCT_WORDS: Mapping[str, str] = {
    "new_dealer": N_("New car, dealer named"),
    "charging": N_("Charging"),
    "digital": N_("Features and plans"),
    "used": N_("Used car"),
    "new_online": N_("New car, online"),
    "credits": N_("Credits"),
    "partner_product": N_("Partner product"),
    "none": N_("Nothing in particular"),
}
KIND_WORDS: Mapping[str, str] = {
    "dealer": N_("Dealer"),
    "agent_desk": N_("Online agent"),
    "call_centre": N_("Help line"),
    "partner": N_("Partner"),
}

blueprint = Blueprint("matrix", __name__)

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {f"matrix.{name}": _ADMIN for name in ("grid", "cell", "change")}


@dataclass(frozen=True)
class CellFacts:
    url: str
    first: str
    then: str
    within: str
    version: int
    current: bool


@dataclass(frozen=True)
class VersionFacts:
    version: int
    when: str
    by: str
    kinds: str
    within: str
    reason: str


@blueprint.get("/leads/matrix")
def grid() -> Response:
    return page("leads/matrix.html", **_grid_facts(_market_key()))


@blueprint.get("/leads/matrix/<source>/<product>")
def cell(source: str, product: str) -> Response:
    return _cell_page(source, product)


@blueprint.post("/leads/matrix/<source>/<product>")
def change(source: str, product: str) -> Response:
    market_key = _market_key()
    _refuse_unknown(source, product)
    state = parse(Cell, request.form)
    if state.value is None:
        return _cell_page(source, product, state, 422)
    told = state.value
    terms = RuleTerms(told.kinds, told.reason, told.reason_zh, told.answer_within_min * 60)
    try:
        with transaction():
            all_rules(market_key)
            rule = RoutingRule.live(market_key, source, product)
            if rule is None:
                raise RuleChangedMeanwhile()
            rule.change(terms, told.version, actor_now(), clock.now())
    except RuleLoops as loops:
        field = "fallback_2" if told.fallback_2 in (told.recipient_kind, told.fallback_1) else "fallback_1"
        return _cell_page(source, product, state.with_error(field, loops.text), 422)
    except RuleChangedMeanwhile as changed:
        close_reading()
        return _cell_page(source, product, refusal=changed.text, status=409)
    return see_other(url_for(".grid", market=_market_argument(market_key), _anchor=f"{source}-{product}"))


def _cell_page(
    source: str, product: str, state: FormState[Cell] | None = None, status: int = 200, refusal: str = ""
) -> Response:
    _refuse_unknown(source, product)
    market_key = _market_key()
    facts = _grid_facts(market_key, (source, product))
    rule: RoutingRule = facts["rules"][source, product]
    typed = state.values if state else {}
    return page(
        "leads/matrix_cell.html",
        status,
        **facts,
        source=translate(SOURCE_WORDS[source]),
        product=translate(PRODUCT_WORDS[product]),
        action=url_for(".change", source=source, product=product, market=_market_argument(market_key)),
        values={**_values(rule), **typed} if state else _values(rule),
        errors=state.errors if state else {},
        refusal=refusal,
        kinds=[(kind, translate(words)) for kind, words in KIND_WORDS.items()],
        nobody=("", _("Nobody else")),
        versions=_versions(market_key, source, product),
    )


def _grid_facts(market_key: str, current: tuple[str, str] | None = None) -> dict[str, Any]:
    rules = as_shown(market_key)
    argument = _market_argument(market_key)
    return {
        "rules": rules,
        "columns": [translate(PRODUCT_WORDS[product]) for product in PRODUCTS],
        "rows": [
            (
                translate(SOURCE_WORDS[source]),
                [
                    (f"{source}-{product}", _cell(rules, source, product, argument, current))
                    for product in PRODUCTS
                ],
            )
            for source in SOURCES
        ],
        "grid_url": url_for(".grid", market=argument),
        "markets": [
            (
                url_for(".grid", market=_market_argument(key)),
                localized(market.name, market.name_zh),
                key == market_key,
            )
            for key, market in markets().items()
        ],
    }


def _cell(
    rules: Rules, source: str, product: str, market: str | None, current: tuple[str, str] | None
) -> CellFacts:
    rule = rules[source, product]
    return CellFacts(
        url=url_for(".cell", source=source, product=product, market=market),
        first=translate(KIND_WORDS[rule.recipient_kind]),
        then=_joined(rule.fallback_kinds),
        within=within(rule.answer_within_s),
        version=rule.version,
        current=current == (source, product),
    )


def within(seconds: int) -> str:
    minutes = seconds // 60
    if minutes % 60 == 0 and minutes >= 120:
        return _("%(n)s h", n=minutes // 60)
    return _("%(n)s min", n=minutes)


def _joined(kinds: list[str]) -> str:
    return _(", then ").join(translate(KIND_WORDS[kind]) for kind in kinds)


def _values(rule: RoutingRule) -> dict[str, str]:
    first, second = (*rule.fallback_kinds, "", "")[:2]
    return {
        "recipient_kind": rule.recipient_kind,
        "fallback_1": first,
        "fallback_2": second,
        "answer_within_min": str(rule.answer_within_s // 60),
        "reason": rule.reason,
        "reason_zh": rule.reason_zh,
        "version": str(rule.version),
    }


def _versions(market_key: str, source: str, product: str) -> list[VersionFacts]:
    rows = session().execute(
        select(RoutingRule, Staff)
        .outerjoin(Staff, Staff.id == RoutingRule.changed_by)
        .where(
            RoutingRule.market_key == market_key,
            RoutingRule.source == source,
            RoutingRule.product == product,
        )
        .order_by(RoutingRule.version.desc())
        .limit(20)
    )
    return [
        VersionFacts(
            version=rule.version,
            when=f"{shown_date(rule.created_at)} {shown_time(rule.created_at)}",
            by=person.name_shown if person else _("The house’s default"),
            kinds=_joined(list(rule.kinds)),
            within=within(rule.answer_within_s),
            reason=rule.reason_shown,
        )
        for rule, person in rows
    ]


def _refuse_unknown(source: str, product: str) -> None:
    if source not in SOURCES or product not in PRODUCTS:
        raise NotFound()


def _market_key() -> str:
    wanted = request.args.get("market", HOME_MARKET)
    if wanted not in markets():
        raise NotFound()
    return wanted


def _market_argument(key: str) -> str | None:
    return None if key == HOME_MARKET else key
