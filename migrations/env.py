"""Alembic's environment: the house's own engine and metadata, a lock timeout so that no migration queues behind traffic."""

from alembic import context
from sqlalchemy import text

from app.db import Model, engine
from app.schema import load_models

load_models()


def include_object(obj: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    return not (type_ == "table" and name == "clock_offset")


with engine().connect() as connection:
    connection.execute(text("SET lock_timeout = '5s'; SET statement_timeout = 0"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        include_object=include_object,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
