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
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from app import clock
from app.deliveries import Answer, Delivery, WebhookCall
from app.settings import settings

TIMEOUT_S = 15
RETRY_LATER = {408, 425, 429}
MAX_EXCERPT = 1000


class TargetRefused(ValueError):
    """The address is not one that the house may call."""


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
        "webhook-signature": Webhook(call.secret).sign(message_id, at, body),
    }
    started = time.monotonic()
    try:
        status, retry_after, excerpt = _post(call.url, body.encode(), headers)
    except TargetRefused as refused:
        return Answer("refused", None, None, str(refused))
    except (OSError, http.client.HTTPException) as failed:
        return Answer("failed", None, _since(started), repr(failed))
    return Answer(_outcome(status), status, _since(started), excerpt, retry_after)


def check_target(url: str) -> tuple[str, str, int, str]:
    """(address to connect to, host, port, path); raises TargetRefused."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise TargetRefused("a webhook target is a plain https address")
    if parts.scheme == "http" and not settings().is_demo:
        raise TargetRefused("a webhook target needs https")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = {
        str(found[4][0]) for found in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    }
    for address in addresses:
        if not _may_call(address):
            raise TargetRefused(f"{parts.hostname} is on an inner network")
    path = parts.path or "/"
    return sorted(addresses)[0], parts.hostname, port, f"{path}?{parts.query}" if parts.query else path


def _may_call(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if ip.is_loopback:
        return settings().is_demo
    return ip.is_global and not ip.is_multicast


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, int | None, str]:
    address, host, port, path = check_target(url)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    plain = socket.create_connection((address, port), TIMEOUT_S)
    if url.startswith("https"):
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    else:
        connection.sock = plain
    # A socket's timeout is for one read; an answer that drips would keep us for hours.
    deadline = threading.Timer(TIMEOUT_S, _cut, (connection.sock,))
    deadline.start()
    try:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        excerpt = response.read(MAX_EXCERPT).decode(errors="replace")
        if deadline.finished.is_set():  # what was cut reads like an answer that has ended
            raise TimeoutError("the answer took too long")
        after = response.headers.get("Retry-After", "")
        return response.status, int(after) if re.fullmatch("[0-9]{1,9}", after) else None, excerpt
    finally:
        deadline.cancel()
        connection.close()


def _cut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


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
