"""Adding and changing a recipient: who it is, and how and by when it wants to be told."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from app import clock, webhooks
from app.db import session, transaction
from app.errors import InvalidInput
from app.events import Actor, record
from app.i18n import N_, _, translate
from partners import calendar, enrolment
from partners.models import Market, Recipient
from partners.recipient_events import RecipientChanged, WebhookSecretChanged, WebhookTargetRefused
from partners.recipient_forms import NewRecipient, Particulars
from partners.refusals import ChangedMeanwhile

SECRET_OVERLAP = timedelta(hours=24)
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
    return session().scalars(wanted.with_for_update(of=Recipient)).one_or_none()


def add(told: NewRecipient, actor: Actor, at: datetime) -> tuple[Recipient, str]:
    """The recipient and its webhook secret, which is told this once. Raises InvalidInput."""
    errors = _combined(told, told.kind)
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
    if told.webhook_url and recipient.webhook_gone_at is not None:
        recipient.webhook_gone_at = None  # saved again is tried again
        changed = changed or ["webhook_url"]
    if changed:
        session().flush()
        calendar.extend_now(only=recipient.id)
        record(RecipientChanged(recipient_id=recipient.id, fields=changed), actor, at)
    return changed


def _write(recipient: Recipient, told: Particulars) -> None:
    recipient.name, recipient.name_zh = told.name, told.name_zh
    recipient.city, recipient.city_zh = told.city, told.city_zh
    recipient.address, recipient.address_zh = told.address or "", told.address_zh or told.address or ""
    recipient.phone, recipient.time_zone = told.phone or "", told.time_zone
    recipient.home_delivery, recipient.active = told.home_delivery, told.active
    recipient.mail_to, recipient.webhook_url = told.mail_to, told.webhook_url
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


def new_secret(recipient: Recipient, actor: Actor, at: datetime) -> str:
    """The former one signs beside it for a day. The row must be locked; the secret is told this once."""
    if recipient.webhook_secret is not None:
        recipient.former_secret = recipient.webhook_secret
        recipient.former_secret_until = at + SECRET_OVERLAP
    recipient.webhook_secret = enrolment.webhook_secret()
    record(WebhookSecretChanged(recipient_id=recipient.id), actor, at)
    return recipient.webhook_secret


def rotation_ends(recipient: Recipient) -> datetime | None:
    """Until when two secrets sign; None when it is one."""
    until = recipient.former_secret_until
    return until if until is not None and until > clock.now() else None
