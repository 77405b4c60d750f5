"""Lanes come and go, are closed for a while, and cars follow their orders to another dealer."""

import sqlalchemy as sa
from alembic import op

revision = "202611220212"
down_revision = "202611220211"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lane", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "lane_closure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("lane_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_lane_closure_starts_before_it_ends")),
        sa.CheckConstraint("char_length(reason) BETWEEN 1 AND 120", name=op.f("ck_lane_closure_reason")),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_lane_closure_lane_id_lane")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_lane_closure_closed_by_staff")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_lane_closure_lifted_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_closure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lane_closure_public_id")),
    )
    op.create_index(
        op.f("ix_lane_closure_lane_id_ends_at"),
        "lane_closure",
        ["lane_id", "ends_at"],
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "car_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("stock_item_id", sa.Uuid(), nullable=False),
        sa.Column("from_recipient_id", sa.Uuid(), nullable=False),
        sa.Column("to_recipient_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(), nullable=True),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_recipient_id <> to_recipient_id", name=op.f("ck_car_transfer_it_moves")),
        sa.CheckConstraint(
            "received_at IS NULL OR sent_at IS NOT NULL", name=op.f("ck_car_transfer_sent_before_received")
        ),
        sa.CheckConstraint(
            "received_at IS NULL OR called_off_at IS NULL", name=op.f("ck_car_transfer_received_or_called_off")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_car_transfer_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name=op.f("fk_car_transfer_stock_item_id_stock_item")
        ),
        sa.ForeignKeyConstraint(
            ["from_recipient_id"], ["recipient.id"], name=op.f("fk_car_transfer_from_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["to_recipient_id"], ["recipient.id"], name=op.f("fk_car_transfer_to_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_car_transfer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_car_transfer_public_id")),
    )
    op.create_index(
        op.f("uq_car_transfer_stock_item_id"),
        "car_transfer",
        ["stock_item_id"],
        unique=True,
        postgresql_where=sa.text("received_at IS NULL AND called_off_at IS NULL"),
    )
    for end in ("from", "to"):
        op.create_index(
            op.f(f"ix_car_transfer_{end}"),
            "car_transfer",
            [f"{end}_recipient_id"],
            postgresql_where=sa.text("received_at IS NULL AND called_off_at IS NULL"),
        )
    op.create_index(op.f("ix_car_transfer_order_id"), "car_transfer", ["order_id"])


def downgrade() -> None:
    op.drop_table("car_transfer")
    op.drop_table("lane_closure")
    op.drop_column("lane", "retired_at")
