"""The test of a recipient's channels, with its outcome as it comes."""

from collections.abc import Mapping
from typing import Literal

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock, rates
from app.access import Policy, staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import ClientKey, Form, parse
from app.i18n import N_, _, translate
from app.pages import datetime as shown_datetime
from app.pages import page_or_fragment, see_other
from leads import given_up, trials
from leads.refusals import TestFirst
from partners import recipient_settings
from partners.models import Recipient

TESTS_PER_MINUTE = 6
CHANNEL_WORDS: Mapping[str, str] = {"mail": N_("Mail"), "webhook": "Webhook"}

blueprint = Blueprint("trials", __name__)

_ADMIN = staff("admin")
policies: Mapping[str, Policy] = {f"trials.{name}": _ADMIN for name in ("trial", "start", "switch_on")}


class Trial(Form):
    client_key: ClientKey
    channels: tuple[Literal["mail", "webhook"], ...] = ("mail", "webhook")


@blueprint.get("/admin/recipients/<public_id>/test")
def trial(public_id: str) -> Response:
    found = _of(public_id)
    outcomes = trials.outcomes(found)
    return page_or_fragment(
        "leads/trial.html",
        "leads/_trial_outcomes.html",
        name=found.name_shown,
        recipient_url=url_for("recipients.recipient", public_id=public_id),
        action=url_for(".start", public_id=public_id),
        refresh_url=url_for(".trial", public_id=public_id),
        channels=[(channel, *_channel(found, channel)) for channel in trials.channels(found)],
        gone_at=shown_datetime(found.webhook_gone_at) if found.webhook_gone_at else "",
        switch_on_action=url_for(".switch_on", public_id=public_id) if given_up.has_passed(found) else "",
        is_on_again=request.args.get("on") == "1" and found.webhook_gone_at is None,
        outcomes=[_outcome(one) for one in outcomes],
        is_under_way=any(not one.is_over for one in outcomes),
    )


@blueprint.post("/admin/recipients/<public_id>/test")
def start(public_id: str) -> Response:
    found = _of(public_id)
    told = parse(Trial, request.form).get()
    rates.limit("channel-test", str(found.id), per_minute=TESTS_PER_MINUTE)
    with transaction():
        trials.start(found, told.client_key, told.channels, actor_now(), clock.now())
    return see_other(url_for(".trial", public_id=public_id))


@blueprint.post("/admin/recipients/<public_id>/test/switch-on")
def switch_on(public_id: str) -> Response:
    """Only what has just been seen to work; what waited goes at once."""
    _of(public_id)
    with transaction():
        row = recipient_settings.locked(public_id)
        assert row is not None, "it was there a moment ago, and none is ever deleted"
        if row.webhook_gone_at is not None:
            if not given_up.has_passed(row):
                raise TestFirst()
            recipient_settings.switch_on(row, actor_now(), clock.now())
            given_up.release(row, clock.now())
    return see_other(url_for(".trial", public_id=public_id, on="1"))


def _of(public_id: str) -> Recipient:
    found = session().scalars(select(Recipient).where(Recipient.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _channel(found: Recipient, channel: str) -> tuple[str, str]:
    if channel == "webhook":
        return "Webhook", found.webhook_url or ""
    if found.wants_adf:
        return _("Mail as ADF 1.0"), found.adf_mail_to or found.mail_to or ""
    return _("Mail"), found.mail_to or ""


def _outcome(one: trials.Outcome) -> tuple[str, str, str, str, str, str]:
    """(channel, when, words, kind, status and latency, what the other side said)."""
    channel = translate(CHANNEL_WORDS[one.channel])
    when = shown_datetime(one.at)
    if not one.is_over:
        return channel, when, _("Under way"), "waiting", "", ""
    figures = [str(one.status_code)] if one.status_code else []
    if one.latency_ms is not None:
        figures.append(f"{one.latency_ms} ms")
    words, kind = (_("Arrived"), "done") if one.arrived else (_("Did not arrive"), "problem")
    return channel, when, words, kind, " · ".join(figures), "" if one.arrived else one.excerpt[:300]
