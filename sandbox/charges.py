"""One charge per attempt that reached the bank, approved or not."""

from sandbox import cards, events, ids, listing
from sandbox.refusal import Object
from sandbox.shape import CREATED, EXPAND, PAGE, Table, Text
from sandbox.store import Book

LIST = Table({**PAGE, **CREATED, "customer": Text(), "payment_intent": Text()})
RETRIEVE = Table(EXPAND)
AUTHORISATION_LASTS_S = 7 * 86_400


def approve(book: Book, intent: Object, method: Object, *, authenticated: bool, on_session: bool) -> Object:
    charge = build(book, intent, method, authenticated=authenticated, on_session=on_session)
    card = charge["payment_method_details"]["card"]
    if intent["capture_method"] == "manual":
        card["capture_before"] = book.now + AUTHORISATION_LASTS_S
    else:
        charge |= {"captured": True, "amount_captured": intent["amount"]}
    charge |= {
        "paid": True,
        "status": "succeeded",
        "outcome": outcome("approved_by_network", None, "Payment complete.", "authorized"),
    }
    card["authorization_code"] = f"{len(intent['id']) * book.now % 1_000_000:06d}"
    book.add(charge)
    events.record(book, "charge.succeeded", charge)
    return charge


def decline(book: Book, intent: Object, method: Object, reason: str, *, authenticated: bool) -> Object:
    code, message, network = cards.DECLINES[reason]
    charge = build(book, intent, method, authenticated=authenticated, on_session=True)
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "outcome": outcome(
            "declined_by_network", reason, "The bank did not approve this payment.", "issuer_declined"
        )
        | {
            "network_decline_code": network,
            "advice_code": "do_not_try_again" if reason in cards.DO_NOT_TRY_AGAIN else "try_again_later",
        },
    }
    if reason == "incorrect_cvc":
        charge["payment_method_details"]["card"]["checks"]["cvc_check"] = "fail"
    book.add(charge)
    events.record(book, "charge.failed", charge)
    return charge


def outcome(network: str, reason: str | None, seller_message: str, kind: str) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": seller_message,
        "type": kind,
    }


def build(book: Book, intent: Object, method: Object, *, authenticated: bool, on_session: bool) -> Object:
    return {
        "id": ids.new("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": book.settings.merchant.upper()[:22],
        "captured": False,
        "created": book.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": card_details(intent, method, authenticated=authenticated, on_session=on_session),
            "type": "card",
        },
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def card_details(intent: Object, method: Object, *, authenticated: bool, on_session: bool) -> Object:
    card = method["card"]
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "brand": card["brand"],
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass" if on_session else None,
        },
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": ids.token(15).upper(),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": three_d_secure() if authenticated else None,
        "wallet": None,
    }


def three_d_secure() -> Object:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def capture(book: Book, charge: Object, amount: int) -> Object:
    """The part that is not captured goes back to the buyer and counts as refunded, as Stripe has it."""
    charge |= {"captured": True, "amount_captured": amount, "amount_refunded": charge["amount"] - amount}
    book.save(charge)
    events.record(book, "charge.captured", charge)
    return charge


def release(book: Book, charge: Object) -> Object:
    """An authorisation that is cancelled or has run out."""
    charge |= {"amount_refunded": charge["amount"], "refunded": True}
    book.save(charge)
    events.record(book, "charge.refunded", charge)
    return charge


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("charge", path["id"], "id")


def list_charges(book: Book, path: dict[str, str], given: Object) -> Object:
    equal = {name: given.get(name) for name in ("customer", "payment_intent")}
    return listing.page(book, "charge", "/v1/charges", given, equal)
