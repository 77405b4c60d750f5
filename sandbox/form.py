"""Stripe's request encoding: ``a[b][0][c]=v``, ``a[]=v``."""

import re
from typing import Union
from urllib.parse import parse_qsl

from sandbox.refusal import invalid

Form = dict[str, Union[str, "Form"]]

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
MOST_FIELDS = 2_000
DEEPEST = 8


def parse(encoded: str) -> Form:
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, strict_parsing=bool(encoded), max_num_fields=MOST_FIELDS
        )
    except ValueError as fault:
        raise invalid("The request body is not form-encoded.") from fault
    form: Form = {}
    for name, value in pairs:
        put(form, steps(name), value, name)
    return form


def steps(name: str) -> list[str]:
    match = NAME.match(name)
    if match is None:
        raise invalid(f"Invalid parameter name: {name[:100]}", param=name[:100])
    found = [match.group(1), *re.findall(r"\[([^\[\]]*)\]", match.group(2))]
    if len(found) > DEEPEST:
        raise invalid(f"Parameter is nested too deep: {name[:100]}", param=name[:100])
    return found


def put(form: Form, path: list[str], value: str, name: str) -> None:
    place = form
    for step in path[:-1]:
        inner = place.setdefault(step or str(len(place)), {})
        if isinstance(inner, str):
            raise invalid(f"Parameter is both a value and a table: {name}", param=name)
        place = inner
    last = path[-1] or str(len(place))
    if isinstance(place.get(last), dict):
        raise invalid(f"Parameter is both a value and a table: {name}", param=name)
    place[last] = value
