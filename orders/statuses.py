"""Where an order stands, and from where it may go where."""

from collections.abc import Mapping

from app.i18n import N_, translate

PLACED = "placed"
PREPARING = "preparing"
READY = "ready"
HANDED_OVER = "handed_over"
COMPLETED = "completed"
CANCELLED = "cancelled"

STATUSES = (PLACED, PREPARING, READY, HANDED_OVER, COMPLETED, CANCELLED)
BEFORE_HANDOVER = (PLACED, PREPARING, READY)

MOVES: Mapping[str, frozenset[str]] = {
    PLACED: frozenset({PREPARING, COMPLETED, CANCELLED}),
    PREPARING: frozenset({READY, CANCELLED}),
    READY: frozenset({PREPARING, HANDED_OVER, CANCELLED}),
    HANDED_OVER: frozenset(),
    COMPLETED: frozenset(),
    CANCELLED: frozenset(),
}
"""An order with a car goes placed, preparing, ready, handed over; one without a car is completed as it is placed."""

NAMES: Mapping[str, str] = {
    PLACED: N_("placed"),
    PREPARING: N_("being prepared"),
    READY: N_("ready"),
    HANDED_OVER: N_("handed over"),
    COMPLETED: N_("completed"),
    CANCELLED: N_("cancelled"),
}


def may_move(here: str, there: str) -> bool:
    return there in MOVES.get(here, frozenset())


def told(status: str) -> str:
    """Its name in the reader's language."""
    return translate(NAMES[status])
