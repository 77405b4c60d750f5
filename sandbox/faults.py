"""Faults on demand: what a payment provider does on a bad day, one request at a time.

``before`` faults leave no trace; ``after`` faults happen when the effect is already on record.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sandbox.refusal import Object, bad_parameter
from sandbox.store import Book

KINDS = (
    "slow",
    "conflict_409",
    "error_500_before",
    "error_500_after",
    "timeout_after",
    "cut_after",
    "alter_after",
)
MODES = ("on", "off", "hold", "duplicate", "reorder")
LONGEST_S = 120.0


@dataclass(frozen=True)
class Fault:
    """Met by ``times`` requests of this ``method`` and ``path`` pattern; ``change`` is for alter_after."""

    do: str
    path: str = "/v1/*"
    method: str = "*"
    seconds: float = 0.0
    times: int = 1
    change: Object = field(default_factory=dict)

    def meets(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and fnmatchcase(path, self.path)


def arrange(book: Book, wish: Object) -> Object:
    unknown = set(wish) - {"webhooks", "copies", "next"}
    if unknown:
        raise bad_parameter(min(unknown), f"Unknown switch: {min(unknown)}")
    if "webhooks" in wish:
        set_mode(book, wish["webhooks"], wish.get("copies", 2))
    if "next" in wish:
        book.keep_setting("faults", [vars(read(item)) for item in wish["next"]])
    return current(book)


def set_mode(book: Book, mode: Any, copies: Any) -> None:
    if mode not in MODES:
        raise bad_parameter("webhooks", f"webhooks has to be one of {', '.join(MODES)}")
    if not isinstance(copies, int) or not 1 <= copies <= 20:
        raise bad_parameter("copies", "copies has to be between 1 and 20")
    book.keep_setting("webhooks", {"mode": mode, "copies": copies})


def read(item: Any) -> Fault:
    if not isinstance(item, dict) or set(item) - set(Fault.__dataclass_fields__):
        raise bad_parameter("next", "A fault has do, path, method, seconds, times and change.")
    fault = Fault(**item)
    if fault.do not in KINDS:
        raise bad_parameter("next", f"do has to be one of {', '.join(KINDS)}")
    if not 0 <= fault.seconds <= LONGEST_S or fault.times < 1:
        raise bad_parameter("next", f"seconds go from 0 to {LONGEST_S:.0f}, times from 1")
    return fault


def take(book: Book, method: str, path: str) -> Fault | None:
    """The first fault that meets this request, used up once more."""
    waiting = [Fault(**item) for item in book.setting("faults", [])]
    for place, fault in enumerate(waiting):
        if fault.meets(method, path):
            left = [] if fault.times == 1 else [Fault(**vars(fault) | {"times": fault.times - 1})]
            book.keep_setting(
                "faults", [vars(item) for item in waiting[:place] + left + waiting[place + 1 :]]
            )
            return fault
    return None


def current(book: Book) -> Object:
    mode = book.setting("webhooks", {"mode": "on", "copies": 2})
    return {"webhooks": mode["mode"], "copies": mode["copies"], "next": book.setting("faults", [])}
