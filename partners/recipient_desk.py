"""Recipients as the administration sees them: a list, a form each, and the webhook's secret shown once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy import func, select

from app import clock
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import InvalidInput, NotFound
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, _, localized, translate
from app.pages import datetime as shown_datetime
from app.pages import page, see_other
from partners import recipient_settings as settings
from partners.here import markets
from partners.incident_notices import notices
from partners.models import HOME_MARKET, KINDS, Recipient
from partners.recipient_forms import NewRecipient, NewSecret, Particulars, zones
from partners.refusals import ChangedMeanwhile

KIND_WORDS: Mapping[str, str] = {
    "dealer": N_("Dealer"),
    "agent_desk": N_("Agents’ desk"),
    "call_centre": N_("Help line"),
    "insurance_partner": N_("Insurance"),
    "finance_partner": N_("Finance"),
    "energy_partner": N_("Energy"),
}
LANGUAGES = (("zh", "中文"), ("en", "English"))
PAGE_SIZE = 50

blueprint = Blueprint("recipients", __name__)

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {
    f"recipients.{name}": _ADMIN
    for name in ("listed", "new", "add", "recipient", "change", "change_secret", "settle")
}


@dataclass(frozen=True)
class Row:
    url: str
    name: str
    kind: str
    place: str
    channels: str
    tags: tuple[tuple[str, str], ...]


@blueprint.get("/admin/recipients")
def listed() -> Response:
    words, kind = request.args.get("q", "").strip()[:80], request.args.get("kind", "")
    after = request.args.get("after", "")[:80]
    wanted = select(Recipient).order_by(Recipient.code).limit(PAGE_SIZE + 1)
    if kind in KINDS:
        wanted = wanted.where(Recipient.kind == kind)
    if words:
        like = f"%{words.replace('%', '').replace('_', '')}%"
        wanted = wanted.where(
            Recipient.name.ilike(like)
            | Recipient.name_zh.ilike(like)
            | Recipient.code.ilike(like)
            | Recipient.city.ilike(like)
            | Recipient.city_zh.ilike(like)
        )
    found = session().scalars(wanted.where(Recipient.code > after) if after else wanted).all()
    more = found[PAGE_SIZE - 1].code if len(found) > PAGE_SIZE else ""
    return page(
        "partners/recipients.html",
        rows=[_row(one) for one in found[:PAGE_SIZE]],
        total=session().scalar(select(func.count()).select_from(Recipient)) or 0,
        words=words,
        kinds=[
            (url_for(".listed", q=words or None), _("All"), kind not in KINDS),
            *(
                (url_for(".listed", q=words or None, kind=key), translate(KIND_WORDS[key]), key == kind)
                for key in KINDS
            ),
        ],
        more_url=url_for(".listed", after=more, q=words or None, kind=kind or None) if more else "",
    )


@blueprint.get("/admin/recipients/new")
def new() -> Response:
    market = markets()[HOME_MARKET]
    usual = {
        "kind": "dealer",
        "market": HOME_MARKET,
        "time_zone": market.time_zone,
        "accept_within_min": "10",
        "active": "1",
    }
    return _form_page(None, usual, FormState(None))


@blueprint.post("/admin/recipients")
def add() -> Response:
    state = parse(NewRecipient, request.form)
    if state.value is None:
        return _form_page(None, _typed(state), state, 422)
    told = state.value
    refused = settings.check_target(told.webhook_url)
    if refused is not None:
        settings.note_refused(None, refused, actor_now(), clock.now())
        state = state.with_error("webhook_url", settings.target_words(refused))
        return _form_page(None, _typed(state), state, 422)
    try:
        with transaction():
            recipient, secret = settings.add(told, actor_now(), clock.now())
    except InvalidInput as wrong:
        return _form_page(None, _typed(state), _with(state, wrong.errors), 422)
    return _form_page(recipient, _values(recipient), FormState(None), 201, secret=secret)


@blueprint.get("/admin/recipients/<public_id>")
def recipient(public_id: str) -> Response:
    found = _of(public_id)
    saved = request.args.get("saved") == "1"
    return _form_page(found, _values(found), FormState(None), saved=saved)


@blueprint.post("/admin/recipients/<public_id>")
def change(public_id: str) -> Response:
    found = _of(public_id)
    state = parse(Particulars, request.form)
    if state.value is None:
        return _form_page(found, _typed(state), state, 422)
    told = state.value
    refused = settings.check_target(told.webhook_url)
    if refused is not None:
        settings.note_refused(found, refused, actor_now(), clock.now())
        state = state.with_error("webhook_url", settings.target_words(refused))
        return _form_page(found, _typed(state), state, 422)
    try:
        with transaction():
            row = settings.locked(public_id)
            assert row is not None, "it was there a moment ago, and none is ever deleted"
            settings.change(row, told, actor_now(), clock.now())
    except InvalidInput as wrong:
        return _form_page(found, _typed(state), _with(state, wrong.errors), 422)
    except ChangedMeanwhile as changed:
        close_reading()
        found = _of(public_id)
        return _form_page(found, _values(found), FormState(None), 409, refusal=changed.text)
    return see_other(url_for(".recipient", public_id=public_id, saved="1"))


@blueprint.post("/admin/recipients/<public_id>/secret")
def change_secret(public_id: str) -> Response:
    """The new secret stands on the answer to this very request and nowhere else."""
    _of(public_id)
    told = parse(NewSecret, request.form).get()
    with transaction():
        row = settings.locked(public_id)
        assert row is not None, "it was there a moment ago, and none is ever deleted"
        secret = settings.new_secret(row, actor_now(), clock.now(), told.has_leaked)
    close_reading()
    found = _of(public_id)
    return _form_page(found, _values(found), FormState(None), secret=secret)


@blueprint.post("/admin/recipients/<public_id>/incidents")
def settle(public_id: str) -> Response:
    """Whoever presses this has seen to it; the next failure is told anew."""
    _of(public_id)
    with transaction():
        row = settings.locked(public_id)
        assert row is not None, "it was there a moment ago, and none is ever deleted"
        settings.settle_incidents(row, actor_now(), clock.now())
    return see_other(url_for(".recipient", public_id=public_id))


def _of(public_id: str) -> Recipient:
    found = session().scalars(select(Recipient).where(Recipient.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _with(state: FormState[Any], errors: Mapping[str, str]) -> FormState[Any]:
    return FormState(None, state.values, {**state.errors, **errors})


def _typed(state: FormState[Any]) -> dict[str, str]:
    """As it was typed; the languages, which come several to a name, from the request itself."""
    return {**state.values, "languages": ",".join(request.form.getlist("languages"))}


def _values(found: Recipient) -> dict[str, str]:
    def ticked(value: bool) -> str:
        return "1" if value else ""

    return {
        "name": found.name,
        "name_zh": found.name_zh,
        "city": found.city,
        "city_zh": found.city_zh,
        "address": found.address,
        "address_zh": found.address_zh,
        "phone": found.phone,
        "time_zone": found.time_zone,
        "home_delivery": ticked(found.home_delivery),
        "active": ticked(found.active),
        "mail_to": found.mail_to or "",
        "contact_mail_to": found.contact_mail_to or "",
        "wants_adf": ticked(found.wants_adf),
        "adf_mail_to": found.adf_mail_to or "",
        "webhook_url": found.webhook_url or "",
        "accept_within_min": str(found.accept_within_s // 60),
        "capacity_open": str(found.capacity_open or ""),
        "languages": ",".join(found.languages),
        "version": settings.version_of(found),
    }


def _form_page(
    found: Recipient | None,
    values: Mapping[str, str],
    state: FormState[Any],
    status: int = 200,
    *,
    secret: str = "",
    refusal: str = "",
    saved: bool = False,
) -> Response:
    ends = settings.rotation_ends(found) if found else None
    told = notices(found.id) if found else []
    known = current_app.view_functions
    return page(
        "partners/recipient.html",
        status,
        is_new=found is None,
        heading=found.name_shown if found else _("A new recipient"),
        kind_words=translate(KIND_WORDS[found.kind]) if found else "",
        is_dealer=found is None or found.is_dealer,
        code=found.code if found else "",
        values=_Blank(values),
        errors=state.errors,
        error_list=[(_field_id(name), text) for name, text in state.errors.items()],
        action=url_for(".change", public_id=found.public_id) if found else url_for(".add"),
        secret_action=url_for(".change_secret", public_id=found.public_id) if found else "",
        has_secret=bool(found and found.webhook_secret),
        secret=secret,
        rotation_ends=shown_datetime(ends) if ends else "",
        gone_at=shown_datetime(found.webhook_gone_at) if found and found.webhook_gone_at else "",
        test_url=url_for("trials.trial", public_id=found.public_id)
        if found and "trials.trial" in known
        else "",
        incidents=[one for one in told if not one.is_gone],
        settle_action=url_for(".settle", public_id=found.public_id) if found else "",
        refusal=refusal,
        saved=saved,
        kinds=[(key, translate(words)) for key, words in KIND_WORDS.items()],
        markets=[(key, localized(market.name, market.name_zh)) for key, market in markets().items()],
        zones=zones(),
        languages=LANGUAGES,
        spoken=values.get("languages", "").split(","),
        links=_links(found) if found else [],
    )


def _field_id(name: str) -> str:
    return f"{name}-1" if name in ("wants_adf", "home_delivery", "active") else name


class _Blank(dict[str, str]):
    """What was not sent is empty."""

    def __missing__(self, _key: str) -> str:
        return ""


def _links(found: Recipient) -> list[tuple[str, str, str]]:
    """(address, icon, words) of what else there is about it, where the house has it."""
    wanted = [
        ("hours.place", "clock", _("Hours, days off and times")),
        ("trials.trial", "send", _("Test its channels")),
    ]
    known = current_app.view_functions
    links = [
        (url_for(endpoint, public_id=found.public_id), icon, words)
        for endpoint, icon, words in wanted
        if endpoint in known
    ]
    if "outgoing.listed" in known:
        links.append((url_for("outgoing.listed", to=found.code), "inbox", _("What it was sent")))
    return links


def _row(one: Recipient) -> Row:
    tags: list[tuple[str, str]] = []
    if not one.active:
        tags.append((_("Paused"), "plain"))
    if one.webhook_gone_at is not None:
        tags.append((_("Webhook gone"), "problem"))
    return Row(
        url=url_for(".recipient", public_id=one.public_id),
        name=one.name_shown,
        kind=translate(KIND_WORDS[one.kind]),
        place=one.city_shown,
        channels=_(", ").join(_channels(one)),
        tags=tuple(tags),
    )


def _channels(one: Recipient) -> Sequence[str]:
    told = [_("Console")]
    if one.mail_to:
        told.append(_("Mail"))
    if one.wants_adf:
        told.append("ADF")
    if one.webhook_url:
        told.append("Webhook")
    return told
