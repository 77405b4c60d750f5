"""What a buyer moves or cancels on an order."""

import sqlalchemy as sa
from alembic import op

revision = "202611220195"
down_revision = "202611220194"
branch_labels = None
depends_on = None


def _created_at() -> sa.Column:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "order_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("from_method", sa.String(), nullable=False),
        sa.Column("to_method", sa.String(), nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delta_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "from_method IN ('home_delivery', 'dealer_handover')", name=op.f("ck_order_change_from_method")
        ),
        sa.CheckConstraint(
            "to_method IN ('home_delivery', 'dealer_handover')", name=op.f("ck_order_change_to_method")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_change_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
    )
    op.create_index("ix_order_change_order", "order_change", ["order_id", "at"], unique=False)
    op.create_table(
        "order_refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('owed', 'returned', 'failed', 'by_hand')", name=op.f("ck_order_refund_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_order_refund_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_refund_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_refund")),
        sa.UniqueConstraint("reference", name=op.f("uq_order_refund_reference")),
    )
    op.create_index("ix_order_refund_order", "order_refund", ["order_id"], unique=False)
    op.create_index(
        "ix_order_refund_stuck",
        "order_refund",
        ["moved_at"],
        unique=False,
        postgresql_where="state IN ('failed', 'by_hand')",
    )
    op.drop_constraint(op.f("ck_receipt_purpose"), "receipt")
    op.create_check_constraint(
        op.f("ck_receipt_purpose"),
        "receipt",
        "purpose IN ('deposit', 'today', 'balance', 'refund', 'bounced')",
    )
    op.add_column("owned_vehicle", sa.Column("odometer_km", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("owned_vehicle", "odometer_km")
    op.drop_constraint(op.f("ck_receipt_purpose"), "receipt")
    op.create_check_constraint(
        op.f("ck_receipt_purpose"),
        "receipt",
        "purpose IN ('deposit', 'today', 'balance', 'refund')",
        postgresql_not_valid=True,
    )
    op.drop_table("order_refund")
    op.drop_table("order_change")
