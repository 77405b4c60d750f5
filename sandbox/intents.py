"""Payment intents: one wish to pay one amount, through as many attempts as it takes."""

from typing import Any

from sandbox import cards, charges, currency, customers, events, ids, listing, methods
from sandbox.cards import Verdict
from sandbox.refusal import Object, Refusal, invalid, missing_parameter
from sandbox.shape import (
    CREATED,
    EXPAND,
    PAGE,
    Clearable,
    Currency,
    Either,
    Email,
    Flag,
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

CAPTURE_METHODS = choice("automatic", "automatic_async", "manual")
LATER_USE = choice("off_session", "on_session")
THREE_D_SECURE = Table({"card": Table({"request_three_d_secure": choice("any", "automatic", "challenge")})})
DESCRIBING: dict[str, Kind] = {
    **EXPAND,
    "amount": Whole(),
    "currency": Currency(),
    "customer": Text(),
    "description": Clearable(Text(1_000)),
    "metadata": Metadata(),
    "payment_method": Text(),
    "payment_method_options": THREE_D_SECURE,
    "payment_method_types": Rows(choice("card")),
    "receipt_email": Clearable(Email()),
    "setup_future_usage": Clearable(LATER_USE),
    "capture_method": CAPTURE_METHODS,
    "statement_descriptor": Text(22),
    "statement_descriptor_suffix": Text(22),
}
CONFIRMING: dict[str, Kind] = {
    **EXPAND,
    "error_on_requires_action": Flag(),
    "off_session": Either(Flag(), choice("one_off", "recurring")),
    "payment_method": Text(),
    "return_url": Url(),
    "use_stripe_sdk": Flag(),
}
AUTOMATIC = Table({"enabled": Flag(), "allow_redirects": choice("always", "never")}, ("enabled",))
CREATE = Table(
    {
        **DESCRIBING,
        **CONFIRMING,
        "automatic_payment_methods": AUTOMATIC,
        "confirm": Flag(),
        "confirmation_method": choice("automatic", "manual"),
    },
    ("amount", "currency"),
)
UPDATE = Table(DESCRIBING)
CONFIRM = Table(
    {
        **CONFIRMING,
        "capture_method": CAPTURE_METHODS,
        "payment_method_options": THREE_D_SECURE,
        "payment_method_types": Rows(choice("card")),
        "receipt_email": Clearable(Email()),
        "setup_future_usage": Clearable(LATER_USE),
    }
)
CAPTURE = Table(
    {
        **EXPAND,
        "amount_to_capture": Whole(),
        "final_capture": Flag(),
        "metadata": Metadata(),
        "statement_descriptor_suffix": Text(22),
    }
)
CANCEL = Table(
    {**EXPAND, "cancellation_reason": choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")}
)
RETRIEVE = Table({**EXPAND, "client_secret": Text()})
LIST = Table({**PAGE, **CREATED, "customer": Text()})

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CONFIRMABLE, "requires_capture", "processing")
FREE_TEXT = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "capture_method",
    "payment_method_types",
)


def create(book: Book, path: dict[str, str], given: Object) -> Object:
    for name in ("off_session", "error_on_requires_action", "return_url", "use_stripe_sdk"):
        if name in given and not given.get("confirm"):
            raise invalid(f"You can only pass {name} together with confirm=true.", param=name)
    intent = add(book, given)
    return run(book, intent, given) if given.get("confirm") else intent


