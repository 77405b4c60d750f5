"""Every operation the sandbox speaks, and the shape of what it accepts."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox import charges, customers, endpoints, events, intents, methods, refunds, sessions
from sandbox.refusal import Object, Refusal
from sandbox.shape import Table
from sandbox.store import Book

Operation = Callable[[Book, dict[str, str], Object], Object]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    accepts: Table
    operation: Operation

    def match(self, method: str, path: str) -> dict[str, str] | None:
        if method != self.method:
            return None
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[A-Za-z0-9_-]{1,255})", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


ROUTES = (
    Route("POST", "/v1/customers", customers.CREATE, customers.create),
    Route("GET", "/v1/customers", customers.LIST, customers.list_customers),
    Route("GET", "/v1/customers/<id>", customers.RETRIEVE, customers.retrieve),
    Route("POST", "/v1/customers/<id>", customers.UPDATE, customers.update),
    Route("DELETE", "/v1/customers/<id>", Table(), customers.delete),
    Route("GET", "/v1/customers/<id>/payment_methods", methods.OF_CUSTOMER, customers.list_methods),
    Route("GET", "/v1/customers/<id>/payment_methods/<method>", methods.PLAIN, customers.one_method),
    Route("POST", "/v1/checkout/sessions", sessions.CREATE, sessions.create),
    Route("GET", "/v1/checkout/sessions", sessions.LIST, sessions.list_sessions),
    Route("GET", "/v1/checkout/sessions/<id>", sessions.RETRIEVE, sessions.retrieve),
    Route("POST", "/v1/checkout/sessions/<id>", sessions.UPDATE, sessions.update),
    Route("GET", "/v1/checkout/sessions/<id>/line_items", sessions.LINES, sessions.list_lines),
    Route("POST", "/v1/checkout/sessions/<id>/expire", sessions.EXPIRE, sessions.expire),
    Route("POST", "/v1/payment_intents", intents.CREATE, intents.create),
    Route("GET", "/v1/payment_intents", intents.LIST, intents.list_intents),
    Route("GET", "/v1/payment_intents/<id>", intents.RETRIEVE, intents.retrieve),
    Route("POST", "/v1/payment_intents/<id>", intents.UPDATE, intents.update),
    Route("POST", "/v1/payment_intents/<id>/confirm", intents.CONFIRM, intents.confirm),
    Route("POST", "/v1/payment_intents/<id>/capture", intents.CAPTURE, intents.capture),
    Route("POST", "/v1/payment_intents/<id>/cancel", intents.CANCEL, intents.cancel),
    Route("GET", "/v1/charges", charges.LIST, charges.list_charges),
    Route("GET", "/v1/charges/<id>", charges.RETRIEVE, charges.retrieve),
    Route("GET", "/v1/payment_methods", methods.LIST, methods.list_methods),
    Route("GET", "/v1/payment_methods/<id>", methods.PLAIN, methods.retrieve),
    Route("POST", "/v1/payment_methods/<id>/attach", methods.ATTACH, methods.attach),
    Route("POST", "/v1/payment_methods/<id>/detach", methods.PLAIN, methods.detach),
    Route("POST", "/v1/refunds", refunds.CREATE, refunds.create),
    Route("GET", "/v1/refunds", refunds.LIST, refunds.list_refunds),
    Route("GET", "/v1/refunds/<id>", refunds.RETRIEVE, refunds.retrieve),
    Route("POST", "/v1/refunds/<id>", refunds.UPDATE, refunds.update),
    Route("GET", "/v1/events", events.LIST, events.list_events),
    Route("GET", "/v1/events/<id>", events.RETRIEVE, events.retrieve),
    Route("POST", "/v1/webhook_endpoints", endpoints.CREATE, endpoints.create),
    Route("GET", "/v1/webhook_endpoints", endpoints.LIST, endpoints.list_endpoints),
    Route("GET", "/v1/webhook_endpoints/<id>", endpoints.RETRIEVE, endpoints.retrieve),
    Route("DELETE", "/v1/webhook_endpoints/<id>", endpoints.DELETE, endpoints.delete),
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for route in ROUTES:
        if (parts := route.match(method, path)) is not None:
            return route, parts
    raise Refusal(
        404,
        "invalid_request_error",
        f"Unrecognized request URL ({method}: {path[:200]}).",
        code="url_invalid",
    )
