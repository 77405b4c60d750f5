"""The sentences of letters, worded anew by admins, with the letter as it would go out beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from app import clock, sessions, wording
from app.access import Policy, staff
from app.db import transaction
from app.errors import NotFound, Refusal
from app.events import actor_now, record
from app.i18n import LANGUAGES, gettext, language, speaking, translate
from app.letters import Sample, letter, samples, sentences
from app.pages import page, see_other
from conversations.console import LANGUAGE_NAMES
from conversations.events import LetterReworded

blueprint = Blueprint("texts", __name__, url_prefix="/admin/texts")

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {f"texts.{name}": _ADMIN for name in ("index", "show", "change")}

NOBODY = "nobody@tarn.example"


@dataclass(frozen=True)
class Sentence:
    """`original` is what the letter says of itself, `written` what stands instead."""

    field: str
    original: str
    written: str
    error: str


@blueprint.get("")
def index() -> Response:
    return page("conversations/texts.html", letters=_links())


@blueprint.get("/<context>/<name>")
def show(context: str, name: str) -> Response:
    return _page(context, name, {}, {})


@blueprint.post("/<context>/<name>")
def change(context: str, name: str) -> Response:
    template, _sample = _letter(context, name)
    spoken = _spoken()
    known = sentences(template)
    typed = {
        f"s{place}": request.form.get(f"s{place}", "")[: 4 * wording.MOST] for place in range(len(known))
    }
    errors = {}
    for place, message_id in enumerate(known):
        written = typed[f"s{place}"].strip()
        try:
            if written:
                wording.check(message_id, written)
        except Refusal as refused:
            errors[f"s{place}"] = refused.text
    if errors:
        return _page(context, name, typed, errors, 422)
    principal = sessions.staff_here()
    with transaction():
        changed = [
            wording.change(spoken, message_id, typed[f"s{place}"], principal.id, clock.now())
            for place, message_id in enumerate(known)
        ]
        if any(changed):
            record(LetterReworded(template=template, language=spoken, sentences=sum(changed)), actor_now())
    return see_other(url_for(".show", context=context, name=name, language=spoken, saved=1))


def _page(
    context: str, name: str, typed: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> Response:
    template, sample = _letter(context, name)
    spoken = _spoken()
    kept = wording.in_force(spoken)
    with speaking(spoken):
        originals = [gettext(message_id) for message_id in sentences(template)]
    rows = [
        Sentence(
            f"s{place}",
            originals[place],
            typed.get(f"s{place}", kept.get(message_id, "")),
            errors.get(f"s{place}", ""),
        )
        for place, message_id in enumerate(sentences(template))
    ]
    preview = letter(template, NOBODY, spoken, **sample.facts(clock.now()))
    return page(
        "conversations/text.html",
        status,
        letters=_links(template),
        label=translate(sample.label),
        rows=rows,
        errors=[(row.field, row.error) for row in rows if row.error],
        subject=preview.subject,
        body=preview.text,
        saved=request.args.get("saved") == "1",
        spoken=spoken,
        languages=[
            (
                url_for(".show", context=context, name=name, language=code),
                translate(LANGUAGE_NAMES[code]),
                code == spoken,
            )
            for code in LANGUAGES
        ],
        action=url_for(".change", context=context, name=name, language=spoken),
    )


def _links(current: str = "") -> list[tuple[str, str, bool]]:
    return [
        (
            url_for(
                ".show", context=template.split("/")[0], name=template.split("/")[-1].removesuffix(".txt")
            ),
            translate(sample.label),
            template == current,
        )
        for template, sample in samples().items()
    ]


def _letter(context: str, name: str) -> tuple[str, Sample]:
    template = f"{context}/mail/{name}.txt"
    sample = samples().get(template)
    if sample is None:
        raise NotFound()
    return template, sample


def _spoken() -> str:
    told = request.args.get("language", language())
    if told not in LANGUAGES:
        raise NotFound()
    return told
