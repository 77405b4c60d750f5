"""The configurator, kept designs, and two builds side by side."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from app import access, clock, drawings, rates, sessions, signals
from app.db import transaction
from app.i18n import _
from app.pages import page, partials, see_other, wants_fragment
from catalog import assortments, build_query, comparing, configuration, configuring, designs
from catalog.build import Assortment, Build, Option, read
from catalog.configuration import Configuration
from catalog.forms import code
from catalog.refusals import BuildNotPossible, DesignNotFound, ModelNotFound
from partners.here import market_here

blueprint = Blueprint("configurator", __name__)


@blueprint.get("/models/<slug>/configure")
def configure(slug: str) -> Response:
    """Raises ModelNotFound. For htmx: the parts that the last choice changed."""
    market = market_here()
    assortment = _assortment(slug)
    now = configuring.standing(assortment, request.args, drawings.views(slug))
    is_retold = request.args.get("choices") == "all"
    facts = configuring.facts(now, market, clock.today(market.time_zone), _options_of_all(), is_retold)
    if not wants_fragment():
        signals.note("configure", "configure", detail=slug)
        signals.count_configured()
        return page("catalog/configure.html", views=_views(slug), **facts)
    answer = partials(
        "catalog/configure.partials.html",
        stale_sets=configuring.stale_sets(now, facts["sets"], is_retold),
        is_retold=is_retold,
        is_new_view=request.args.get("drawn", now.view) != now.view,
        **facts,
    )
    if now.conflict is None:
        answer.headers["HX-Replace-Url"] = facts["here"]
    return answer


@blueprint.post("/designs")
def keep() -> Response:
    """Keeps the build that the form carries. Raises BuildNotPossible."""
    rates.limit("designs", request.remote_addr or "", per_minute=60)
    market, build = market_here(), _posted_build()
    with transaction():
        state = sessions.ensure()
        kept = Configuration.keep(build, market, state.visitor_id, clock.now(), state.account_id)
    return see_other(url_for(".design", code=kept.design_code))


@blueprint.get("/designs")
def kept() -> Response:
    state = sessions.current()
    mine = configuration.of_visitor(state.visitor_id, state.account_id)
    return page("catalog/designs.html", **designs.list_facts(mine, market_here()))


@blueprint.get("/designs/find")
def find() -> Response:
    """A code as it was typed, brought to its page; a wrong one is told there."""
    typed = request.args.get("code", "").strip()[: build_query.MOST_CHARACTERS]
    if not typed:
        return see_other(url_for(".kept"))
    meant = build_query.reference(typed)
    if meant is not None and meant.model is not None:
        return see_other(comparing.address(meant))
    return see_other(url_for(".design", code=meant.code if meant and meant.code else typed[:40]))


@blueprint.get("/designs/<code>")
def design(code: str) -> Response:
    try:
        found = Configuration.by_code(code)
    except DesignNotFound as refusal:
        return page("catalog/no_design.html", status=404, typed=code[:40], sentence=refusal.text)
    if found.design_code != code:
        return see_other(url_for(".design", code=found.design_code))
    state = sessions.current()
    is_mine = found.is_of(state.visitor_id, state.account_id)
    return page("catalog/design.html", is_mine=is_mine, **designs.facts(found, market_here()))


@blueprint.get("/designs/<code>/compare")
def compare_design(code: str) -> Response:
    return see_other(url_for(".compare", a=code, b=request.args.get("with") or None))


@blueprint.get("/compare")
def compare() -> Response:
    """Two builds named by `a` and `b`, each a code or an address. One alone asks for the other."""
    state = sessions.current()
    mine = configuration.of_visitor(state.visitor_id, state.account_id)
    facts = comparing.facts(request.args.get("a", ""), request.args.get("b", ""), market_here(), mine)
    return page("catalog/compare.html", **facts)


def _assortment(slug: str) -> Assortment:
    """Raises ModelNotFound."""
    found = assortments.on_show(market_here().key).get(slug) if code(slug) else None
    if found is None:
        raise ModelNotFound(remedy_url=url_for("catalog.models"))
    return found


def _posted_build() -> Build:
    """Raises BuildNotPossible for a build that is no longer one: nothing is kept that was not shown."""
    assortment = assortments.on_show(market_here().key).get(request.form.get("model", ""))
    if assortment is None:
        raise BuildNotPossible(remedy_url=url_for("catalog.models"))
    reading = read(assortment, build_query.asked(request.form))
    if reading.left_out:
        remedy = url_for(".configure", slug=assortment.model)
        raise BuildNotPossible(remedy_url=f"{remedy}?{build_query.query(reading.build)}")
    return reading.build


def _options_of_all() -> dict[tuple[str, str], Option]:
    return {
        option.choice: option
        for assortment in assortments.on_show(market_here().key).values()
        for option in assortment.options
        if option.family != "trim"
    }


def _views(slug: str) -> list[tuple[str, str]]:
    names = {"front": _("Front"), "side": _("Side"), "rear": _("Rear")}
    return [(view, names[view]) for view in drawings.views(slug)]


policies: dict[str, Any] = {
    "configurator.configure": access.PUBLIC,
    "configurator.keep": access.VISITOR,
    "configurator.kept": access.VISITOR,
    "configurator.find": access.PUBLIC,
    "configurator.design": access.PUBLIC,
    "configurator.compare_design": access.VISITOR,
    "configurator.compare": access.VISITOR,
}
