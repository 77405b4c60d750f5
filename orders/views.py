"""The buyer's page of an order: by the link in the mail, or in the session that ordered."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, url_for

from app import access
from app.access import Policy
from app.db import get_or_404
from app.pages import page
from orders import sheet, tracking
from orders.order import Order

blueprint = Blueprint("orders", __name__)


@blueprint.get("/orders/<public_id>")
def order(public_id: str) -> Response:
    return page("orders/order.html", order=tracking.show(sheet.load(public_id)))


def page_of(order_id: uuid.UUID) -> str:
    """Where a link for this order leads."""
    return url_for("orders.order", public_id=get_or_404(Order, id=order_id).public_id)


def _subject(arguments: dict[str, Any]) -> access.Subject | None:
    return Order.owners(arguments["public_id"])


policies: Mapping[str, Policy] = {"orders.order": access.grant("order", _subject)}
