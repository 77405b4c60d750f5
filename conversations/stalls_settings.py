"""When somebody counts as stuck and whether help is offered by itself: changed by admins, in force at once."""

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.access import Policy, staff
from app.db import session, transaction
from app.events import Actor, actor_now, record
from app.forms import Form, FormState, Ticked, parse, setting_rows
from app.i18n import N_, _
from app.pages import page, see_other
from conversations.stalls import StallPolicy, policies
from conversations.stalls_events import StallPolicyChanged

blueprint = Blueprint("stalls_settings", __name__, url_prefix="/admin/stalls")

_ADMIN = staff("admin")
access: Mapping[str, Policy] = {"stalls_settings.show": _ADMIN, "stalls_settings.change": _ADMIN}


class StallSettings(Form):
    """Bounds keep reading from being trouble, and help from never coming: what was met is known for twenty minutes."""

    automatic: Ticked = False
    no_progress_s: int = Field(ge=30, le=900)
    refusals: int = Field(ge=2, le=10)
    declines: int = Field(ge=1, le=10)
    returns: int = Field(ge=2, le=10)
    empty_searches: int = Field(ge=2, le=10)
    silence_days: int = Field(ge=1, le=365)
    talks_per_agent: int = Field(ge=1, le=20)


AUTOMATIC = "automatic"
WORDS: Mapping[str, tuple[str, str]] = {
    "no_progress_s": (
        N_("No progress on a step of checkout, seconds"),
        N_("From 30 to 900. Counted from the last step, entry or word, while the page is looked at."),
    ),
    "refusals": (
        N_("The same field refused, times"),
        N_("From 2 to 10. One slip is nobody’s trouble."),
    ),
    "declines": (N_("A payment declined, times"), N_("From 1 to 10.")),
    "returns": (
        N_("Back and forth between two steps, times"),
        N_("From 2 to 10. Going back once is looking something up."),
    ),
    "empty_searches": (N_("A search that found nothing, times"), N_("From 2 to 10.")),
    "silence_days": (
        N_("After a no nothing is offered for, days"),
        N_("From 1 to 365. Whoever declined before keeps the date that was said then."),
    ),
    "talks_per_agent": (
        N_("Conversations a person has before none is offered in their name"),
        N_("From 1 to 20."),
    ),
}


@blueprint.get("")
def show() -> Response:
    return _page(FormState(None))


@blueprint.post("")
def change() -> Response:
    state: FormState[StallSettings] = parse(StallSettings, request.form)
    if state.value is None:
        return _page(state, 422)
    with transaction():
        change_policies({name: int(told) for name, told in state.value.model_dump().items()}, actor_now())
    return see_other(url_for(".show", saved=1))


def change_policies(told: Mapping[str, int], actor: Actor) -> None:
    """Keeps what is other than before, each with a fact that tells both. Of two at once the second sees the first."""
    session().execute(select(func.pg_advisory_xact_lock(func.hashtext("stall_policy"))))
    before = policies()
    for name, number in told.items():
        if number == before[name]:
            continue
        session().execute(
            insert(StallPolicy)
            .values(name=name, number=number)
            .on_conflict_do_update(index_elements=["name"], set_={"number": number})
        )
        record(StallPolicyChanged(name=name, before=before[name], after=number), actor)


def _page(state: FormState[StallSettings], status: int = 200) -> Response:
    kept = policies()
    is_again = status != 200
    rows = setting_rows(WORDS, {name: str(number) for name, number in kept.items()}, state)
    return page(
        "conversations/stalls_settings.html",
        status,
        rows=rows,
        automatic=AUTOMATIC in state.values if is_again else bool(kept[AUTOMATIC]),
        errors=[
            (row.name, _("%(field)s: %(says)s", field=row.label, says=row.error)) for row in rows if row.error
        ]
        + [("", words) for name, words in state.errors.items() if name not in WORDS],
        saved=request.args.get("saved") == "1",
    )
