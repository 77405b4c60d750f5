"""Whom passkeys are bound to: the shop's own name, from its public address. A bare number is no name."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from flask import has_request_context, request

from app.settings import settings

LOCAL_NAME = "localhost"


@dataclass(frozen=True)
class RelyingParty:
    """The name, and the one origin whose pages may ask for its keys."""

    id: str
    origin: str


def relying_party() -> RelyingParty | None:
    """None where there is no name, or no https; the demo on this machine has one when it is opened by it."""
    url = urlsplit(settings().public_url)
    if not _is_number(url):
        is_safe = url.scheme == "https" or url.hostname == LOCAL_NAME
        return RelyingParty(url.hostname or "", f"{url.scheme}://{url.netloc}") if is_safe else None
    local = local_address()
    if local is not None and has_request_context() and f"http://{request.host}" == local:
        return RelyingParty(LOCAL_NAME, local)
    return None


def local_address() -> str | None:
    """The demo under the name that every machine gives itself; None where the shop is reached otherwise."""
    url = urlsplit(settings().public_url)
    if not settings().is_demo or url.scheme != "http" or not _is_number(url):
        return None
    if not ipaddress.ip_address(url.hostname or "").is_loopback:
        return None
    return f"http://{LOCAL_NAME}:{url.port}" if url.port else f"http://{LOCAL_NAME}"


def _is_number(url: SplitResult) -> bool:
    try:
        ipaddress.ip_address(url.hostname or "")
    except ValueError:
        return False
    return True
