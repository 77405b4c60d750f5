"""Outgoing webhooks, as the Standard Webhooks specification lays down: id, timestamp and signature over the raw body.

The target's name is resolved once, every address it has is looked at, and the connection goes to that very address:
an inner network is never called, not by a redirect (none is followed) nor by a name that changes its mind.
"""

import contextlib
import hashlib
import http.client
import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from standardwebhooks import Webhook

from app import clock
from app.deliveries import Answer, Delivery, WebhookCall
from app.settings import settings

TIMEOUT_S = 15
MOST_ADDRESSES = 4
FIRST_TRY_S = 4
RETRY_LATER = {408, 425, 429}
MAX_EXCERPT = 1000
NOT_PLAIN = "a webhook target is a plain https address"
WEB_PORTS = {80, 443}
LOWEST_PORT = 1024
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
OUTDATED = tuple(
    map(ipaddress.ip_network, ("::/96", "2002::/16", "fec0::/10", "3fff::/20", "5f00::/16", "192.88.99.0/24"))
)
"""Forms in which an inner address can hide, and where nobody has a reason to be."""


class TargetRefused(ValueError):
    """The address is not one that the house may call. `code`: plain, https, inner or port."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def send(delivery: Delivery, call: WebhookCall) -> Answer:
    at = clock.now()
    body = json.dumps(
        {"type": call.type, "timestamp": delivery.created_at.isoformat(), "data": dict(call.body)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    message_id = f"msg_{delivery.id.hex}"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Forecourt",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures(call, message_id, at, body),
    }
    digest = hashlib.sha256(body.encode()).hexdigest()
    started = time.monotonic()
    try:
        status, retry_after, excerpt = _post(call.url, body.encode(), headers)
    except TargetRefused as refused:
        return Answer("refused", None, None, str(refused))
    except (OSError, http.client.HTTPException) as failed:
        return Answer("failed", None, _since(started), repr(failed), None, digest)
    said = _without(excerpt, call.body.get("contact"))
    return Answer(_outcome(status), status, _since(started), said, retry_after, digest)


def signatures(call: WebhookCall, message_id: str, at: datetime, body: str) -> str:
    """One for each secret that counts now, so that the other side can change over when it likes."""
    secrets = (call.secret, *call.former_secrets)
    return " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets)


@dataclass(frozen=True)
class Target:
    """Every address that its name has, in the order in which they are tried."""

    addresses: tuple[str, ...]
    host: str
    port: int
    path: str
    is_secure: bool


def check_target(url: str) -> Target:
    """Raises TargetRefused, or OSError when the name is not known."""
    try:
        parts = urlsplit(url)
        asked_port = parts.port
    except ValueError:
        raise TargetRefused("plain", NOT_PLAIN) from None
    host = parts.hostname
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc:
        raise TargetRefused("plain", NOT_PLAIN)
    if not url.isascii() or any(char <= " " or char == "\\" for char in url):
        raise TargetRefused("plain", NOT_PLAIN)
    if parts.scheme == "http" and not settings().is_demo:
        raise TargetRefused("https", "a webhook target needs https")
    port = (443 if parts.scheme == "https" else 80) if asked_port is None else asked_port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise TargetRefused("plain", NOT_PLAIN) from None
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        if not _may_call(address):
            raise TargetRefused("inner", f"{host} is on an inner network")
    is_here = all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)
    if port < LOWEST_PORT and port not in WEB_PORTS and not is_here:
        raise TargetRefused("port", f"port {port} belongs to another service")
    path = parts.path or "/"
    asked = f"{path}?{parts.query}" if parts.query else path
    return Target(addresses, host, port, asked, parts.scheme == "https")


def _may_call(address: str) -> bool:
    """An address on the open network; in the demo this machine too, where its partners run."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip in TRANSLATED):
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.is_loopback:
        return settings().is_demo
    if any(ip in network for network in OUTDATED) or _is_isatap(ip):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _is_isatap(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """An IPv4 address at the end of an IPv6 one, for networks that tunnel."""
    return ip.version == 6 and (int(ip) >> 32) & 0xFDFF_FFFF == 0x5EFE


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, int | None, str]:
    target = check_target(url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S)
    connection.sock = _connected(target)
    # A socket's timeout is for one read; an answer that drips would keep us for hours.
    is_cut = threading.Event()
    deadline = threading.Timer(TIMEOUT_S, _cut, (connection, is_cut))
    deadline.start()
    try:
        if target.is_secure:
            secured = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=target.host, do_handshake_on_connect=False
            )
            connection.sock = secured
            secured.do_handshake()
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        begun = response.read(MAX_EXCERPT)
        excerpt = begun.decode(errors="replace").replace("\0", "\ufffd")
        if is_cut.is_set():  # what was cut reads like an answer that has ended
            raise TimeoutError("the answer took too long")
        if len(begun) < MAX_EXCERPT and response.length:  # less came than was announced
            raise http.client.IncompleteRead(begun, response.length)
        if 300 <= response.status < 400:
            excerpt = _redirect(url, response.headers.get("Location", ""))
        return response.status, _retry_after_s(response.headers.get("Retry-After", "")), excerpt
    finally:
        deadline.cancel()
        connection.close()


def _connected(target: Target) -> socket.socket:
    """To the first of its addresses that answers: many names have one that cannot be reached from everywhere."""
    several = target.addresses[:MOST_ADDRESSES]
    for address in several[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, target.port), FIRST_TRY_S)
    return socket.create_connection((several[-1], target.port), TIMEOUT_S)


def _retry_after_s(told: str) -> int | None:
    """Seconds, or the instant as HTTP writes it; anything else is as if nothing was said."""
    if re.fullmatch("[0-9]{1,9}", told):
        return int(told)
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, int((at - clock.now()).total_seconds()))


def _without(excerpt: str, contact: Any) -> str:
    """Some answer with what they were sent; the person in it is not kept a second time."""
    for value in _strings(contact):
        for written in (value, json.dumps(value)[1:-1]):
            excerpt = excerpt.replace(written, "…")
    return excerpt


def _strings(value: Any) -> Iterator[str]:
    found = value.values() if isinstance(value, Mapping) else ()
    return (str(each) for each in found if isinstance(each, str) and len(each) > 1)


def _redirect(url: str, location: str) -> str:
    """Never followed. Raises TargetRefused when it would have led inside: somebody should know."""
    to = urljoin(url, location)
    try:
        host = urlsplit(to).hostname or ""
        check_target(to)
    except TargetRefused as refused:
        raise TargetRefused(refused.code, f"answers with a redirect that is refused: {refused}") from None
    except (OSError, ValueError):
        return "answers with a redirect to an address that is not known; redirects are not followed"
    return f"answers with a redirect to {host[:200]}; redirects are not followed"


def _cut(connection: http.client.HTTPConnection, is_cut: threading.Event) -> None:
    is_cut.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _outcome(status: int) -> str:
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    if 400 <= status < 500 and status not in RETRY_LATER:
        return "refused"
    return "failed"


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
