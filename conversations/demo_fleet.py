"""The demo's demo cars: each dealer keeps one of every model that it has new."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import session, transaction
from app.ids import public_id, uuid7
from catalog.models import Model, StockItem, Vehicle
from conversations.demo_cars import DemoCar


def demo(at: datetime) -> None:
    with transaction():
        kept = session().execute(
            select(StockItem.recipient_id, Model.id, Model.name, Model.name_zh)
            .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
            .join(Model, Model.id == Vehicle.model_id)
            .where(StockItem.condition == "new", StockItem.state == "available")
            .distinct()
        )
        rows = [
            {
                "id": uuid7(),
                "public_id": public_id(),
                "recipient_id": recipient_id,
                "model_id": model_id,
                "name": f"{name}, our own",
                "name_zh": f"{name_zh or name} 试驾车",
            }
            for recipient_id, model_id, name, name_zh in kept
        ]
        if rows:
            session().execute(insert(DemoCar).values(rows).on_conflict_do_nothing())
