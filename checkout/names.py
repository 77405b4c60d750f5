"""What somebody calls themselves in a shared cart: any script and any sign, as long as it stays within its line.

Characters that steer are taken out: controls, and those that turn the direction of what follows. Whoever shows a name
sets it apart (`<bdi>`), since a name written from right to left is a name all the same.
"""

import unicodedata
from collections.abc import Iterator

from app.characters import JOINERS, clusters
from app.forms import REQUIRED, TURNING, refuse
from app.i18n import N_

LONGEST = 40
"""Characters as a reader counts them: a letter with its marks is one, a family of emoji too."""
MOST_MARKS = 4
"""Marks above and below one letter; more only climb over the lines around."""

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def told(value: str) -> str:
    """The name as it is kept; raises a sentence for the field when nothing is left or too much."""
    cleaned = "".join(_kept(unicodedata.normalize("NFC", value)))
    name = " ".join(cleaned.split())
    if not any(unicodedata.category(char)[0] in "LNSP" for char in name):
        raise refuse(REQUIRED)
    if len(clusters(name)) > LONGEST:
        raise refuse(N_("Shorten this to %(max_length)s characters."), max_length=LONGEST)
    return name


def _kept(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Zs" or char in "\t\n\r":
            yield " "
        elif char not in TURNING and (kind not in _DROPPED or char in JOINERS):
            marks = marks + 1 if kind in ("Mn", "Me") else 0
            if marks <= MOST_MARKS:
                yield char
