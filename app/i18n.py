"""Languages. English message ids are the source; `translations/<locale>/<context>.po` holds every other language.

A catalogue file per context, all merged; there is no compile step, they are read once per process.
"""

import contextlib
import functools
import types
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh")
LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
HTML_LANG = {"en": "en", "zh": "zh-CN"}
FOLDERS = {"zh": "zh_CN"}
TRANSLATIONS = Path(__file__).parent.parent / "translations"

_spoken: ContextVar[str] = ContextVar("language", default="en")
_otherwise: ContextVar[Mapping[str, str]] = ContextVar("otherwise", default=types.MappingProxyType({}))


def N_(message: str) -> str:
    """Marks a message for translation without translating it now."""
    return message


def language() -> str:
    return _spoken.get()


def locale() -> str:
    return LOCALES[language()]


def speak(code: str) -> None:
    """Sets the language of this request or task; an unknown one falls back to English."""
    _spoken.set(code if code in LANGUAGES else "en")


@contextlib.contextmanager
def speaking(code: str) -> Iterator[None]:
    token = _spoken.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


@contextlib.contextmanager
def worded(otherwise: Mapping[str, str]) -> Iterator[None]:
    """Within, these sentences are written otherwise than in the catalogue."""
    token = _otherwise.set(otherwise)
    try:
        yield
    finally:
        _otherwise.reset(token)


def gettext(message: str) -> str:
    return _otherwise.get().get(message) or _catalogue(language()).get(message, message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Chinese has one form, English two; both are kept under the singular id."""
    if language() == "en":
        return singular if n == 1 else plural
    return _catalogue(language()).get(singular, singular if n == 1 else plural)


def translate(message: str, **params: Any) -> str:
    text = gettext(message)
    return text % params if params else text


_ = translate


def localized(en: str, zh: str | None) -> str:
    """Content that the shop keeps in both languages, as columns."""
    return zh if language() == "zh" and zh else en


def negotiate(preferred: str | None, accepts: Any) -> str:
    """The language chosen before, else the best of Accept-Language, else English."""
    if preferred in LANGUAGES:
        return str(preferred)
    for tag, _quality in accepts:
        code = str(tag).lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


@functools.cache
def _catalogue(code: str) -> Mapping[str, str]:
    messages: dict[str, str] = {}
    if code not in FOLDERS:
        return messages
    for path in sorted((TRANSLATIONS / FOLDERS[code]).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                singular = message.id[0] if isinstance(message.id, list | tuple) else message.id
                told = message.string[0] if isinstance(message.string, list | tuple) else message.string
                if singular and told and not message.fuzzy:
                    messages[singular] = told
    return messages
