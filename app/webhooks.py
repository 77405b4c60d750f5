"""Outgoing webhooks, as the Standard Webhooks specification lays down: id, timestamp and signature over the raw body.

The target's name is resolved once, every address it has is looked at, and the connection goes to that very address:
an inner network is never called, not by a redirect (none is followed) nor by a name that changes its mind.
"""

import contextlib
import http.client
import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from standardwebhooks import Webhook

from app import clock
from app.deliveries import Answer, Delivery, WebhookCall
from app.settings import settings

TIMEOUT_S = 15
RETRY_LATER = {408, 425, 429}
MAX_EXCERPT = 1000
NOT_PLAIN = "a webhook target is a plain https address"
WEB_PORTS = {80, 443}
LOWEST_PORT = 1024
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
OUTDATED = tuple(map(ipaddress.IPv6Network, ("::/96", "2002::/16", "fec0::/10")))
"""Forms in which an inner address can hide, and where nobody has a reason to be."""


class TargetRefused(ValueError):
    """The address is not one that the house may call. `code`: plain, https, inner or port."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def send(delivery: Delivery, call: WebhookCall) -> Answer:
    at = clock.now()
    body = json.dumps(
        {"type": call.type, "timestamp": at.isoformat(), "data": dict(call.body)},
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
    started = time.monotonic()
    try:
        status, retry_after, excerpt = _post(call.url, body.encode(), headers)
    except TargetRefused as refused:
        return Answer("refused", None, None, str(refused))
    except (OSError, http.client.HTTPException) as failed:
        return Answer("failed", None, _since(started), repr(failed))
    return Answer(_outcome(status), status, _since(started), excerpt, retry_after)


def signatures(call: WebhookCall, message_id: str, at: datetime, body: str) -> str:
    """One for each secret that counts now, so that the other side can change over when it likes."""
    secrets = filter(None, (call.secret, call.former_secret))
    return " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets)


def check_target(url: str) -> tuple[str, str, int, str]:
    """(address to connect to, host, port, path); raises TargetRefused, or OSError when the name is not known."""
    try:
        parts = urlsplit(url)
        asked_port = parts.port
    except ValueError:
        raise TargetRefused("plain", NOT_PLAIN) from None
    host = parts.hostname
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
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
    addresses = sorted({str(each[4][0]) for each in found})
    for address in addresses:
        if not _may_call(address):
            raise TargetRefused("inner", f"{host} is on an inner network")
    is_here = all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)
    if port < LOWEST_PORT and port not in WEB_PORTS and not is_here:
        raise TargetRefused("port", f"port {port} belongs to another service")
    path = parts.path or "/"
    return addresses[0], host, port, f"{path}?{parts.query}" if parts.query else path


def _may_call(address: str) -> bool:
    """An address on the open network; in the demo this machine too, where its partners run."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip in TRANSLATED):
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.is_loopback:
        return settings().is_demo
    if isinstance(ip, ipaddress.IPv6Address) and any(ip in network for network in OUTDATED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, int | None, str]:
    address, host, port, path = check_target(url)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    connection.sock = socket.create_connection((address, port), TIMEOUT_S)
    # A socket's timeout is for one read; an answer that drips would keep us for hours.
    is_cut = threading.Event()
    deadline = threading.Timer(TIMEOUT_S, _cut, (connection, is_cut))
    deadline.start()
    try:
        if url.startswith("https"):
            secured = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock = secured
            secured.do_handshake()
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        excerpt = response.read(MAX_EXCERPT).decode(errors="replace")
        if is_cut.is_set():  # what was cut reads like an answer that has ended
            raise TimeoutError("the answer took too long")
        if 300 <= response.status < 400:
            excerpt = _redirect(url, response.headers.get("Location", ""))
        after = response.headers.get("Retry-After", "")
        return response.status, int(after) if re.fullmatch("[0-9]{1,9}", after) else None, excerpt
    finally:
        deadline.cancel()
        connection.close()


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
