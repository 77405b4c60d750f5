"""Adding and changing a recipient: who it is, and how and by when it wants to be told."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, text

from app import clock, webhooks
from app.db import session, transaction
from app.errors import InvalidInput
from app.events import Actor, record
from app.i18n import N_, _, translate
from partners import calendar, enrolment, incidents
from partners.models import Market, Recipient
from partners.recipient_events import (
    IncidentSettled,
    RecipientChanged,
    WebhookSecretChanged,
    WebhookSwitchedOn,
    WebhookTargetRefused,
)
from partners.recipient_forms import NewRecipient, Particulars
from partners.refusals import ChangedMeanwhile

SECRET_OVERLAP = timedelta(hours=24)
MOST_FORMER = 2
"""A button pressed twice leaves the one in use where it is; the second former one was shown to nobody, or just now."""
NAME_LOOKUP_S = 4.0
CHANGEABLE = (
    "name",
    "name_zh",
    "city",
    "city_zh",
    "address",
    "address_zh",
    "phone",
    "time_zone",
    "home_delivery",
    "active",
    "mail_to",
    "contact_mail_to",
    "wants_adf",
    "adf_mail_to",
    "webhook_url",
    "accept_within_s",
    "capacity_open",
    "languages",
)
REFUSED_TARGETS = {
    "plain": N_("Write an https address without a user name."),
    "https": N_("Write an https address; http is for a demo on one machine."),
    "inner": N_("This address is on an inner network, which is never called. Give one on the open internet."),
    "port": N_("This port belongs to another service. Use 443, or one from 1024 up."),
    "unknown": N_("Nobody knows this name. Check how it is written."),
}


@dataclass(frozen=True)
class Refused:
    host: str
    reason: str


def version_of(recipient: Recipient) -> str:
    """Changes with whatever the form may change."""
    told = repr([getattr(recipient, name) for name in CHANGEABLE])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def check_target(url: str | None) -> Refused | None:
    """Why the house may not call this address; the transport looks again each time it connects."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return Refused("", "plain")
    # A name server that hangs must not hold the form up; not joined, the thread ends by itself.
    looking = ThreadPoolExecutor(1)
    try:
        looking.submit(webhooks.check_target, url).result(NAME_LOOKUP_S)
    except webhooks.TargetRefused as refused:
        return Refused(host[:200], refused.code)
    except (OSError, TookTooLong):
        return Refused(host[:200], "unknown")
    finally:
        looking.shutdown(wait=False, cancel_futures=True)
    return None


def note_refused(recipient: Recipient | None, refused: Refused, actor: Actor, at: datetime) -> None:
    """Remembered although the form came to nothing, in a transaction of its own."""
    if refused.reason == "unknown":
        return
    with transaction():
        record(
            WebhookTargetRefused(
                recipient_id=recipient.id if recipient else None, host=refused.host, reason=refused.reason
            ),
            actor,
            at,
        )


def target_words(refused: Refused) -> str:
    return translate(REFUSED_TARGETS[refused.reason])


def locked(public_id: str) -> Recipient | None:
    """Active or not."""
    wanted = select(Recipient).where(Recipient.public_id == public_id)
    # Rows that name the recipient may be written meanwhile: a lead is locked before its recipient.
    wanted = wanted.with_for_update(of=Recipient, key_share=True).execution_options(populate_existing=True)
    return session().scalars(wanted).one_or_none()


def add(told: NewRecipient, actor: Actor, at: datetime) -> tuple[Recipient, str]:
    """The recipient and its webhook secret, which is told this once. Raises InvalidInput."""
    errors = _combined(told, told.kind)
    session().execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"recipient:{told.code}"}
    )
    if Recipient.by_code(told.code) is not None:
        errors["code"] = _("This short name is taken.")
    if session().get(Market, told.market) is None:
        errors["market"] = _("Choose one of the options shown.")
    if errors:
        raise InvalidInput(errors)
    recipient, _is_new = enrolment.enrol(
        enrolment.Enrolment(
            code=told.code,
            kind=told.kind,
            name=told.name,
            name_zh=told.name_zh,
            city=told.city,
            city_zh=told.city_zh,
            market_key=told.market,
            time_zone=told.time_zone,
        ),
        actor,
    )
    _write(recipient, told)
    session().flush()
    calendar.extend_now(only=recipient.id)
    assert recipient.webhook_secret is not None, "made when it was added"
    return recipient, recipient.webhook_secret


