"""Payment methods: cards, as far as they may be remembered."""

from sandbox import cards, events, ids, listing
from sandbox.cards import CardFacts, TestCard
from sandbox.refusal import Object, invalid, no_such
from sandbox.shape import EXPAND, PAGE, Table, Text, choice
from sandbox.store import Book

ATTACH = Table({**EXPAND, "customer": Text()}, ("customer",))
PLAIN = Table(EXPAND)
LIST = Table({**PAGE, "customer": Text(), "type": choice("card")})
OF_CUSTOMER = Table({**PAGE, "type": choice("card")})
TOKEN = "pm_card_"


def add(book: Book, facts: CardFacts, email: str | None = None, country: str | None = None) -> Object:
    card = facts.test_card
    method: Object = {
        "id": ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": {
                "city": None,
                "country": country,
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            "email": email,
            "name": facts.holder or None,
            "phone": None,
            "tax_id": None,
        },
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": facts.exp_month,
            "exp_year": facts.exp_year,
            "fingerprint": facts.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": facts.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": book.now,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
    book.add(method, {"card": card.name})
    return method


def need(book: Book, key: str, param: str) -> Object:
    """A stored method, or a fresh one for a test token such as ``pm_card_visa``."""
    card = cards.BY_NAME.get(key.removeprefix(TOKEN)) if key.startswith(TOKEN) else None
    if card is not None:
        mark = cards.fingerprint(card.number, salt(book))
        return add(book, CardFacts(card, card.number[-4:], 12, book.today().year + 3, mark, ""))
    method = book.find("payment_method", key)
    if method is None:
        raise no_such("payment_method", key, param, status=404 if param == "id" else 400)
    return method


def salt(book: Book) -> str:
    kept = book.setting("salt")
    if kept is None:
        kept = ids.token(32)
        book.keep_setting("salt", kept)
    return str(kept)


def test_card(book: Book, method: Object) -> TestCard:
    return cards.BY_NAME[book.private(method["id"])["card"]]


def attach(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = book.need("customer", given["customer"], "customer", status=400)
    method = need(book, path["id"], "id")
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method you provided has already been attached to a customer.")
    if book.private(method["id"]).get("spent"):
        raise invalid("This PaymentMethod was previously used without being attached to a Customer.")
    return method if method["customer"] else attach_to(book, method, customer["id"])


def attach_to(book: Book, method: Object, customer: str) -> Object:
    method["customer"] = customer
    book.save(method)
    events.record(book, "payment_method.attached", method)
    return method


def detach(book: Book, path: dict[str, str], given: Object) -> Object:
    method = book.need("payment_method", path["id"], "id")
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    return detach_from(book, method)


def detach_from(book: Book, method: Object) -> Object:
    customer = book.find("customer", method["customer"])
    if customer and customer.get("invoice_settings", {}).get("default_payment_method") == method["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
        book.save(customer)
    previous = {"customer": method["customer"]}
    method["customer"] = None
    book.save(method)
    book.keep_private(method["id"], spent=True)
    events.record(book, "payment_method.detached", method, previous)
    return method


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("payment_method", path["id"], "id")


def list_methods(book: Book, path: dict[str, str], given: Object) -> Object:
    equal = {"customer": given.get("customer"), "type": given.get("type")}
    if equal["customer"] is None:
        return listing.of([], "/v1/payment_methods")
    return listing.page(book, "payment_method", "/v1/payment_methods", given, equal)
