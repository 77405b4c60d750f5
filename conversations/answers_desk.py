"""The answers kept ready: agents read them, admins keep them. One page, one form, a preview before it is kept."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, _, speaking
from app.pages import page, see_other
from conversations import canned
from conversations.canned import CannedAnswer
from conversations.forms import KeepAnswer
from conversations.showing import FAMILY_LABELS, STEP_LABELS
from conversations.views import blueprint

LANGUAGE_LABELS = {"en": N_("English"), "zh": N_("Chinese")}
SAMPLE_NAMES = {"en": "Lin Yue", "zh": "林悦"}


@blueprint.get("/agent/answers")
def answers() -> Response:
    return _page(None, FormState(None))


@blueprint.get("/agent/answers/<public_id>")
def answer(public_id: str) -> Response:
    kept = CannedAnswer.named(public_id)
    return _page(kept, FormState(None, _values(kept)))


@blueprint.post("/agent/answers", endpoint="add_answer")
@blueprint.post("/agent/answers/<public_id>", endpoint="keep_answer")
def keep_answer(public_id: str | None = None) -> Response:
    state = parse(KeepAnswer, request.form)
    if state.value is None:
        return _page(_named(public_id), state, 422)
    form = state.value
    if form.preview:
        return _page(_named(public_id), FormState(None, dict(state.values)), preview=form)
    told = form.model_dump(exclude={"preview"})
    try:
        with transaction():
            canned.keep(_named(public_id), told, actor_now(), clock.now())
    except Refusal as refused:
        if refused.field is None:
            raise
        close_reading()
        return _page(_named(public_id), state.with_error(refused.field, refused.text), refused.status)
    return see_other(url_for(".answers"))


@blueprint.post("/agent/answers/<public_id>/removal")
def remove_answer(public_id: str) -> Response:
    with transaction():
        canned.drop(CannedAnswer.named(public_id), actor_now(), clock.now())
    return see_other(url_for(".answers"))


policies: Mapping[str, Policy] = {
    "conversations.answers": staff("agent", "admin"),
    "conversations.answer": staff("admin"),
    "conversations.add_answer": staff("admin"),
    "conversations.keep_answer": staff("admin"),
    "conversations.remove_answer": staff("admin"),
}


def _named(public_id: str | None) -> CannedAnswer | None:
    return CannedAnswer.named(public_id) if public_id else None


def _values(kept: CannedAnswer) -> dict[str, str]:
    return {
        "key": kept.key,
        "family": kept.family or "",
        "step": kept.step or "",
        "language": kept.language,
        "title": kept.title,
        "body": kept.body,
        "position": str(kept.position),
    }


def _page(
    kept: CannedAnswer | None,
    state: FormState[Any],
    status: int = 200,
    preview: KeepAnswer | None = None,
) -> Response:
    principal = sessions.current().staff
    return page(
        "conversations/answers.html",
        status,
        rows=[_row(one) for one in CannedAnswer.listed()],
        editing=kept.public_id if kept else "",
        may_edit=principal is not None and principal.has("admin"),
        values={"language": "en", "position": "100", **state.values},
        errors=dict(state.errors),
        families=[("", _("Anything")), *((code, _(words)) for code, words in FAMILY_LABELS.items())],
        steps=[("", _("Any step")), *((code, _(words)) for code, words in STEP_LABELS.items())],
        languages=[(code, _(words)) for code, words in LANGUAGE_LABELS.items()],
        preview=_filled(preview) if preview else "",
    )


def _row(kept: CannedAnswer) -> dict[str, Any]:
    about = [
        _(FAMILY_LABELS[kept.family]) if kept.family else _("Anything"),
        _(STEP_LABELS[kept.step]) if kept.step else _("Any step"),
    ]
    return {
        "public_id": kept.public_id,
        "url": url_for(".answer", public_id=kept.public_id, _anchor="edit"),
        "key": kept.key,
        "title": kept.title,
        "body": kept.body,
        "language": _(LANGUAGE_LABELS[kept.language]),
        "about": ", ".join(about),
    }


def _filled(form: KeepAnswer) -> str:
    """As a buyer would read it."""
    with speaking(form.language):
        values = {
            "name": SAMPLE_NAMES[form.language],
            "dealer": _("Hangzhou West Lake"),
            "url": url_for("catalog.stock", _external=True),
        }
    return canned.fill(form.body, values)
