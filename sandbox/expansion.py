"""``expand[]``: ids become the objects they stand for."""

from sandbox import listing, sessions
from sandbox.refusal import Object, invalid
from sandbox.store import Book

DEEPEST = 4
KINDS = {
    ("checkout.session", "customer"): "customer",
    ("checkout.session", "payment_intent"): "payment_intent",
    ("payment_intent", "customer"): "customer",
    ("payment_intent", "latest_charge"): "charge",
    ("payment_intent", "payment_method"): "payment_method",
    ("charge", "customer"): "customer",
    ("charge", "payment_intent"): "payment_intent",
    ("refund", "charge"): "charge",
    ("refund", "payment_intent"): "payment_intent",
    ("payment_method", "customer"): "customer",
}
#: Named by Stripe and always empty here.
EMPTY = frozenset(
    {
        ("charge", "balance_transaction"),
        ("refund", "balance_transaction"),
        ("payment_intent", "review"),
        ("charge", "review"),
        ("checkout.session", "invoice"),
        ("checkout.session", "setup_intent"),
        ("checkout.session", "subscription"),
    }
)


def expand(book: Book, answer: Object, paths: list[str]) -> Object:
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid(
                f"You cannot expand more than {DEEPEST} levels of a property: {path}", param="expand"
            )
        follow(book, answer, steps, path)
    return answer


def follow(book: Book, thing: Object, steps: list[str], path: str) -> None:
    if thing["object"] == "list":
        if steps[0] != "data":
            raise refused(path)
        for item in thing["data"]:
            follow_inner(book, item, steps[1:], path)
        return
    if thing["object"] == "customer" and steps == ["invoice_settings", "default_payment_method"]:
        settings = thing["invoice_settings"]
        settings[steps[1]] = book.find("payment_method", settings[steps[1]])
        return
    opened = open_up(book, thing, steps[0], path)
    if opened is not None:
        follow_inner(book, opened, steps[1:], path)


def follow_inner(book: Book, thing: Object, steps: list[str], path: str) -> None:
    if steps:
        follow(book, thing, steps, path)


def open_up(book: Book, thing: Object, name: str, path: str) -> Object | None:
    place = (thing["object"], name)
    if place == ("checkout.session", "line_items"):
        lines = sessions.lines_of(book, thing)
        url = f"/v1/checkout/sessions/{thing['id']}/line_items"
        thing[name] = listing.of(lines[:10], url, has_more=len(lines) > 10)
    elif place == ("charge", "refunds"):
        url = f"/v1/charges/{thing['id']}/refunds"
        thing[name] = listing.page(book, "refund", url, {}, {"charge": thing["id"]})
    elif place in KINDS:
        if isinstance(thing[name], str):
            thing[name] = book.find(KINDS[place], thing[name])
    elif place not in EMPTY:
        raise refused(path)
    inner: Object | None = thing[name]
    return inner


def refused(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
