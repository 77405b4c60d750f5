"""Letters, from plain-text templates: the subject is the first line, the text the rest."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import i18n, pages, wording
from app.deliveries import Mail
from app.i18n import speaking, worded

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class Sample:
    """A letter as somebody may look at it before it is sent. `label` is a message id; `facts` makes up what it tells."""

    label: str
    facts: Callable[[datetime], Mapping[str, Any]]


_LABEL = re.compile(r"^([^\n：]{1,16}：) (?=\S)", re.MULTILINE)
"""A label and its value: a full-width colon brings the space along."""

_samples: Mapping[str, Sample] = {}


def install(samples: Mapping[str, Sample]) -> None:
    global _samples
    _samples = samples


def samples() -> Mapping[str, Sample]:
    """Every letter of the house by its template, in the order of the floors."""
    return _samples


def letter(template: str, to: str, language: str, /, **facts: Any) -> Mail:
    """`template` is a file under templates/, such as conversations/mail/answer.txt."""
    with speaking(language), worded(wording.in_force(language)):
        written = _environment().get_template(template).render(facts)
    subject, _, text = _LABEL.sub(r"\1", written.strip()).partition("\n")
    return Mail(to=to, subject=" ".join(subject.split()), text=text.strip() + "\n", language=language)


def sentences(template: str) -> list[str]:
    """The message ids of a letter, in the order in which they stand in it."""
    source = (TEMPLATES / template).read_text(encoding="utf-8")
    found = _environment().extract_translations(source)  # type: ignore[attr-defined]
    ids = [message if isinstance(message, str) else message[0] for _line, _name, message in found]
    return list(dict.fromkeys(ids))


@functools.cache
def _environment() -> Environment:
    """Plain text: nothing is escaped, because nothing here is read as markup."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True
    )
    environment.filters.update(pages.FILTERS)
    environment.filters["datetime"] = pages.dated  # nobody knows on which day a letter is read
    environment.globals.update(localized=i18n.localized)
    return environment
