"""Whether every text shown to people has its Chinese, and whether the Chinese keeps its placeholders."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.floors import FLOORS, GROUND
from app.i18n import FOLDERS, TRANSLATIONS

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "translate": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)")
PLURAL_ONLY_IN_ENGLISH = "ngettext"


def faults() -> list[str]:
    """A sentence per text that lacks a translation, changes its placeholders, or is translated twice differently."""
    found: list[str] = []
    for language, folder in FOLDERS.items():
        told, doubles = _catalogue(TRANSLATIONS / folder)
        found += doubles
        for message, place in sorted(messages().items()):
            if not told.get(message):
                found.append(f"{place}: no {language} text for {message!r}")
            elif set(PLACEHOLDER.findall(message)) - {"n"} != set(PLACEHOLDER.findall(told[message])) - {"n"}:
                found.append(f"{place}: the {language} text has other placeholders than {message!r}")
    return found


def messages() -> Mapping[str, str]:
    """Message id -> a place where it stands."""
    return {message: place for place, message in _extracted()}


def _extracted() -> Iterator[tuple[str, str]]:
    for folder in (GROUND, *FLOORS):
        if not (ROOT / folder).is_dir():
            continue
        for name, line, message, _, _ in extract_from_dir(
            ROOT / folder, method_map=[("**.py", "python")], keywords=KEYWORDS
        ):
            if text := _singular(message):
                yield f"{folder}/{name}:{line}", text
    for name, line, message, _, _ in extract_from_dir(
        ROOT / "templates",
        method_map=[("**.html", "jinja2.ext:babel_extract"), ("**.txt", "jinja2.ext:babel_extract")],
        keywords=KEYWORDS,
        options_map={"**": {"trimmed": "false", "newstyle_gettext": "true"}},
    ):
        if text := _singular(message):
            yield f"templates/{name}:{line}", text


def _singular(message: str | Sequence[str] | None) -> str:
    return message if isinstance(message, str) else (message or ("",))[0]


def _catalogue(folder: Path) -> tuple[dict[str, str], list[str]]:
    told: dict[str, str] = {}
    doubles: list[str] = []
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if not message.id or message.fuzzy:
                    continue
                singular = _singular(message.id)
                text = _singular(message.string)
                if told.get(singular, text) != text:
                    doubles.append(
                        f"{path.name}: another text for {singular!r} stands in an earlier catalogue"
                    )
                told[singular] = text
    return told, doubles
