"""The dealer's page of one order, whole: for every view that ends on it."""

from collections.abc import Sequence

from flask import Response, current_app, request

from app import sessions
from app.access import require_recipient
from app.errors import Refusal
from app.i18n import _
from app.pages import page
from orders import desk, handing, sheet, statuses, transfer_desk, transfers
from orders.refusals import ItemNotFound, OrderNotFound
from orders.sheet import Sheet
from orders.transfer_desk import MovingRow
from partners.models import Recipient


def render(
    public_id: str,
    refused: Refusal | None = None,
    key: str | None = None,
    place: int | None = None,
    form: str = "",
) -> Response:
    """With what was refused: at a point of the checklist (`key`), a car to build (`place`) or a form beside them.

    Raises OrderNotFound, ItemNotFound, and NotYours for an order of another dealer.
    """
    found = sheet.load(public_id)
    require_recipient(found.order.recipient_id, OrderNotFound)
    if key is not None and key not in found.items:
        raise ItemNotFound()
    written = handing.load(found)
    names = sheet.staff_names(found, *written.actors)
    text = refused.text if refused is not None and not form else ""
    return page(
        "orders/dealer_order.html",
        status=refused.status if refused else 200,
        desk=desk.show(found, names, request.form, text, key, place),
        handing=handing.show(found, written, names, _who_signs(), request.form, refused, form),
        room=_room(found.dealer),
        coming=_coming(found),
        keys=_keys(),
        has_panel="customer_panel.panel" in current_app.view_functions,
    )


def _coming(found: Sheet) -> Sequence[MovingRow]:
    """Its cars that are still to come from another dealer."""
    to_prepare = found.order.status == statuses.PLACED
    moving = transfers.moving(order_id=found.order.id) if to_prepare else []
    return transfer_desk.rows_of(moving, (found.order.recipient_id,))


def _keys() -> list[tuple[str, str]]:
    return [
        ("J", ""),
        ("K", _("walk")),
        ("A", _("accept")),
        ("P", _("prepare")),
        ("R", _("ready")),
        ("T", _("task")),
        ("O", _("on the way")),
        ("E", _("enter the code")),
        ("S", _("sign")),
        ("F", _("photo")),
        ("N", _("note")),
        ("H", _("hand over")),
        ("B", _("board")),
    ]


def _who_signs() -> str:
    principal = sessions.current().staff
    return principal.name if principal is not None else ""


def _room(dealer: Recipient | None) -> str:
    return dealer.public_id if dealer is not None else ""
