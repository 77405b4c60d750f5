"""Figures kept for the pictures of the manager."""

import sqlalchemy as sa
from alembic import op

revision = "202611220209"
down_revision = "202611220208"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_figure",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_day_figure_market_key_market")),
        sa.PrimaryKeyConstraint(
            "market_key", "on_day", "name", "part", "reason", name=op.f("pk_day_figure")
        ),
    )
    op.create_table(
        "answer_bucket",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("asked IN ('person', 'lead')", name=op.f("ck_answer_bucket_asked")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_answer_bucket_market_key_market")),
        sa.PrimaryKeyConstraint(
            "market_key", "hour", "asked", "recipient_kind", "bucket", name=op.f("pk_answer_bucket")
        ),
    )
    op.create_index(
        "ix_lead_move_contacted", "lead_move", ["at"], postgresql_where=sa.text("to_status = 'contacted'")
    )
    op.create_index("ix_abandonment_episode_detected_at", "abandonment_episode", ["detected_at"])
    op.create_index("ix_customer_order_placed_at", "customer_order", ["placed_at"])


def downgrade() -> None:
    op.drop_index("ix_customer_order_placed_at", table_name="customer_order")
    op.drop_index("ix_abandonment_episode_detected_at", table_name="abandonment_episode")
    op.drop_index("ix_lead_move_contacted", table_name="lead_move")
    op.drop_table("answer_bucket")
    op.drop_table("day_figure")
