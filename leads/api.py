"""What recipients report of their leads, machine to machine, signed with the secret that signs our calls to them."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from app import clock, rates
from app.access import WEBHOOK, Policy
from app.db import session, transaction
from app.errors import InvalidInput, NotFound
from app.events import Actor, record
from app.forms import Form
from app.i18n import N_, translate
from leads import confirming, ladder, outcomes
from leads.events import AppointmentReported
from leads.models import Dispatch, Lead, OutcomeReport
from leads.offers import LONGEST_NOTE, REASONS
from leads.refusals import KeyNeeded, KeyUsed, OfferIsGone, SignatureNotValid
from partners.models import Recipient

PER_RECIPIENT = 120
LONGEST_BODY = 20_000
RECIPIENT = "Forecourt-Recipient"
KEY = re.compile(r"^[\x21-\x7e]{1,100}$")
EARLY = timedelta(minutes=5)

NOT_JSON = N_("Send one JSON object, in UTF-8.")
WHEN_NEEDED = N_("Say when, with its time zone, such as 2026-11-22T10:40:00+08:00.")
NOT_YET = N_("That lies ahead. Report it once it has happened.")
BEFORE_THE_SIGNAL = N_("That was before the person asked.")
REASON_NEEDED = N_("Say why.")
ONE_OF_REASONS = N_("One of: %(codes)s.")

blueprint = Blueprint("leads_api", __name__)
policies: Mapping[str, Policy] = {"leads_api.report_outcome": WEBHOOK}


class Outcome(Form):
    """`at` is when it happened, for an appointment when it will be; `reason` a code for declined, words for lost."""

    outcome: Literal["accepted", "declined", "contacted", "appointment", "won", "lost"]
    at: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None


@blueprint.post("/api/v1/leads/<number>/outcome")
def report_outcome(number: str) -> Response:
    """The same key with the same report is answered alike and changes nothing again."""
    raw = request.get_data()
    recipient = _sender(raw)
    rates.limit("lead-outcome", recipient.code, per_minute=PER_RECIPIENT)
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.match(key):
        raise KeyNeeded()
    lead_id = _told(number, recipient)
    fingerprint = hashlib.sha256(number.encode() + b"\0" + raw).digest()
    signed = hashlib.sha256(b"\0".join((*map(str.encode, _signed_headers()), raw))).digest()
    at = clock.now()
    with transaction():
        lead = Lead.locked(lead_id)
        known = _known(recipient, key)
        if known is not None:
            if known.fingerprint != fingerprint:
                raise KeyUsed()
            return _answer(lead)
        if _is_of_another(recipient, lead_id, signed):
            raise SignatureNotValid()
        told = _parsed(raw, lead, at)
        too_late = told.outcome in ("accepted", "declined") and ladder.is_late(lead, at)
        if too_late:
            ladder.lapse_now([lead.id], at)
        else:
            _take_in(lead, recipient, told, at)
            session().add(
                OutcomeReport(
                    recipient_id=recipient.id,
                    idempotency_key=key,
                    lead_id=lead.id,
                    outcome=told.outcome,
                    fingerprint=fingerprint,
                    signed=signed,
                )
            )
    lead = Lead.of_number(number)
    if too_late:
        raise OfferIsGone(who=ladder.holder(lead))
    return _answer(lead)


def _sender(raw: bytes) -> Recipient:
    """Who signed. A recipient that is not there and a signature that does not fit are answered alike."""
    found = Recipient.by_code(request.headers.get(RECIPIENT, "")[:80])
    secrets = found.webhook_secrets(clock.now()) if found is not None else ()
    if found is None or len(raw) > LONGEST_BODY or not any(_fits(secret, raw) for secret in secrets):
        raise SignatureNotValid()
    return found


def _signed_headers() -> tuple[str, str]:
    return request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")


def _is_of_another(recipient: Recipient, lead_id: uuid.UUID, signed: bytes) -> bool:
    """Whoever overheard a report could else send it once more as one about another lead."""
    used = select(OutcomeReport.id).where(
        OutcomeReport.signed == signed,
        OutcomeReport.recipient_id == recipient.id,
        OutcomeReport.lead_id != lead_id,
    )
    return session().scalar(used.limit(1)) is not None


def _fits(secret: str, raw: bytes) -> bool:
    try:
        Webhook(secret).verify(raw, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _told(number: str, recipient: Recipient) -> uuid.UUID:
    """Raises NotFound for a lead that this recipient was never told of, as for one that is not there."""
    told = select(Dispatch.id).where(
        Dispatch.lead_id == Lead.id,
        Dispatch.recipient_id == recipient.id,
        Dispatch.purpose == "opened",
        Dispatch.state == "sent",
    )
    found = session().scalars(select(Lead.id).where(Lead.number == number, told.exists())).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _known(recipient: Recipient, key: str) -> OutcomeReport | None:
    wanted = select(OutcomeReport).where(
        OutcomeReport.recipient_id == recipient.id, OutcomeReport.idempotency_key == key
    )
    return session().scalars(wanted).one_or_none()


def _parsed(raw: bytes, lead: Lead, at: datetime) -> Outcome:
    try:
        told = Outcome.model_validate_json(raw)
    except ValidationError as refused:
        places = {str(error["loc"][0]) if error["loc"] else "" for error in refused.errors()}
        raise InvalidInput({name: translate(_sentence(name)) for name in sorted(places)}) from None
    errors = _wrong(told, lead, at)
    if errors:
        raise InvalidInput(errors)
    return told


def _sentence(name: str) -> str:
    return {"at": WHEN_NEEDED, "": NOT_JSON}.get(name, N_("This does not fit. Check it and send it again."))


def _wrong(told: Outcome, lead: Lead, at: datetime) -> dict[str, str]:
    if told.outcome == "declined" and told.reason not in REASONS:
        return {"reason": translate(ONE_OF_REASONS, codes=", ".join(REASONS))}
    if told.outcome == "lost" and not told.reason:
        return {"reason": translate(REASON_NEEDED)}
    if told.outcome in ("contacted", "appointment") and told.at is None:
        return {"at": translate(WHEN_NEEDED)}
    if told.outcome == "contacted" and told.at is not None:
        if told.at > at + EARLY:
            return {"at": translate(NOT_YET)}
        if told.at < lead.signalled_at - EARLY:
            return {"at": translate(BEFORE_THE_SIGNAL)}
    return {}


def _take_in(lead: Lead, recipient: Recipient, told: Outcome, at: datetime) -> None:
    actor = Actor("partner", str(recipient.id))
    if lead.is_open:
        ladder.must_be_of(lead, (recipient.id,), at)
    if told.outcome == "accepted":
        ladder.take(lead, actor, at)
    elif told.outcome == "declined":
        ladder.decline(lead, told.reason, told.note, actor, at)
    elif told.outcome == "won":
        outcomes.win(lead, actor, at, told.reason)
    elif told.outcome == "lost":
        outcomes.lose(lead, actor, at, told.reason)
    elif told.outcome == "contacted":
        confirming.contacted(lead, None, told.at or at, actor, at)
    else:
        _note_appointment(lead, recipient, told.at or at, actor, at)


def _note_appointment(
    lead: Lead, recipient: Recipient, starts_at: datetime, actor: Actor, at: datetime
) -> None:
    """Whoever made an appointment was in touch."""
    lead.must_be_open()
    if lead.status != "contacted":
        confirming.contacted(lead, None, at, actor, at)
    record(
        AppointmentReported(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            recipient_id=recipient.id,
            starts_at=starts_at,
        ),
        actor,
        at,
    )


def _answer(lead: Lead) -> Response:
    return jsonify(number=lead.number, status=lead.status, outcome=lead.outcome)
