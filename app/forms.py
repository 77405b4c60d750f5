"""Input is parsed at the edge into typed values, or comes back with a sentence per field and everything as typed.

One model serves an HTML form, a query string and JSON alike.
"""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from app import locality, signals
from app.csrf import FIELD
from app.errors import InvalidInput
from app.i18n import N_, translate

_MANY = re.compile(r"\b(list|tuple|set|frozenset)\[")
INVISIBLE = {"Cc", "Cs", "Cn", "Co"}
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows, beyond the field that holds them."""


class Form(BaseModel):
    """Fields that a form does not know are refused; blank optional fields arrive as None."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_max_length=20_000)


F = TypeVar("F", bound=Form)

REQUIRED = N_("Fill this in.")
SENTENCES: Mapping[str, str] = {
    "missing": REQUIRED,
    "string_too_short": REQUIRED,
    "none_required": REQUIRED,
    "string_too_long": N_("Shorten this to %(max_length)s characters."),
    "too_long": N_("Shorten this to %(max_length)s characters."),
    "int_parsing": N_("Write this as a whole number."),
    "int_from_float": N_("Write this as a whole number."),
    "int_type": N_("Write this as a whole number."),
    "greater_than": N_("This must be more than %(gt)s."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "literal_error": N_("Choose one of the options shown."),
    "enum": N_("Choose one of the options shown."),
    "uuid_parsing": N_("Choose one of the options shown."),
    "uuid_type": N_("Choose one of the options shown."),
    "string_pattern_mismatch": N_("Choose one of the options shown."),
    "date_from_datetime_parsing": N_("Choose a date."),
    "date_parsing": N_("Choose a date."),
    "extra_forbidden": N_("This form has no such field. Reload the page and send it again."),
}
UNCLEAR = N_("This does not fit. Check it and send it again.")


@dataclass(frozen=True)
class FormState(Generic[F]):
    """`value` is the parsed form or None; `values` what was typed, to be shown again; `errors` a sentence per field."""

    value: F | None
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.value is not None

    def get(self) -> F:
        """The parsed form; raises InvalidInput."""
        if self.value is None:
            raise InvalidInput(self.errors)
        return self.value

    def with_error(self, name: str, sentence: str) -> "FormState[F]":
        signals.refused((name,))
        return FormState(None, self.values, {**self.errors, name: sentence})


@dataclass(frozen=True)
class SettingRow:
    """A number that an admin may change, as its page shows it."""

    name: str
    label: str
    hint: str
    value: str
    error: str


def setting_rows(
    words: Mapping[str, tuple[str, str]], kept: Mapping[str, str], state: FormState[Any]
) -> list[SettingRow]:
    """`words` are label and hint by name, `kept` what is in force; what was typed comes back with its refusal."""
    return [
        SettingRow(
            name,
            translate(label),
            translate(hint),
            state.values.get(name, kept[name]),
            state.errors.get(name, ""),
        )
        for name, (label, hint) in words.items()
    ]


def parse(form: type[F], given: Mapping[str, Any]) -> FormState[F]:
    """Repeated fields are taken whole where the model has a list, otherwise the last one counts."""
    raw = _raw(form, given)
    shown = {name: value if isinstance(value, str) else "" for name, value in raw.items()}
    filled = {name: value for name, value in raw.items() if value not in ("", [])}
    try:
        return FormState(form.model_validate(filled), shown)
    except ValidationError as refused:
        errors = _errors(refused)
        signals.refused(name if name in form.model_fields else signals.UNKNOWN_FIELD for name in errors)
        return FormState(None, shown, errors)


def _raw(form: type[Form], given: Mapping[str, Any]) -> dict[str, Any]:
    getlist = getattr(given, "getlist", None)
    raw: dict[str, Any] = {}
    for name in given:
        if name == FIELD:
            continue
        value = given[name]
        if getlist is not None:
            values = getlist(name)
            known = form.model_fields.get(name)
            takes_many = known is not None and _MANY.search(str(known.annotation)) is not None
            value = values if takes_many else values[-1]
        raw[name] = value.strip() if isinstance(value, str) else value
    return raw


def _errors(refused: ValidationError) -> dict[str, str]:
    errors: dict[str, str] = {}
    for error in refused.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        context = {key: value for key, value in error.get("ctx", {}).items() if isinstance(value, str | int)}
        sentence = SENTENCES.get(error["type"])
        if sentence is None:
            sentence = error["msg"] if error["type"] == "sentence" else UNCLEAR
        errors.setdefault(name, translate(sentence, **context))
    return errors


def refuse(sentence: str, **params: Any) -> PydanticCustomError:
    """For validators: `raise refuse(N_("..."))` gives the field a sentence of its own."""
    return PydanticCustomError("sentence", sentence, params or None)


def _one_line(value: str) -> str:
    if any(unicodedata.category(char) in INVISIBLE or char in TURNING for char in value):
        raise refuse(N_("Write this on one line, without control characters."))
    if all(unicodedata.category(char)[0] in "CZM" for char in value):
        raise refuse(REQUIRED)
    return unicodedata.normalize("NFC", value)


def _many_lines(value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(char) in INVISIBLE for char in value if char not in "\n\t"):
        raise refuse(N_("Take the control characters out of this text."))
    return unicodedata.normalize("NFC", value)


def _email(value: str) -> str:
    try:
        checked = validate_email(_one_line(value), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise refuse(N_("Write an e-mail address such as lin@example.com.")) from None
    return checked.normalized.lower()


def _phone(value: str) -> str:
    try:
        parsed = phonenumbers.parse(_one_line(value), locality.here().phone_region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise refuse(
            N_("Write a phone number such as %(example)s, with the country code if it is abroad."),
            example=_phone_example(locality.here().phone_region),
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _phone_example(region: str) -> str:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL) if example else ""


def _ticked(value: Any) -> Any:
    return value in (True, "on", "1", "true", "yes")


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
PhoneNumber = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
PersonName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_one_line)]
ShortText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
LongText = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_many_lines)]
NoteText = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_many_lines)]
PublicId = Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
ClientKey = uuid.UUID
Ticked = Annotated[bool, BeforeValidator(_ticked)]
"""A checkbox: absent is False."""