def change(recipient: Recipient, told: Particulars, actor: Actor, at: datetime) -> list[str]:
    """Tells which fields are different now; the row must be locked. Raises InvalidInput or ChangedMeanwhile."""
    if told.version != version_of(recipient):
        raise ChangedMeanwhile()
    errors = _combined(told, recipient.kind)
    if errors:
        raise InvalidInput(errors)
    before = {name: getattr(recipient, name) for name in CHANGEABLE}
    _write(recipient, told)
    changed = [name for name in CHANGEABLE if getattr(recipient, name) != before[name]]
    if "webhook_url" in changed:  # what the former address did says nothing about this one
        _begin_anew(recipient, at)
    if changed:
        session().flush()
        calendar.extend_now(only=recipient.id)
        record(RecipientChanged(recipient_id=recipient.id, fields=changed), actor, at)
    return changed


def switch_on(recipient: Recipient, actor: Actor, at: datetime) -> None:
    """The webhook is called again; the row must be locked."""
    if recipient.webhook_gone_at is None:
        return
    _begin_anew(recipient, at)
    record(WebhookSwitchedOn(recipient_id=recipient.id), actor, at)


def _begin_anew(recipient: Recipient, at: datetime) -> None:
    recipient.webhook_gone_at, recipient.webhook_since = None, at
    incidents.end(recipient.id, at, channel="webhook")


def settle_incidents(recipient: Recipient, actor: Actor, at: datetime) -> int:
    """Somebody has seen to what was given up; what is switched off stays so. Tells how many were open."""
    over = incidents.end(recipient.id, at, kind="dead")
    if over:
        record(IncidentSettled(recipient_id=recipient.id), actor, at)
    return over


def _write(recipient: Recipient, told: Particulars) -> None:
    recipient.name, recipient.name_zh = told.name, told.name_zh
    recipient.city, recipient.city_zh = told.city, told.city_zh
    recipient.address, recipient.address_zh = told.address or "", told.address_zh or told.address or ""
    recipient.phone, recipient.time_zone = told.phone or "", told.time_zone
    recipient.home_delivery, recipient.active = told.home_delivery, told.active
    recipient.mail_to, recipient.webhook_url = told.mail_to, told.webhook_url
    recipient.contact_mail_to = told.contact_mail_to
    recipient.wants_adf, recipient.adf_mail_to = told.wants_adf, told.adf_mail_to
    recipient.accept_within_s = told.accept_within_min * 60
    recipient.capacity_open = told.capacity_open
    recipient.languages = sorted(set(told.languages))


def _combined(told: Particulars, kind: str) -> dict[str, str]:
    errors = {}
    if told.wants_adf and kind != "dealer":
        errors["wants_adf"] = _("Only dealers get leads as ADF.")
    if told.wants_adf and not (told.adf_mail_to or told.mail_to):
        errors["adf_mail_to"] = _("Say where the ADF mails go.")
    return errors


def new_secret(recipient: Recipient, actor: Actor, at: datetime, has_leaked: bool = False) -> str:
    """The former one signs beside it for a day, unless somebody else may know it. The row must be locked; the secret
    is told this once."""
    known = () if has_leaked else recipient.webhook_secrets(at)[:MOST_FORMER]
    recipient.former_secret = " ".join(known) or None
    recipient.former_secret_until = at + SECRET_OVERLAP if known else None
    recipient.webhook_secret = enrolment.webhook_secret()
    record(WebhookSecretChanged(recipient_id=recipient.id), actor, at)
    return recipient.webhook_secret


def rotation_ends(recipient: Recipient) -> datetime | None:
    """Until when two secrets sign; None when it is one."""
    until = recipient.former_secret_until
    return until if until is not None and until > clock.now() else None
