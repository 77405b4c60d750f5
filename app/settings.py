"""Settings come from FORECOURT_* variables, once, typed; an unknown name or a malformed value stops the start."""

import functools
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FORECOURT_"


class SettingsRefused(Exception):
    """The environment cannot be run with; the text names each variable and what is wrong with it."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    env: Literal["demo", "production"] = "demo"
    database_url: str
    redis_url: str = "redis://127.0.0.1:6379/0"
    secret_key: str = Field(min_length=32)
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    data_dir: Path = Path("var")
    edge_url: str | None = None
    """Where browsers find the edge; without it, pages look again by themselves."""

    stripe_api_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str | None = None

    smtp_url: str | None = None
    mail_from: str = "Tarn <hello@tarn.example>"
    metrics_token: str | None = None

    abandon_payment_s: int | None = Field(default=None, ge=1)
    abandon_checkout_s: int | None = Field(default=None, ge=1)
    abandon_cart_s: int | None = Field(default=None, ge=1)
    lead_hold_s: int = Field(default=120, ge=0)

    web_workers: int | None = Field(default=None, ge=1)
    web_threads: int | None = Field(default=None, ge=1)
    worker_concurrency: int | None = Field(default=None, ge=1)

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    @property
    def is_https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @property
    def uses_payment_sandbox(self) -> bool:
        return self.stripe_api_base is not None


@functools.cache
def settings() -> Settings:
    return read_settings()


def read_settings() -> Settings:
    """Raises SettingsRefused naming every variable at fault."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsRefused(f"Unknown settings: {', '.join(unknown)}")
    try:
        made = Settings()
    except ValidationError as refused:
        faults = (f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in refused.errors())
        raise SettingsRefused("; ".join(faults)) from None
    refuse_unsafe_production(made)
    return made


def refuse_unsafe_production(made: Settings) -> None:
    if made.is_demo:
        if made.stripe_api_key.startswith("sk_live_") and made.uses_payment_sandbox:
            raise SettingsRefused(
                "FORECOURT_STRIPE_API_KEY: a live key cannot be used against the payment sandbox"
            )
        return
    faults = []
    if made.uses_payment_sandbox or not made.stripe_api_key or not made.stripe_webhook_secret:
        faults.append(
            "FORECOURT_STRIPE_API_KEY and FORECOURT_STRIPE_WEBHOOK_SECRET: production takes no sandbox"
        )
    if not made.is_https:
        faults.append("FORECOURT_PUBLIC_URL: production needs https")
    if not made.smtp_url:
        faults.append("FORECOURT_SMTP_URL: production sends its mail")
    if os.environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        faults.append("FLASK_DEBUG: production never debugs")
    if faults:
        raise SettingsRefused("; ".join(faults))
