"""Figures keep the device, the language and the currency: a picture can be narrowed, and no two currencies add up.

What was counted before has no device and no language.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220217"
down_revision = "202611220216"
branch_labels = None
depends_on = None

FIGURE_KEY = ["market_key", "on_day", "name", "part", "reason"]
BUCKET_KEY = ["market_key", "hour", "asked", "recipient_kind"]


def upgrade() -> None:
    for table, columns in (
        ("visit_day", ("language",)),
        ("day_figure", ("device", "language", "currency")),
        ("answer_bucket", ("device", "language")),
    ):
        for column in columns:
            op.add_column(table, sa.Column(column, sa.String(), server_default="", nullable=False))
    op.execute(
        "UPDATE day_figure f SET currency = m.currency FROM market m"
        " WHERE m.key = f.market_key AND f.value_minor <> 0"
    )
    _key("visit_day", ["on", "market_key", "device", "language"])
    _key("day_figure", [*FIGURE_KEY, "device", "language", "currency"])
    _key("answer_bucket", [*BUCKET_KEY, "device", "language", "bucket"])


def downgrade() -> None:
    """What was told apart is added up again; of two currencies the market's own stays."""
    op.execute(
        "DELETE FROM day_figure f USING market m"
        " WHERE m.key = f.market_key AND f.currency NOT IN ('', m.currency)"
    )
    _add_up("visit_day", '"on", market_key, device', "visits, configured", ("language",))
    _add_up("day_figure", ", ".join(FIGURE_KEY), "count, value_minor", ("device", "language", "currency"))
    _add_up("answer_bucket", ", ".join([*BUCKET_KEY, "bucket"]), "count", ("device", "language"))
    _key("visit_day", ["on", "market_key", "device"])
    _key("day_figure", FIGURE_KEY)
    _key("answer_bucket", [*BUCKET_KEY, "bucket"])


def _key(table: str, columns: list[str]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS pk_{table}")
    op.create_primary_key(op.f(f"pk_{table}"), table, columns)


def _add_up(table: str, key: str, figures: str, apart: tuple[str, ...]) -> None:
    sums = ", ".join(f"sum({figure}) AS {figure}" for figure in figures.split(", "))
    op.execute(
        f"CREATE TEMPORARY TABLE added_up ON COMMIT DROP AS SELECT {key}, {sums} FROM {table} GROUP BY {key}"
    )
    op.execute(f"TRUNCATE {table}")
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}")
    for column in apart:
        op.drop_column(table, column)
    op.execute(f"INSERT INTO {table} ({key}, {figures}) SELECT * FROM added_up")
    op.execute("DROP TABLE added_up")
