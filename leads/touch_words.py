"""How a try to reach somebody may go, in one tap, and what follows from it."""

from collections.abc import Mapping
from typing import Literal, get_args

from app.i18n import N_

Touch = Literal[
    "reached",
    "no_answer",
    "wrong_number",
    "test_drive_agreed",
    "won",
    "bought_elsewhere",
    "not_interested",
]
TOUCHES: tuple[str, ...] = get_args(Touch)
TOUCH_NAMES: Mapping[str, str] = {
    "reached": N_("Reached"),
    "no_answer": N_("No answer"),
    "wrong_number": N_("Wrong number"),
    "test_drive_agreed": N_("Test drive agreed"),
    "won": N_("Won"),
    "bought_elsewhere": N_("Bought elsewhere"),
    "not_interested": N_("Not interested"),
}
TOUCH_KEYS: Mapping[str, str] = {
    "reached": "1",
    "no_answer": "2",
    "wrong_number": "3",
    "test_drive_agreed": "4",
    "won": "5",
    "bought_elsewhere": "6",
    "not_interested": "7",
}
WORKED = ("reached", "test_drive_agreed", "won")
"""After these the advice counts as having worked."""
LOSING = ("bought_elsewhere", "not_interested")
