"""What partners programme against: the routes they call and the calls they get, as OpenAPI 3.1."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from app.access import PUBLIC, Policy
from app.deliveries import BACKOFF_S, MOST_TRIES
from app.settings import settings
from leads.api import LONGEST_BODY, Outcome
from leads.offers import REASONS
from leads.statuses import OUTCOME_NAMES, SOURCE_NAMES, STATUS_NAMES

blueprint = Blueprint("leads_contract", __name__)
policies: Mapping[str, Policy] = {"leads_contract.document": PUBLIC}

PROMISE = (
    "Each call is made at least once, and in order for each lead. `webhook-id` stays the same over every try and every "
    "repeat: what comes again under a known id is a double. Calls are signed as Standard Webhooks lays down; while a "
    "secret is changed, two signatures stand side by side. Answer 2xx within 15 seconds. 408, 425, 429, 5xx and "
    f"silence are tried again, {MOST_TRIES} times within {round(sum(BACKOFF_S) / 3600)} hours, never before "
    "`Retry-After`; other 4xx wait for a person after three; 410 switches the address off. Redirects are not followed. "
    "New fields may be added to a type; a type never changes its meaning."
)
SIGNED = (
    "Sign `{webhook-id}.{webhook-timestamp}.{body}` with the secret that signs our calls to you (v1, HMAC-SHA256), no "
    "more than five minutes ago."
)


@blueprint.get("/api/v1/openapi.json")
def document() -> Response:
    answer = jsonify(contract())
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def contract() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Forecourt for partners", "version": "1", "description": PROMISE},
        "servers": [{"url": settings().public_url.rstrip("/")}],
        "security": [{"recipient": [], "id": [], "timestamp": [], "signature": []}],
        "paths": {"/api/v1/leads/{number}/outcome": {"post": _report()}},
        "webhooks": {
            "lead.created": _call("A lead for you.", _ref("Lead")),
            "lead.closed": _call("It is settled.", _ref("Closed")),
            "lead.passed_on": _call("Nobody took it in time; somebody else has it.", _ref("Taken")),
            "lead.consent_withdrawn": _call(
                "The person took the consent back: delete what you have of them.", _ref("Taken")
            ),
            "lead.test": _call("A test of the connection. Nobody is to be answered.", _ref("Test")),
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "recipient": _header("Forecourt-Recipient", "Your short name."),
                "id": _header("webhook-id", "Yours, a new one for each report."),
                "timestamp": _header("webhook-timestamp", "Seconds since 1970."),
                "signature": _header("webhook-signature", SIGNED),
            },
        },
    }


def _report() -> dict[str, Any]:
    refused = {
        "401": "The signature does not fit, or nobody has this short name.",
        "404": "You were never told of this lead.",
        "409": "Closed, taken by somebody else, too late, or the key was used for another report.",
        "413": "More than a request may hold.",
        "422": "A field does not fit, or the Idempotency-Key is missing.",
        "429": "Too often; Retry-After says when to come again.",
        "500": "Our fault; send it again under the same key.",
        "503": "Busy; send it again under the same key.",
    }
    return {
        "operationId": "reportOutcome",
        "summary": "Report what became of a lead",
        "description": f"The same key with the same report is answered alike. At most {LONGEST_BODY} bytes.",
        "parameters": [
            {
                "name": "number",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "examples": ["L-2611-00042"]},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,100}$"},
            },
        ],
        "requestBody": {"required": True, "content": _json(_ref("Outcome"))},
        "responses": {
            "200": {"description": "As the lead stands now.", "content": _json(_ref("Standing"))},
            **{
                status: {"description": why, "content": _json(_ref("Refusal"))}
                for status, why in refused.items()
            },
        },
    }


def _call(about: str, of: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {
        "type": {"type": "string"},
        "timestamp": _instant("When it became so; the same on every try."),
        "data": of,
    }
    return {
        "post": {
            "summary": about,
            "requestBody": {"required": True, "content": _json(_object(kinds))},
            "responses": {"2XX": {"description": "It has arrived."}, "410": {"description": "Call no more."}},
        }
    }


def _schemas() -> dict[str, Any]:
    outcome = Outcome.model_json_schema()
    outcome.pop("description", None)
    outcome["properties"]["reason"]["description"] = (
        f"For declined one of {', '.join(REASONS)}; for lost, in words."
    )
    outcome["properties"]["at"]["description"] = (
        "With its offset: when it happened, for an appointment when it will be."
    )
    about = {"id": _text(), "number": _text()}
    maybe = {"type": ["string", "null"]}
    return {
        "Outcome": outcome,
        "Standing": _object(
            {
                "number": _text(),
                "status": {"enum": list(STATUS_NAMES)},
                "outcome": {"enum": [*OUTCOME_NAMES, None]},
            }
        ),
        "Refusal": _object({"error": _refusal()}),
        "Lead": _object(
            {
                **about,
                "source": {"enum": list(SOURCE_NAMES)},
                "product": _text(),
                "why": maybe,
                "reason": _text(),
                "step": _text(),
                "page": maybe,
                "value": _or_null(_object({"amount_minor": {"type": "integer"}, "currency": _text()})),
                "language": {"enum": ["en", "zh"]},
                "signalled_at": _instant(),
                "answer_by": _instant(),
                "contact": _object({"name": maybe, "email": maybe, "phone": maybe}),
                "contents": {"type": "array", "items": _line()},
                "more_contents": {"type": "integer", "description": "How many lines stand on its page only."},
                "time": _or_null(_object({"starts_at": _instant(), "ends_at": _instant(), "place": maybe})),
                "url": {"type": "string", "format": "uri"},
            }
        ),
        "Closed": _object(
            {**about, "outcome": maybe, "closed_at": {"type": ["string", "null"], "format": "date-time"}}
        ),
        "Taken": _object(about),
        "Test": _object({**about, "test": {"const": True}}),
    }


def _refusal() -> dict[str, Any]:
    errors = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
    told = {"code": _text(), "message": _text(), "field": {"type": ["string", "null"]}, "errors": errors}
    return _object({**told, "request_id": {"type": ["string", "null"]}})


def _line() -> dict[str, Any]:
    return _object(
        {
            "title": {"type": ["object", "null"], "additionalProperties": True},
            "sku": {"type": ["string", "null"]},
            "vin": {"type": ["string", "null"]},
            "quantity": {"type": "integer"},
            "price_minor": {"type": ["integer", "null"]},
        }
    )


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _text() -> dict[str, Any]:
    return {"type": "string"}


def _instant(about: str = "") -> dict[str, Any]:
    return {"type": "string", "format": "date-time", **({"description": about} if about else {})}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _header(name: str, about: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": about}
