"""The pages a buyer sees: the card form and the bank's question."""

import hmac
from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.wrappers import Request, Response

from sandbox import cards, currency, intents, methods, pages, sessions
from sandbox.cards import CardFacts, Entry, Mistyped
from sandbox.desk import Desk
from sandbox.refusal import Object
from sandbox.sessions import Step
from sandbox.shape import EMAIL
from sandbox.store import Book

SHOWN_CARDS = (
    ("4242 4242 4242 4242", "tests.pays"),
    ("5555 5555 5555 4444", "tests.pays"),
    ("6200 0000 0000 0005", "tests.pays"),
    ("4000 0027 6000 3184", "tests.authenticates"),
    ("4000 0000 0000 0002", "tests.declined"),
    ("4000 0000 0000 9995", "tests.poor"),
    ("4000 0000 0000 0069", "tests.expired"),
    ("4000 0000 0000 0127", "tests.code"),
    ("4000 0000 0000 0119", "tests.busy"),
)


def pay_page(desk: Desk, request: Request, key: str) -> Response:
    with desk.store.read() as book:
        session = book.find("checkout.session", key)
        if session is None:
            return pages.notice(request, "lost", status=404)
        if request.method != "POST":
            return form(book, request, session)
    return press(desk, request, key)


def press(desk: Desk, request: Request, key: str) -> Response:
    """The pay button, in one transaction: the second of two presses finds what the first one did."""
    with desk.store.write() as book:
        session = sessions.need(book, key)
        if not genuine(request, desk, book.private(key)["token"]):
            return pages.notice(request, "stale", status=403, locale=session["locale"])
        try:
            email, facts = read(book, request, session)
        except Mistyped as mistyped:
            if session["status"] == "open":
                return form(book, request, session, status=422, mistakes=mistyped.mistakes)
            return ended(request, session, sessions.finished(session))
        step = sessions.pay(book, session, facts, email)
        response = after(book, request, session, step)
    desk.bell.set()
    return response


def after(book: Book, request: Request, session: Object, step: Step) -> Response:
    if step.outcome == "declined":
        return form(book, request, session, status=402, decline=step.decline)
    return ended(request, session, step)


def ended(request: Request, session: Object, step: Step) -> Response:
    if step.url:
        return pages.go(step.url)
    return pages.notice(request, "closed", status=410, locale=session["locale"], link=session["cancel_url"])


def read(book: Book, request: Request, session: Object) -> tuple[str, CardFacts | None]:
    email = sessions.session_email(session) or request.form.get("email", "").strip()
    mistakes = {} if EMAIL.match(email) else {"email": "email.form"}
    facts = None
    if session["amount_total"]:
        typed = {name: request.form.get(name, "") for name in ("number", "expiry", "cvc", "name")}
        try:
            facts = read_card(book, Entry(**typed))
        except Mistyped as mistyped:
            mistakes |= mistyped.mistakes
    if mistakes:
        raise Mistyped(mistakes)
    return email, facts


def read_card(book: Book, entry: Entry) -> CardFacts:
    today = book.today()
    return cards.read_entry(entry, year=today.year, month=today.month, salt=methods.salt(book))