def add(book: Book, given: Object, **private: Any) -> Object:
    key = ids.new("pi")
    intent: Object = {
        "id": key,
        "object": "payment_intent",
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic_methods(given.get("automatic_payment_methods")),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{key}_secret_{ids.token(25)}",
        "confirmation_method": given.get("confirmation_method", "automatic"),
        "created": book.now,
        "currency": given["currency"],
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    book.add(intent, {"authentication": ids.token(), **private})
    change(book, intent, given)
    book.save(intent)
    events.record(book, "payment_intent.created", intent)
    return intent


def automatic_methods(given: Object | None) -> Object | None:
    return given and {"enabled": given["enabled"], "allow_redirects": given.get("allow_redirects", "always")}


def update(book: Book, path: dict[str, str], given: Object) -> Object:
    intent = book.need("payment_intent", path["id"], "intent")
    if intent["status"] not in CONFIRMABLE:
        raise unexpected(intent, "updated")
    change(book, intent, given)
    return book.save(intent)


def change(book: Book, intent: Object, given: Object) -> None:
    for name in FREE_TEXT:
        if name in given:
            intent[name] = given[name]
    if "currency" in given:
        intent["currency"] = given["currency"]
    if "amount" in given:
        intent["amount"] = given["amount"]
    if "amount" in given or "currency" in given:
        currency.check_amount(intent["amount"], intent["currency"], "amount")
    if "customer" in given:
        intent["customer"] = customers.need(book, given["customer"], "customer")["id"]
    if "metadata" in given:
        intent["metadata"] = customers.merged(intent["metadata"], given["metadata"])
    wanted = given.get("payment_method_options", {}).get("card", {}).get("request_three_d_secure")
    if wanted:
        intent["payment_method_options"]["card"]["request_three_d_secure"] = wanted
    if "payment_method" in given:
        choose_method(book, intent, given["payment_method"])


def choose_method(book: Book, intent: Object, key: str) -> Object:
    method = methods.need(book, key, "payment_method")
    if method["customer"] and method["customer"] != intent["customer"]:
        raise invalid(
            "The provided PaymentMethod belongs to another customer, or the PaymentIntent names none.",
            param="payment_method",
        )
    if method["customer"] is None and book.private(method["id"]).get("spent"):
        raise invalid(
            "The provided PaymentMethod was used or detached before and cannot be used again.",
            param="payment_method",
        )
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"
    return method


def confirm(book: Book, path: dict[str, str], given: Object) -> Object:
    return run(book, book.need("payment_intent", path["id"], "intent"), given)


def run(book: Book, intent: Object, given: Object) -> Object:
    if intent["status"] not in CONFIRMABLE:
        raise unexpected(intent, "confirmed")
    change(book, intent, {name: given[name] for name in given if name in DESCRIBING and name != "amount"})
    if intent["payment_method"] is None:
        raise missing_parameter("payment_method")
    method = book.need("payment_method", intent["payment_method"], "payment_method", status=400)
    off_session = given.get("off_session", False) is not False
    if off_session and intent["customer"] is None:
        raise missing_parameter("customer")
    verdict = judge(book, intent, method, off_session=off_session)
    if verdict.outcome == "needs_authentication" and given.get("error_on_requires_action"):
        verdict = Verdict("declined", "authentication_required")
    return settle(book, intent, method, verdict, off_session=off_session, return_url=given.get("return_url"))


def judge(
    book: Book, intent: Object, method: Object, *, off_session: bool = False, authenticated: bool = False
) -> Verdict:
    return cards.judge(
        methods.test_card(book, method),
        saved=method["customer"] is not None,
        set_up=bool(book.private(method["id"]).get("set_up")),
        off_session=off_session,
        authenticated=authenticated,
        challenge=intent["payment_method_options"]["card"]["request_three_d_secure"] in ("any", "challenge"),
    )


def settle(
    book: Book,
    intent: Object,
    method: Object,
    verdict: Verdict,
    *,
    off_session: bool = False,
    authenticated: bool = False,
    return_url: str | None = None,
) -> Object:
    """Raises a ``Refusal`` that commits when the bank declines."""
    intent |= {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if verdict.outcome == "needs_authentication":
        return ask_for_authentication(book, intent, return_url)
    if verdict.outcome == "declined":
        raise declined(
            book, intent, method, verdict.decline or "generic_decline", authenticated=authenticated
        )
    return approved(book, intent, method, off_session=off_session, authenticated=authenticated)


def ask_for_authentication(book: Book, intent: Object, return_url: str | None) -> Object:
    if return_url is not None:
        book.keep_private(intent["id"], return_url=return_url)
    intent |= {
        "status": "requires_action",
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": bank_url(book, intent["id"])},
        },
    }
    book.save(intent)
    events.record(book, "payment_intent.requires_action", intent)
    return intent


def bank_url(book: Book, key: str) -> str:
    token = book.private(key)["authentication"]
    return f"{book.settings.base_url()}/c/authenticate/{key}?token={token}"


def readdress(book: Book) -> None:
    for intent in book.every("payment_intent", status="requires_action"):
        intent["next_action"]["redirect_to_url"]["url"] = bank_url(book, intent["id"])
        book.save(intent)


def declined(book: Book, intent: Object, method: Object, reason: str, *, authenticated: bool) -> Refusal:
    charge = charges.decline(book, intent, method, reason, authenticated=authenticated)
    code, message, _ = cards.DECLINES[reason]
    advice = charge["outcome"]["advice_code"]
    return refuse_method(
        book,
        intent,
        method,
        {
            "code": code,
            "message": message,
            "decline_code": reason,
            "charge": charge["id"],
            "advice_code": advice,
        },
    )


def authentication_failed(book: Book, intent: Object, method: Object) -> Refusal:
    message = (
        "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again."
    )
    return refuse_method(
        book, intent, method, {"code": "payment_intent_authentication_failure", "message": message}
    )


def refuse_method(book: Book, intent: Object, method: Object, error: Object) -> Refusal:
    doc_url = f"https://stripe.com/docs/error-codes/{error['code'].replace('_', '-')}"
    error |= {"type": "card_error", "doc_url": doc_url, "payment_method": method}
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
        "latest_charge": error.get("charge", intent["latest_charge"]),
    }
    book.save(intent)
    events.record(book, "payment_intent.payment_failed", intent)
    more = {name: error[name] for name in ("decline_code", "charge", "advice_code") if name in error}
    return Refusal(
        402,
        "card_error",
        error["message"],
        code=error["code"],
        param="number" if error["code"] in ("incorrect_number",) else None,
        commits=True,
        payment_intent=intent,
        payment_method=method,
        **more,
    )


