from typing import Any

from sandbox import events, ids, listing, methods
from sandbox.refusal import Object, invalid
from sandbox.shape import ADDRESS, CREATED, EXPAND, PAGE, Clearable, Email, Kind, Metadata, Rows, Table, Text
from sandbox.store import Book

SHIPPING = Table({"address": ADDRESS, "name": Text(), "phone": Text(may_be_empty=True)}, ("address", "name"))
WRITABLE: dict[str, Kind] = {
    **EXPAND,
    "address": Clearable(ADDRESS),
    "description": Clearable(Text()),
    "email": Clearable(Email()),
    "metadata": Metadata(),
    "name": Clearable(Text(256)),
    "phone": Clearable(Text(20)),
    "preferred_locales": Rows(Text(20), most=10),
    "shipping": Clearable(SHIPPING),
    "invoice_settings": Table({"default_payment_method": Clearable(Text())}),
}
CREATE = Table({**WRITABLE, "payment_method": Text()})
UPDATE = Table(WRITABLE)
RETRIEVE = Table(EXPAND)
LIST = Table({**PAGE, **CREATED, "email": Text(512)})
PLAIN = ("description", "email", "name", "phone", "preferred_locales")


def create(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = add(book, given)
    if "payment_method" in given:
        methods.attach_to(book, methods.need(book, given["payment_method"], "payment_method"), customer["id"])
    return customer


def add(book: Book, given: Object) -> Object:
    customer: Object = {
        "id": ids.new("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": book.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": ids.token(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    change(book, customer, given)
    book.add(customer)
    events.record(book, "customer.created", customer)
    return customer


def update(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = need(book, path["id"], "id")
    before = dict(customer)
    change(book, customer, given)
    book.save(customer)
    previous = {name: before[name] for name in customer if customer[name] != before[name]}
    if previous:
        events.record(book, "customer.updated", customer, previous)
    return customer


def change(book: Book, customer: Object, given: Object) -> None:
    for name in PLAIN:
        if name in given:
            customer[name] = given[name]
    if "address" in given:
        customer["address"] = whole_address(given["address"])
    if "shipping" in given:
        shipping = given["shipping"]
        customer["shipping"] = shipping and {
            "address": whole_address(shipping["address"]),
            "name": shipping["name"],
            "phone": shipping.get("phone"),
        }
    if "metadata" in given:
        customer["metadata"] = merged(customer["metadata"], given["metadata"])
    default = given.get("invoice_settings", {})
    if "default_payment_method" in default:
        set_default_method(book, customer, default["default_payment_method"])


def set_default_method(book: Book, customer: Object, method: str | None) -> None:
    if method is not None:
        param = "invoice_settings[default_payment_method]"
        if methods.need(book, method, param)["customer"] != customer["id"]:
            raise invalid("The customer does not have a payment method with that ID.", param=param)
    customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method}


def whole_address(given: Object | None) -> Object | None:
    if given is None:
        return None
    return {
        part: given.get(part) or None
        for part in ("city", "country", "line1", "line2", "postal_code", "state")
    }


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """An empty value takes its key away; an empty table takes them all."""
    if not new:
        return {}
    return {key: value for key, value in (old | new).items() if value != ""}


def delete(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = need(book, path["id"], "id")
    for method in book.every("payment_method", customer=customer["id"]):
        methods.detach_from(book, method)
    events.record(book, "customer.deleted", customer)
    return book.save({"id": customer["id"], "object": "customer", "deleted": True})


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("customer", path["id"], "id")


def need(book: Book, key: str, param: str) -> Object:
    customer = book.need("customer", key, param, status=404 if param == "id" else 400)
    if customer.get("deleted"):
        raise invalid(f"No such customer: '{key}'", param=param, code="resource_missing")
    return customer


def list_customers(book: Book, path: dict[str, str], given: Object) -> Object:
    equal: dict[str, Any] = {"email": given.get("email")}
    where = " and json_extract(body, '$.deleted') is null"
    values = []
    if equal["email"] is not None:
        where += " and json_extract(body, '$.email') = ?"
        values.append(equal["email"])
    return listing.read_page(book, "customer", "/v1/customers", given, where, values)


def list_methods(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = need(book, path["id"], "id")
    url = f"/v1/customers/{customer['id']}/payment_methods"
    return listing.page(
        book, "payment_method", url, given, {"customer": customer["id"], "type": given.get("type")}
    )


def one_method(book: Book, path: dict[str, str], given: Object) -> Object:
    customer = need(book, path["id"], "id")
    method = book.need("payment_method", path["method"], "payment_method")
    if method["customer"] != customer["id"]:
        raise invalid(
            f"No such PaymentMethod: '{method['id']}'", param="payment_method", code="resource_missing"
        )
    return method
