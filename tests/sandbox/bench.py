"""A running sandbox with a shop that listens, and a judge of every word between them."""

import http.client
import http.server
import io
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import stripe

from sandbox import routes
from sandbox.server import Sandbox, Wsgi
from sandbox.settings import Settings
from tests import stripe_contract

KEY = "sk_test_bench"
SECRET = "whsec_bench"
PAYS = "4242424242424242"
Json = dict[str, Any]


@dataclass
class Judge:
    """Checks each call against Stripe's description, requests only when they were meant to be right."""

    problems: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    silent: bool = False

    def wrap(self, inner: Wsgi) -> Wsgi:
        def listening(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if not environ["PATH_INFO"].startswith("/v1/"):
                return inner(environ, start_response)
            sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(sent)
            statuses: list[str] = []

            def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                statuses.append(status)
                return start_response(status, headers, *more)

            answer = b"".join(inner(environ, noting))
            self.judge(environ, sent.decode(), int(statuses[0][:3]), json.loads(answer))
            return [answer]

        return listening

    def judge(self, environ: dict[str, Any], sent: str, status: int, answer: Any) -> None:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if self.silent or "example" in path:
            return
        try:
            if status in (200, 402):
                stripe_contract.check_request(
                    method, path, sent if method == "POST" else environ["QUERY_STRING"]
                )
                route, _ = routes.find(method, path)
                self.seen.add((route.method, route.path))
            stripe_contract.check_response(method, path, status, answer)
        except AssertionError as broken:
            self.problems.append(str(broken))


class Letterbox(http.server.ThreadingHTTPServer):
    """The shop's end of the webhooks: answers as told, 200 when nothing was said."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Slot)
        self.letters: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def events(self) -> list[stripe.Event]:
        """Every letter so far, its signature verified by Stripe's own code."""
        verify: Any = stripe.Webhook.construct_event
        return [verify(body, signature, SECRET) for body, signature in list(self.letters)]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]

    def wait_for(self, *types: str, seconds: float = 8.0) -> list[str]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if set(types) <= set(self.types()):
                return self.types()
            time.sleep(0.02)
        raise AssertionError(f"{set(types) - set(self.types())} never came; {self.types()} did")

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class Slot(http.server.BaseHTTPRequestHandler):
    server: Letterbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.letters.append((body, self.headers["Stripe-Signature"]))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects)


@dataclass
class Page:
    status: int
    headers: Any
    text: str

    @property
    def form(self) -> "Form":
        found = Form()
        found.feed(self.text)
        return found


class Form(HTMLParser):
    """The first form of a page: where it goes and what it already holds."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "form" and not self.action:
            self.action = facts.get("action") or ""
        if tag == "input" and facts.get("name"):
            self.fields[str(facts["name"])] = facts.get("value") or ""


class Bench:
    def __init__(
        self, folder: Path, *, webhooks: bool = True, retry_after_s: tuple[int, ...] = (60, 600)
    ) -> None:
        self.folder = folder
        self.judge = Judge()
        self.letterbox = Letterbox()
        self.settings = Settings(
            data=folder,
            api_key=KEY,
            webhook_url=self.letterbox.url if webhooks else "",
            webhook_secret=SECRET if webhooks else "",
            merchant="Bench & Sons",
            retry_after_s=retry_after_s,
        )
        self.start()

    def start(self) -> None:
        self.sandbox = Sandbox(self.settings, wrap=self.judge.wrap)
        self.thread = threading.Thread(target=self.sandbox.serve, daemon=True)
        self.thread.start()
        self.url = self.sandbox.url
        self.client = stripe.StripeClient(KEY, base_addresses={"api": self.url}, max_network_retries=0)
        self.stripe = self.client.v1

    def stop(self) -> None:
        self.sandbox.stop()
        self.thread.join(5)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        self.letterbox.close()

    # Shorthands

    def session(self, **more: Any) -> stripe.checkout.Session:
        wanted: Any = {
            "mode": "payment",
            "line_items": [line("Deposit", 500_000)],
            "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/cart",
        }
        return self.stripe.checkout.sessions.create(wanted | more)

    def paid(self, card: str = PAYS, **more: Any) -> stripe.checkout.Session:
        session = self.session(**more)
        outcome = self.pay(session.id, card, authenticate="complete")
        assert outcome["outcome"] == "paid", outcome
        return self.stripe.checkout.sessions.retrieve(session.id)

    def saved_card(self, card: str = PAYS) -> tuple[str, str]:
        """A customer and a payment method kept for later, by way of the hosted page."""
        session = self.paid(card, payment_intent_data={"setup_future_usage": "off_session"})
        methods = self.stripe.payment_methods.list({"customer": str(session.customer), "type": "card"})
        return str(session.customer), methods.data[0].id

    def pay(self, session: str, card: str = PAYS, /, **more: Any) -> Json:
        return self.control("pay", session=session, card=card, **more)

    def faults(self, **wish: Any) -> Json:
        return self.control("faults", **wish)

    def clock(self, offset_s: int) -> Json:
        return self.control("clock", offset_s=offset_s)

    def state(self) -> Json:
        found: Json = json.loads(self.get("/_sandbox/state", Authorization=f"Bearer {KEY}").text)
        return found

    def control(self, switch: str, /, **wish: Any) -> Json:
        page = self.send("POST", f"/_sandbox/{switch}", json.dumps(wish), Authorization=f"Bearer {KEY}")
        found: Json = json.loads(page.text)
        assert page.status == 200, found
        return found

    def get(self, path: str, **headers: str) -> Page:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        return self.send("POST", path, urlencode(fields), **headers)

    def send(self, method: str, path: str, body: str | None, **headers: str) -> Page:
        """Header names with ``_`` for ``-``; redirects are answers, not followed."""
        request = urllib.request.Request(
            path if path.startswith("http") else self.url + path,
            data=None if body is None else body.encode(),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            method=method,
        )
        try:
            with OPENER.open(request, timeout=20) as answer:
                return read(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return read(refused)


def read(answer: Any) -> Page:
    assert isinstance(answer, http.client.HTTPResponse | urllib.error.HTTPError)
    return Page(answer.status or 0, answer.headers, answer.read().decode())


def line(name: str, amount: int, quantity: int = 1, currency: str = "cny", **product: Any) -> Json:
    return {
        "price_data": {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": name, **product},
        },
        "quantity": quantity,
    }