def form(
    book: Book,
    request: Request,
    session: Object,
    *,
    status: int = 200,
    mistakes: dict[str, str] | None = None,
    decline: str | None = None,
) -> Response:
    if session["status"] != "open":
        name = "done" if session["status"] == "complete" else "closed"
        link = sessions.success_url(session) if name == "done" else session["cancel_url"]
        return pages.notice(
            request, name, status=200 if name == "done" else 410, locale=session["locale"], link=link
        )
    private = book.private(session["id"])
    return pages.show(
        request,
        "pay.html",
        locale=session["locale"],
        status=status,
        leads_to=[session["success_url"], book.settings.base_url()],
        session=session,
        lines=list(zip(private["lines"], private["notes"], strict=True)),
        token=private["token"],
        whole=in_whole_units(session, private["lines"]),
        intent_data=private["intent_data"],
        email=sessions.session_email(session),
        typed={name: request.form.get(name, "") for name in ("email", "expiry", "name")},
        mistakes=mistakes or {},
        decline=decline or last_decline(book, session, mistakes),
        minutes=max(1, (session["expires_at"] - book.now) // 60),
        shown_cards=SHOWN_CARDS,
    )


def in_whole_units(session: Object, lines: list[Object]) -> bool:
    unit = 10 ** currency.decimals(session["currency"])
    return all(line["price"]["unit_amount"] % unit == 0 for line in lines)


def last_decline(book: Book, session: Object, mistakes: dict[str, str] | None) -> str | None:
    intent = book.find("payment_intent", session["payment_intent"])
    error = intent and intent["last_payment_error"]
    return str(error.get("decline_code", error["code"])) if error and not mistakes else None


def genuine(request: Request, desk: Desk, token: str) -> bool:
    """The form came from our own page: its token, and the browser's word on where it came from."""
    sent_from = request.headers.get("Origin")
    ours = {pages.origin(desk.settings.base_url()), pages.origin(request.host_url)}
    return hmac.compare_digest(request.form.get("token", "").encode(), token.encode()) and (
        sent_from is None or sent_from in ours
    )


def bank_page(desk: Desk, request: Request, key: str) -> Response:
    with desk.store.write() as book:
        intent = book.find("payment_intent", key)
        token = request.values.get("token", "")
        if intent is None or not hmac.compare_digest(
            token.encode(), book.private(key)["authentication"].encode()
        ):
            return pages.notice(request, "lost", status=404)
        session = book.find("checkout.session", book.private(key).get("session"))
        if intent["status"] != "requires_action":
            return answered(book, request, intent, session)
        if request.method != "POST":
            return question(book, request, intent, session, token)
        if not genuine(request, desk, token):
            return pages.notice(request, "stale", status=403)
        decide(book, intent, session, passes=request.form.get("choice") == "complete")
        response = answered(book, request, intent, session)
    desk.bell.set()
    return response


def question(book: Book, request: Request, intent: Object, session: Object | None, token: str) -> Response:
    return pages.show(
        request,
        "bank.html",
        locale=session["locale"] if session else None,
        leads_to=[after_bank(book, intent, session) or "", session["success_url"] if session else ""],
        merchant=merchant(book, session),
        intent=intent,
        card=book.need("payment_method", intent["payment_method"], "payment_method")["card"],
        token=token,
    )


def merchant(book: Book, session: Object | None) -> str:
    return str(session["branding_settings"]["display_name"]) if session else book.settings.merchant


def decide(book: Book, intent: Object, session: Object | None, *, passes: bool) -> Step | None:
    method = book.need("payment_method", intent["payment_method"], "payment_method")
    if not passes:
        intents.authentication_failed(book, intent, method)
        return Step("declined", decline="payment_intent_authentication_failure")
    if session:
        return sessions.attempt(book, session, intent, method, authenticated=True)
    verdict = intents.judge(book, intent, method, authenticated=True)
    intents.settle(book, intent, method, verdict, authenticated=True)
    return None


def answered(book: Book, request: Request, intent: Object, session: Object | None) -> Response:
    target = after_bank(book, intent, session)
    if target:
        return pages.go(target)
    name = "failed" if intent["status"] == "requires_payment_method" else "done"
    return pages.notice(request, name, status=200)


def after_bank(book: Book, intent: Object, session: Object | None) -> str | None:
    if session:
        paid = session["status"] == "complete"
        return sessions.success_url(session) if paid else f"{book.settings.base_url()}/c/pay/{session['id']}"
    url = book.private(intent["id"]).get("return_url")
    if not url:
        return None
    parts = urlsplit(url)
    outcome = "failed" if intent["status"] == "requires_payment_method" else "succeeded"
    query = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": outcome,
        }
    )
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))
