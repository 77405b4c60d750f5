"""Secrets of links and cookies: random, kept as a hash only, and carried on by a cookie once a link was opened."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from app.settings import settings

LONGEST = 100


def fresh() -> str:
    return secrets.token_urlsafe(24)


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True)
class Carrier:
    """The cookie that carries one kind of token from the link to the button that uses it up."""

    name: str
    life: timedelta

    def take(self, response: Response, token: str) -> Response:
        response.set_cookie(
            self._cookie,
            token,
            max_age=int(self.life.total_seconds()),
            httponly=True,
            secure=settings().is_https,
            samesite="Lax",
            path="/",
        )
        return response

    def token(self) -> str | None:
        """What this browser carries; None for nothing, and for what can be no token."""
        token = request.cookies.get(self._cookie, "")
        return token if token and len(token) <= LONGEST else None

    def let_go(self, response: Response) -> Response:
        response.delete_cookie(
            self._cookie, path="/", secure=settings().is_https, httponly=True, samesite="Lax"
        )
        return response

    @property
    def _cookie(self) -> str:
        return f"__Host-forecourt-{self.name}" if settings().is_https else f"forecourt-{self.name}"
