"""Letters, from plain-text templates: the subject is the first line, the text the rest."""

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import i18n, pages
from app.deliveries import Mail
from app.i18n import speaking

TEMPLATES = Path(__file__).parent.parent / "templates"


def letter(template: str, to: str, language: str, /, **facts: Any) -> Mail:
    """`template` is a file under templates/, such as conversations/mail/answer.txt."""
    with speaking(language):
        written = _environment().get_template(template).render(facts)
    subject, _, text = written.strip().partition("\n")
    return Mail(to=to, subject=" ".join(subject.split()), text=text.strip() + "\n", language=language)


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
    environment.globals.update(localized=i18n.localized)
    return environment