def approved(book: Book, intent: Object, method: Object, *, off_session: bool, authenticated: bool) -> Object:
    remember(book, intent, method)
    charge = charges.approve(book, intent, method, authenticated=authenticated, on_session=not off_session)
    intent["latest_charge"] = charge["id"]
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        event = "payment_intent.amount_capturable_updated"
    else:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        event = "payment_intent.succeeded"
    book.save(intent)
    events.record(book, event, intent)
    return intent


def remember(book: Book, intent: Object, method: Object) -> None:
    """A card that a buyer agreed to have kept goes to the customer; any other is spent after one use."""
    later = intent["setup_future_usage"]
    if later and intent["customer"] and method["customer"] is None:
        method["allow_redisplay"] = "limited"
        methods.attach_to(book, method, intent["customer"])
    if later == "off_session":
        book.keep_private(method["id"], set_up=True)
    if method["customer"] is None:
        book.keep_private(method["id"], spent=True)


def capture(book: Book, path: dict[str, str], given: Object) -> Object:
    intent = book.need("payment_intent", path["id"], "intent")
    if intent["status"] != "requires_capture":
        raise unexpected(intent, "captured")
    if given.get("final_capture") is False:
        raise invalid(
            "Several captures of one payment are not available on this account.", param="final_capture"
        )
    amount: int = given["amount_to_capture"] if "amount_to_capture" in given else intent["amount_capturable"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise invalid(
            f"The amount to capture has to be between 1 and {intent['amount_capturable']}.",
            param="amount_to_capture",
            code="amount_too_large" if amount > 0 else "amount_too_small",
        )
    charges.capture(book, book.need("charge", intent["latest_charge"], "charge"), amount)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    if "metadata" in given:
        intent["metadata"] = customers.merged(intent["metadata"], given["metadata"])
    book.save(intent)
    mark_session_paid(book, intent)
    events.record(book, "payment_intent.succeeded", intent)
    return intent


def mark_session_paid(book: Book, intent: Object) -> None:
    """A session that only held the money counts as paid once it is taken."""
    key = book.private(intent["id"]).get("session")
    if key and (session := book.find("checkout.session", key)):
        book.save(session | {"payment_status": "paid"})


def cancel(book: Book, path: dict[str, str], given: Object) -> Object:
    intent = book.need("payment_intent", path["id"], "intent")
    if intent["status"] not in CANCELABLE:
        raise unexpected(intent, "canceled")
    session = book.private(intent["id"]).get("session")
    if session and intent["status"] != "requires_capture":
        raise invalid("This PaymentIntent belongs to a Checkout Session: expire the session instead.")
    return void(book, intent, given.get("cancellation_reason"))


def void(book: Book, intent: Object, reason: str | None) -> Object:
    charge = book.find("charge", intent["latest_charge"])
    if intent["status"] == "requires_capture" and charge:
        charges.release(book, charge)
    intent |= {
        "status": "canceled",
        "canceled_at": book.now,
        "cancellation_reason": reason,
        "amount_capturable": 0,
        "next_action": None,
    }
    book.save(intent)
    events.record(book, "payment_intent.canceled", intent)
    return intent


def release_stale_authorisations(book: Book) -> None:
    for intent in book.every("payment_intent", status="requires_capture"):
        charge = book.find("charge", intent["latest_charge"])
        if charge and charge["created"] + charges.AUTHORISATION_LASTS_S <= book.now:
            void(book, intent, "automatic")


def unexpected(intent: Object, verb: str) -> Refusal:
    return Refusal(
        400,
        "invalid_request_error",
        f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("payment_intent", path["id"], "intent")


def list_intents(book: Book, path: dict[str, str], given: Object) -> Object:
    equal = {"customer": given.get("customer")}
    return listing.page(book, "payment_intent", "/v1/payment_intents", given, equal)
