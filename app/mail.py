"""Mail: over SMTP where a server is set, else into the demo's mailbox page."""

import hashlib
import smtplib
import time
import unicodedata
import uuid
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import IdModel, session, transaction
from app.deliveries import Answer, Delivery, Mail
from app.settings import settings

TIMEOUT_S = 20
NOT_IN_HEADERS = {"Cc", "Zl", "Zp", "Cs"}


class MailboxMessage(IdModel):
    """A mail of the demo, as its reader would have got it."""

    delivery_id: Mapped[uuid.UUID] = mapped_column(index=True)
    sent_at: Mapped[datetime] = mapped_column(index=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]


def send(delivery: Delivery, mail: Mail) -> Answer:
    digest = hashlib.sha256(f"{mail.subject}\n{mail.text}".encode(errors="replace")).hexdigest()
    return replace(_sent(delivery, mail), sent_digest=digest)


def _sent(delivery: Delivery, mail: Mail) -> Answer:
    try:
        message = written(delivery, mail)
    except ValueError as refused:  # nothing changes by trying again
        return Answer("refused", None, None, f"cannot be addressed: {refused}")
    if settings().smtp_url is None:
        return _keep(delivery, mail)
    started = time.monotonic()
    try:
        _send_by_smtp(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        return Answer("refused" if code >= 500 else "failed", code, _since(started), repr(text))
    except smtplib.SMTPResponseException as refused:
        outcome = "refused" if refused.smtp_code >= 500 else "failed"
        return Answer(outcome, refused.smtp_code, _since(started), repr(refused.smtp_error))
    except (OSError, smtplib.SMTPException) as failed:
        return Answer("failed", None, _since(started), repr(failed))
    return Answer("delivered", 250, _since(started))


def written(delivery: Delivery, mail: Mail) -> EmailMessage:
    """The message with a Message-ID that stays the same over every try, so that a reader's server can drop a double."""
    message = EmailMessage()
    name, sender = parseaddr(settings().mail_from)
    domain = sender.rpartition("@")[2]
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = _address(mail.to)
    message["Subject"] = _header(mail.subject)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{delivery.id}@{domain}>"
    message["Content-Language"] = {"zh": "zh-CN"}.get(mail.language, mail.language)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    for header, value in mail.headers.items():
        message[header] = _header(value)
    if mail.for_software:
        message.set_content(mail.text, charset="us-ascii", cte="7bit")
    else:
        message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _address(told: str) -> Address:
    """Raises ValueError for what is not one plain address: a line break in it could begin another header."""
    return Address(addr_spec=_header(told))


def _header(value: str) -> str:
    """Raises ValueError for anything that does not stay on its line, in whatever alphabet."""
    if any(unicodedata.category(char) in NOT_IN_HEADERS for char in value):
        raise ValueError("a mail header stays on one line")
    return value


def _send_by_smtp(message: EmailMessage) -> None:
    url = urlsplit(settings().smtp_url or "")
    host, port = url.hostname or "localhost", url.port
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S)
    else:
        server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _keep(delivery: Delivery, mail: Mail) -> Answer:
    with transaction():
        session().add(
            MailboxMessage(
                delivery_id=delivery.id,
                sent_at=clock.now(),
                to=mail.to,
                subject=mail.subject,
                text=mail.text,
                language=mail.language,
            )
        )
    return Answer("delivered")


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
