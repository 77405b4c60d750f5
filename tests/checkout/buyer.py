"""A buyer who goes through cart and checkout without script."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.db import close_reading, session
from catalog.models import StockItem

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
ADDRESS = {"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"}


class Buyer:
    """A browser without script: takes the token from a form and posts it back."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def see(self, path: str, **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def post(self, path: str, **form: Any) -> Any:
        return self.send(path, form)

    def send(self, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        page = self.client.get("/staff/sign-in").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return self.client.post(path, data={"csrf_token": found.group(1), **form}, headers=headers)

    def add_car(self, item: StockItem) -> Any:
        return self.post("/cart/lines", stock_item=item.public_id)

    def give_contact(self, **changed: Any) -> Any:
        return self.post("/checkout/contact", **({"name": "Ada Buys", "email": "ada@example.com"} | changed))

    def review(self) -> dict[str, str]:
        html = self.see("/checkout/review")
        return {
            name: re.search(rf'name="{name}" value="([^"]+)"', html)[1]  # type: ignore[index]
            for name in ("cart", "expected_total", "content_hash")
        }


def count(model: Any, *where: Any) -> int:
    close_reading()
    found = session().scalar(select(func.count()).select_from(model).where(*where)) or 0
    close_reading()
    return found
