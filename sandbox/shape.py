"""What an operation accepts. Whatever is not named is refused, as Stripe does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from sandbox import currency
from sandbox.form import Form
from sandbox.refusal import Refusal, bad_parameter, missing_parameter, unknown_parameter

EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")


class Kind(Protocol):
    def read(self, raw: str | Form, param: str) -> Any: ...


def scalar(raw: str | Form, param: str) -> str:
    if isinstance(raw, str):
        return raw
    raise bad_parameter(param, f"Invalid {param}: must be a single value.")


@dataclass(frozen=True)
class Text:
    longest: int = 5_000
    may_be_empty: bool = False

    def read(self, raw: str | Form, param: str) -> str:
        value = scalar(raw, param)
        if not value and not self.may_be_empty:
            raise bad_parameter(
                param, f"You passed an empty string for '{param}'.", "parameter_invalid_empty"
            )
        if len(value) > self.longest:
            raise bad_parameter(param, f"Invalid string: {param} has more than {self.longest} characters.")
        return value


@dataclass(frozen=True)
class Email:
    def read(self, raw: str | Form, param: str) -> str:
        value = scalar(raw, param)
        if len(value) > 512 or not EMAIL.match(value):
            raise bad_parameter(param, f"Invalid email address: {value[:80]}", "email_invalid")
        return value


@dataclass(frozen=True)
class Url:
    def read(self, raw: str | Form, param: str) -> str:
        value = scalar(raw, param)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f]", value):
            raise bad_parameter(param, "Not a valid URL", "url_invalid")
        return value


@dataclass(frozen=True)
class Whole:
    least: int | None = None
    most: int | None = None

    def read(self, raw: str | Form, param: str) -> int:
        value = scalar(raw, param)
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise bad_parameter(param, f"Invalid integer: {value[:40]}", "parameter_invalid_integer")
        number = int(value)
        if self.least is not None and number < self.least:
            raise bad_parameter(param, f"This value must be greater than or equal to {self.least}.")
        if self.most is not None and number > self.most:
            raise bad_parameter(param, f"This value must be less than or equal to {self.most}.")
        return number


@dataclass(frozen=True)
class Flag:
    def read(self, raw: str | Form, param: str) -> bool:
        value = scalar(raw, param).lower()
        if value not in ("true", "false"):
            raise bad_parameter(param, f"Invalid boolean: {value[:40]}")
        return value == "true"


@dataclass(frozen=True)
class Choice:
    options: tuple[str, ...]

    def read(self, raw: str | Form, param: str) -> str:
        value = scalar(raw, param)
        if value not in self.options:
            raise bad_parameter(param, f"Invalid {param}: must be one of {', '.join(self.options)}")
        return value


def choice(*options: str) -> Choice:
    return Choice(options)


@dataclass(frozen=True)
class Currency:
    def read(self, raw: str | Form, param: str) -> str:
        return currency.read_code(scalar(raw, param), param)


@dataclass(frozen=True)
class Either:
    first: Kind
    second: Kind

    def read(self, raw: str | Form, param: str) -> Any:
        try:
            return self.first.read(raw, param)
        except Refusal:
            return self.second.read(raw, param)


@dataclass(frozen=True)
class Clearable:
    """An empty string takes the value away."""

    kind: Kind

    def read(self, raw: str | Form, param: str) -> Any:
        return None if raw == "" else self.kind.read(raw, param)


@dataclass(frozen=True)
class Metadata:
    def read(self, raw: str | Form, param: str) -> dict[str, str]:
        if raw == "":
            return {}
        if isinstance(raw, str):
            raise bad_parameter(param, f"Invalid {param}: must be a table.")
        if len(raw) > 50:
            raise bad_parameter(param, "Metadata can have at most 50 keys.")
        return {key: self.value(key, value, param) for key, value in raw.items()}

    def value(self, key: str, raw: str | Form, param: str) -> str:
        text = scalar(raw, f"{param}[{key}]")
        if not 1 <= len(key) <= 40 or len(text) > 500:
            raise bad_parameter(f"{param}[{key}]", "Metadata keys have 40 characters, values 500, at most.")
        return text


@dataclass(frozen=True)
class Rows:
    item: Kind
    most: int = 100

    def read(self, raw: str | Form, param: str) -> list[Any]:
        if raw == "":
            return []
        if isinstance(raw, str) or not all(key.isdigit() for key in raw):
            raise bad_parameter(param, f"Invalid array: {param}")
        if len(raw) > self.most:
            raise bad_parameter(param, f"{param} has more than {self.most} items.")
        ordered = sorted(raw.items(), key=lambda pair: int(pair[0]))
        return [self.item.read(value, f"{param}[{index}]") for index, value in ordered]


@dataclass(frozen=True)
class Table:
    fields: Mapping[str, Kind] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def read(self, raw: str | Form, param: str = "") -> dict[str, Any]:
        if isinstance(raw, str):
            raise bad_parameter(param, f"Invalid object: {param}")
        for name in raw:
            if name not in self.fields:
                raise unknown_parameter(within(param, name))
        for name in self.needs:
            if name not in raw:
                raise missing_parameter(within(param, name))
        return {name: self.fields[name].read(value, within(param, name)) for name, value in raw.items()}


def within(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name


EXPAND: dict[str, Kind] = {"expand": Rows(Text(200), most=20)}
PAGE: dict[str, Kind] = {
    **EXPAND,
    "limit": Whole(1, 100),
    "starting_after": Text(),
    "ending_before": Text(),
}
CREATED: dict[str, Kind] = {
    "created": Either(Whole(), Table({"gt": Whole(), "gte": Whole(), "lt": Whole(), "lte": Whole()})),
}
ADDRESS = Table(
    {name: Text(may_be_empty=True) for name in ("city", "country", "line1", "line2", "postal_code", "state")}
)
