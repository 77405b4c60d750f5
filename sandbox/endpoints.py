"""Webhook endpoints besides the configured one."""

from urllib.parse import urlsplit

from sandbox import ids, listing
from sandbox.refusal import Object, bad_parameter
from sandbox.settings import LOOPBACK_HOSTS
from sandbox.shape import EXPAND, PAGE, Clearable, Metadata, Rows, Table, Text, Url
from sandbox.store import Book

CREATE = Table(
    {
        **EXPAND,
        "api_version": Text(40),
        "description": Clearable(Text(500)),
        "enabled_events": Rows(Text(80)),
        "metadata": Metadata(),
        "url": Url(),
    },
    ("enabled_events", "url"),
)
RETRIEVE = Table(EXPAND)
DELETE = Table()
LIST = Table(PAGE)


def create(book: Book, path: dict[str, str], given: Object) -> Object:
    check_target(book, given["url"])
    secret = f"whsec_{ids.token(32)}"
    endpoint: Object = {
        "id": ids.new("we"),
        "object": "webhook_endpoint",
        "api_version": given.get("api_version"),
        "application": None,
        "created": book.now,
        "description": given.get("description"),
        "enabled_events": given["enabled_events"],
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "status": "enabled",
        "url": given["url"],
    }
    book.add(endpoint, {"secret": secret})
    return endpoint | {"secret": secret}


def check_target(book: Book, url: str) -> None:
    """The sandbox calls its own machine and the configured shop, nobody else."""
    configured = urlsplit(book.settings.webhook_url).hostname
    if urlsplit(url).hostname not in LOOPBACK_HOSTS | {configured}:
        raise bad_parameter("url", "The sandbox delivers to this machine only.", "url_invalid")


def delete(book: Book, path: dict[str, str], given: Object) -> Object:
    endpoint = book.need("webhook_endpoint", path["id"], "id")
    book.sql.execute("delete from object where id = ?", (endpoint["id"],))
    book.sql.execute(
        "update delivery set state = 'dropped' where endpoint = ? and state = 'waiting'", (endpoint["id"],)
    )
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def retrieve(book: Book, path: dict[str, str], given: Object) -> Object:
    return book.need("webhook_endpoint", path["id"], "id")


def list_endpoints(book: Book, path: dict[str, str], given: Object) -> Object:
    return listing.page(book, "webhook_endpoint", "/v1/webhook_endpoints", given)
