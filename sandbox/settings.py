import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_KEY = "sk_test_sandbox"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Settings:
    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    api_key: str = DEFAULT_KEY
    webhook_url: str = ""
    webhook_secret: str = ""
    merchant: str = "Demo shop"
    #: Seconds of the sandbox's clock between one delivery attempt and the next.
    retry_after_s: tuple[int, ...] = (1, 5, 30, 120, 600, 3_600, 10_800, 28_800, 57_600, 86_400, 86_400)

    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def known_hosts(self) -> frozenset[str]:
        public = urlsplit(self.base_url()).hostname
        return LOOPBACK_HOSTS | ({public} if public else set())


class BadSettings(ValueError):
    pass


def from_arguments(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Payment sandbox: no money moves.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--data", type=Path, required=True, help="folder for the sandbox's own database")
    parser.add_argument("--public-url", default=os.environ.get("SANDBOX_PUBLIC_URL", ""))
    parser.add_argument("--webhook-url", default=os.environ.get("SANDBOX_WEBHOOK_URL", ""))
    parser.add_argument("--webhook-secret", default=os.environ.get("SANDBOX_WEBHOOK_SECRET", ""))
    parser.add_argument("--merchant", default=os.environ.get("SANDBOX_MERCHANT", "Demo shop"))
    given = parser.parse_args(arguments)
    return checked(
        Settings(
            data=given.data,
            host=given.host,
            port=given.port,
            public_url=given.public_url,
            api_key=os.environ.get("SANDBOX_API_KEY") or DEFAULT_KEY,
            webhook_url=given.webhook_url,
            webhook_secret=given.webhook_secret,
            merchant=given.merchant,
        )
    )


def checked(settings: Settings) -> Settings:
    if settings.host not in LOOPBACK_HOSTS:
        raise BadSettings(f"The sandbox listens on this machine only, not on {settings.host}.")
    if not settings.api_key.startswith(("sk_test_", "rk_test_")):
        raise BadSettings("SANDBOX_API_KEY has to be a test key (sk_test_…).")
    if settings.webhook_url and not settings.webhook_secret:
        raise BadSettings("A webhook URL needs a webhook secret.")
    return settings
