"""The payment sandbox as a process of its own, and the switches that stand in for a buyer at its hosted page."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

API_KEY = "sk_test_forecourt"
WEBHOOK_SECRET = "whsec_forecourt_tests"

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
CHECKED_CARD = "4000000000003220"
SLOW_REFUND_CARD = "4000000000007726"


@dataclass(frozen=True)
class Till:
    url: str

    def pay(self, session: str, card: str = GOOD_CARD, **more: Any) -> dict[str, Any]:
        """What the hosted page does when the buyer presses its button."""
        return self._post("pay", {"session": session, "card": card, **more})

    def faults(self, *faults: dict[str, Any]) -> None:
        self._post("faults", {"next": list(faults)})

    def state(self) -> dict[str, Any]:
        return self._ask("GET", "/_sandbox/state")

    def event(self, kind: str) -> dict[str, Any]:
        """The newest event of a type."""
        found = self._ask("GET", f"/v1/events?type={kind}&limit=1")["data"]
        assert found, f"no {kind}"
        return dict(found[0])

    def sessions(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/v1/checkout/sessions?limit=100")["data"])

    def refunds(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/v1/refunds?limit=100")["data"])

    def clock(self, offset_s: int) -> None:
        """How far the sandbox's clock is ahead."""
        self._post("clock", {"offset_s": offset_s})

    def refund_in_console(self, intent: str, amount: int) -> None:
        self._ask("POST", "/v1/refunds", f"payment_intent={intent}&amount={amount}".encode())

    def _post(self, switch: str, wish: dict[str, Any]) -> dict[str, Any]:
        return self._ask("POST", f"/_sandbox/{switch}", json.dumps(wish).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(self.url + path, body, method=method)
        request.add_header("Authorization", f"Bearer {API_KEY}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            raise AssertionError(refused.read().decode()) from refused


@contextmanager
def running(folder: Path) -> Iterator[Till]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(folder)],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_API_KEY": API_KEY},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the sandbox did not start"
        yield Till(found.group(0))
    finally:
        process.terminate()
        process.wait(10)
