"""Checkout sessions: one page on which one buyer pays one total."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from sandbox import currency, customers, events, ids, intents, listing, methods
from sandbox.cards import CardFacts
from sandbox.refusal import Object, Refusal, invalid, missing_parameter
from sandbox.shape import (
    CREATED,
    EXPAND,
    PAGE,
    Clearable,
    Currency,
    Email,
    Kind,
    Metadata,
    Rows,
    Table,
    Text,
    Url,
    Whole,
    choice,
)
from sandbox.store import Book

SHORTEST_S = 30 * 60
LONGEST_S = 24 * 3_600
LANGUAGES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt "
    "pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
LOCALES = tuple(LANGUAGES.split())
PRODUCT = Table(
    {
        "name": Text(250),
        "description": Text(40_000),
        "images": Rows(Url(), most=8),
        "metadata": Metadata(),
        "tax_code": Text(40),
    },
    ("name",),
)
PRICE = Table(
    {
        "currency": Currency(),
        "product_data": PRODUCT,
        "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
        "unit_amount": Whole(0, currency.LARGEST),
    },
    ("currency", "product_data", "unit_amount"),
)
LINE = Table(
    {"price_data": PRICE, "quantity": Whole(1, 999_999), "metadata": Metadata()}, ("price_data", "quantity")
)
SAID = Clearable(Table({"message": Text(1_200)}, ("message",)))
INTENT_DATA: dict[str, Kind] = {
    "capture_method": intents.CAPTURE_METHODS,
    "description": Text(1_000),
    "metadata": Metadata(),
    "receipt_email": Email(),
    "setup_future_usage": intents.LATER_USE,
    "statement_descriptor": Text(22),
    "statement_descriptor_suffix": Text(22),
}
CREATE = Table(
    {
        **EXPAND,
        "billing_address_collection": choice("auto"),
        "branding_settings": Table({"display_name": Text(100)}),
        "cancel_url": Url(),
        "client_reference_id": Text(200),
        "currency": Currency(),
        "custom_text": Table({"submit": SAID, "after_submit": SAID}),
        "customer": Text(),
        "customer_creation": choice("always", "if_required"),
        "customer_email": Email(),
        "expires_at": Whole(0),
        "line_items": Rows(LINE),
        "locale": choice(*LOCALES),
        "metadata": Metadata(),
        "mode": choice("payment"),
        "origin_context": choice("web", "mobile_app"),
        "payment_intent_data": Table(INTENT_DATA),
        "payment_method_options": intents.THREE_D_SECURE,
        "payment_method_types": Rows(choice("card")),
        "submit_type": choice("auto", "pay"),
        "success_url": Url(),
        "ui_mode": choice("hosted_page"),
    },
    ("line_items", "mode", "success_url"),
)
UPDATE = Table({**EXPAND, "metadata": Metadata()})
RETRIEVE = Table(EXPAND)
EXPIRE = Table(EXPAND)
LIST = Table(
    {
        **PAGE,
        **CREATED,
        "customer": Text(),
        "payment_intent": Text(),
        "status": choice("open", "complete", "expired"),
    }
)
LINES = Table(PAGE)


def create(book: Book, path: dict[str, str], given: Object) -> Object:
    check(book, given)
    key = ids.new("cs_test", 58)
    total = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in given["line_items"])
    code = one_currency(given)
    if total:
        currency.check_amount(total, code, "line_items")
    options = given.get("payment_method_options", {}).get("card", {})
    session: Object = {
        "id": key,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": given.get("billing_address_collection"),
        "branding_settings": branding(book, given.get("branding_settings", {})),
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": book.now,
        "currency": code,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None}
        | {"terms_of_service_acceptance": None}
        | given.get("custom_text", {}),
        "customer": given.get("customer"),
        "customer_creation": None if "customer" in given else given.get("customer_creation", "if_required"),
        "customer_details": customer_details(book, given),
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "expires_at": expiry(book, given),
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": given.get("locale"),
        "metadata": given.get("metadata", {}),
        "mode": "payment",
        "origin_context": given.get("origin_context"),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"} | options},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "subscription": None,
        "success_url": given["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": page_url(book, key),
        "wallet_options": None,
    }
    lines = [line(book, item) for item in given["line_items"]]
    private = {
        "token": ids.token(),
        "lines": lines,
        "notes": [item["price_data"]["product_data"].get("description") for item in given["line_items"]],
        "intent_data": given.get("payment_intent_data", {}),
    }
    return book.add(session, private)


def page_url(book: Book, key: str) -> str:
    return f"{book.settings.base_url()}/c/pay/{key}"


def readdress(book: Book) -> None:
    """After a start on another port the pages that are still open are to be found there."""
    for session in book.every("checkout.session", status="open"):
        book.save(session | {"url": page_url(book, session["id"])})


def check(book: Book, given: Object) -> None:
    if not given["line_items"]:
        raise missing_parameter("line_items")
    if "customer" in given:
        for name in ("customer_email", "customer_creation"):
            if name in given:
                raise invalid(f"You may only specify one of these parameters: customer, {name}.", param=name)
        customers.need(book, given["customer"], "customer")


def one_currency(given: Object) -> str:
    codes = {item["price_data"]["currency"] for item in given["line_items"]}
    codes |= {given["currency"]} if "currency" in given else set()
    if len(codes) > 1:
        raise invalid("All line items have to be in one currency.", param="line_items")
    return str(codes.pop())


def branding(book: Book, given: Object) -> Object:
    return {
        "background_color": "#f4f6f6",
        "border_style": "rounded",
        "button_color": "#bd3d22",
        "display_name": given.get("display_name", book.settings.merchant),
        "font_family": "default",
        "icon": None,
        "logo": None,
    }


def customer_details(book: Book, given: Object) -> Object | None:
    email = given.get("customer_email")
    if "customer" in given:
        email = customers.need(book, given["customer"], "customer")["email"]
    return details(email, None) if email else None


def details(email: str | None, name: str | None) -> Object:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def expiry(book: Book, given: Object) -> int:
    at: int = given.get("expires_at", book.now + LONGEST_S)
    # A minute of grace: the caller counted from its own clock, before the request travelled.
    if not book.now + SHORTEST_S - 60 <= at <= book.now + LONGEST_S + 60:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    return at


def line(book: Book, item: Object) -> Object:
    price, product = item["price_data"], item["price_data"]["product_data"]
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": ids.new("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": item.get("metadata", {}),
        "price": {
            "id": ids.new("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": book.now,
            "currency": price["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": ids.new("prod", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": item["quantity"],
    }


def update(book: Book, path: dict[str, str], given: Object) -> Object:
    session = need(book, path["id"])
    if "metadata" in given:
        session["metadata"] = customers.merged(session["metadata"], given["metadata"])
    return book.save(session)


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return need(book, path["id"])


def need(book: Book, key: str) -> Object:
    return book.need("checkout.session", key, "session")


def list_sessions(book: Book, path: dict[str, str], given: Object) -> Object:
    equal = {name: given.get(name) for name in ("customer", "payment_intent", "status")}
    return listing.page(book, "checkout.session", "/v1/checkout/sessions", given, equal)


def list_lines(book: Book, path: dict[str, str], given: Object) -> Object:
    session = need(book, path["id"])
    lines = lines_of(book, session)
    keys = [row["id"] for row in lines]
    start = keys.index(given["starting_after"]) + 1 if given.get("starting_after") in keys else 0
    limit = given.get("limit", 10)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return listing.of(lines[start : start + limit], url, has_more=len(lines) > start + limit)


def lines_of(book: Book, session: Object) -> list[Object]:
    lines: list[Object] = book.private(session["id"])["lines"]
    return lines


def expire(book: Book, path: dict[str, str], given: Object) -> Object:
    session = need(book, path["id"])
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return close(book, session)


def close(book: Book, session: Object) -> Object:
    session |= {"status": "expired", "url": None}
    book.save(session)
    intent = book.find("payment_intent", session["payment_intent"])
    if intent and intent["status"] in intents.CONFIRMABLE:
        intents.void(book, intent, "expired")
    events.record(book, "checkout.session.expired", session)
    return session


def expire_due(book: Book) -> None:
    rows = book.sql.execute(
        "select id from object where kind = 'checkout.session' and json_extract(body, '$.status') = 'open' "
        "and json_extract(body, '$.expires_at') <= ?",
        (book.now,),
    ).fetchall()
    for (key,) in rows:
        close(book, need(book, key))


@dataclass(frozen=True)
class Step:
    """Where a buyer stands after a press of the pay button."""

    outcome: Literal["paid", "authenticate", "declined", "closed"]
    url: str | None = None
    decline: str | None = None


def pay(book: Book, session: Object, facts: CardFacts | None, email: str) -> Step:
    """``facts`` is empty only when there is nothing to pay. Pressing twice pays once."""
    if session["status"] == "open" and session["expires_at"] <= book.now:
        close(book, session)
    if session["status"] != "open":
        return finished(session)
    session["customer_details"] = details(session_email(session) or email, facts.holder if facts else None)
    if not session["amount_total"]:
        return complete(book, session)
    if facts is None:
        raise invalid("A card is needed to pay this session.", param="card")
    method = methods.add(book, facts, email=session["customer_details"]["email"])
    return attempt(book, session, intent_for(book, session), method, authenticated=False)


def finished(session: Object) -> Step:
    return Step("paid", success_url(session)) if session["status"] == "complete" else Step("closed")


def session_email(session: Object) -> str | None:
    known = session["customer_details"] or {}
    return session["customer_email"] or (known.get("email") if session["customer"] else None)


def intent_for(book: Book, session: Object) -> Object:
    kept = book.find("payment_intent", session["payment_intent"])
    if kept:
        return kept
    wanted: dict[str, Any] = {
        **book.private(session["id"])["intent_data"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "payment_method_options": session["payment_method_options"],
    }
    if session["customer"]:
        wanted["customer"] = session["customer"]
    intent = intents.add(book, wanted, session=session["id"])
    session["payment_intent"] = intent["id"]
    book.save(session)
    return intent


def attempt(book: Book, session: Object, intent: Object, method: Object, *, authenticated: bool) -> Step:
    verdict = intents.judge(book, intent, method, authenticated=authenticated)
    if verdict.outcome == "approved":
        session["customer"] = intent["customer"] = customer_for(book, session, intent)
    try:
        intents.settle(
            book, intent, method, verdict, authenticated=authenticated, return_url=session["success_url"]
        )
    except Refusal as refusal:
        book.save(session)
        return Step("declined", decline=refusal.more.get("decline_code", refusal.code))
    if intent["next_action"]:
        book.save(session)
        return Step("authenticate", intent["next_action"]["redirect_to_url"]["url"])
    return complete(book, session, intent)


def customer_for(book: Book, session: Object, intent: Object) -> str | None:
    if session["customer"]:
        return str(session["customer"])
    if session["customer_creation"] != "always" and not intent["setup_future_usage"]:
        return None
    known = session["customer_details"]
    return str(customers.add(book, {"email": known["email"], "name": known["name"]})["id"])


def complete(book: Book, session: Object, intent: Object | None = None) -> Step:
    if intent and intent["status"] == "succeeded":
        session["payment_status"] = "paid"
    session |= {"status": "complete", "url": None}
    book.save(session)
    events.record(book, "checkout.session.completed", session)
    return Step("paid", success_url(session))


def success_url(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))
