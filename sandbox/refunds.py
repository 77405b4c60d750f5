from sandbox import currency, customers, events, ids, listing, methods
from sandbox.refusal import Object, invalid
from sandbox.shape import CREATED, EXPAND, PAGE, Metadata, Table, Text, Whole, choice
from sandbox.store import Book

CREATE = Table(
    {
        **EXPAND,
        "amount": Whole(),
        "charge": Text(),
        "metadata": Metadata(),
        "payment_intent": Text(),
        "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    }
)
UPDATE = Table({**EXPAND, "metadata": Metadata()})
RETRIEVE = Table(EXPAND)
LIST = Table({**PAGE, **CREATED, "charge": Text(), "payment_intent": Text()})
SETTLES_AFTER_S = 3


def create(book: Book, path: dict[str, str], given: Object) -> Object:
    charge = charge_of(book, given)
    amount = given.get("amount", charge["amount"] - charge["amount_refunded"])
    check(charge, amount)
    pace = methods.test_card(
        book, book.need("payment_method", charge["payment_method"], "payment_method")
    ).refunds
    refund: Object = {
        "id": ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": book.now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": given.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pace == "later" else "succeeded",
        "transfer_reversal": None,
    }
    if pace == "later":
        refund["pending_reason"] = "processing"
    book.add(refund, {} if pace == "at_once" else {"pace": pace, "due_at": book.now + SETTLES_AFTER_S})
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    book.save(charge)
    events.record(book, "refund.created", refund)
    events.record(book, "charge.refunded", charge)
    return refund


def charge_of(book: Book, given: Object) -> Object:
    if ("charge" in given) == ("payment_intent" in given):
        raise invalid("One of charge and payment_intent has to be given.", param="payment_intent")
    if "charge" in given:
        return book.need("charge", given["charge"], "charge", status=400)
    intent = book.need("payment_intent", given["payment_intent"], "payment_intent", status=400)
    charge = book.find("charge", intent["latest_charge"])
    if charge is None or not charge["paid"]:
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def check(charge: Object, amount: int) -> None:
    """At most what was captured and has not gone back."""
    if not charge["paid"] or not charge["captured"]:
        raise invalid(
            f"Charge {charge['id']} has not been captured: cancel its PaymentIntent.", param="charge"
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    currency.check_amount(amount, charge["currency"], "amount")
    if amount > left:
        wanted, rest = (currency.printed(figure, charge["currency"]) for figure in (amount, left))
        raise invalid(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({rest})", param="amount"
        )


def update(book: Book, path: dict[str, str], given: Object) -> Object:
    refund = book.need("refund", path["id"], "id")
    if "metadata" in given:
        refund["metadata"] = customers.merged(refund["metadata"], given["metadata"])
    book.save(refund)
    events.record(book, "refund.updated", refund)
    return refund


def settle_due(book: Book) -> None:
    """Two of the test cards answer a refund later: one pays it after all, one sends it back."""
    rows = book.sql.execute(
        "select id from object where kind = 'refund' and json_extract(private, '$.due_at') <= ?", (book.now,)
    ).fetchall()
    for (key,) in rows:
        refund = book.need("refund", key, "id")
        failed = book.private(key)["pace"] == "fails"
        book.keep_private(key, due_at=None)
        refund["status"] = "failed" if failed else "succeeded"
        refund.pop("pending_reason", None)
        if failed:
            give_back(book, refund)
        book.save(refund)
        events.record(book, "refund.updated", refund)
        if failed:
            events.record(book, "refund.failed", refund)


def give_back(book: Book, refund: Object) -> None:
    refund["failure_reason"] = "lost_or_stolen_card"
    charge = book.need("charge", refund["charge"], "charge")
    charge |= {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False}
    book.save(charge)


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("refund", path["id"], "id")


def list_refunds(book: Book, path: dict[str, str], given: Object) -> Object:
    equal = {name: given.get(name) for name in ("charge", "payment_intent")}
    return listing.page(book, "refund", "/v1/refunds", given, equal)
