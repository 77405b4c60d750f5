"""orders: the promise made"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220105"
down_revision = "202611220104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "number_series",
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("next", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("next > 0", name=op.f("ck_number_series_next")),
        sa.ForeignKeyConstraint(
            ["market_key"], ["market.key"], name=op.f("fk_number_series_market_key_market")
        ),
        sa.PrimaryKeyConstraint("market_key", "name", "period", name=op.f("pk_number_series")),
    )
    op.create_table(
        "customer_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method IN ('home_delivery', 'dealer_handover', 'none')", name=op.f("ck_customer_order_method")
        ),
        sa.CheckConstraint(
            "status IN ('placed', 'preparing', 'ready', 'handed_over', 'completed', 'cancelled')",
            name=op.f("ck_customer_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_order_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["market_key"], ["market.key"], name=op.f("fk_customer_order_market_key_market")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_customer_order_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_customer_order_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("cart_id", name=op.f("uq_customer_order_cart_id")),
        sa.UniqueConstraint("market_key", "number", name=op.f("uq_customer_order_market_key_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customer_order_public_id")),
    )
    op.create_index(
        "ix_customer_order_board",
        "customer_order",
        ["recipient_id", "status"],
        unique=False,
        postgresql_where="status IN ('placed', 'preparing', 'ready')",
    )
    op.create_index("ix_customer_order_customer", "customer_order", ["customer_id"], unique=False)
    op.create_index(
        "ix_customer_order_visitor",
        "customer_order",
        ["visitor_id"],
        unique=False,
        postgresql_where="visitor_id IS NOT NULL",
    )
    op.create_table(
        "checklist_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=True),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.CheckConstraint(
            "key IN ('papers_ready', 'car_prepared', 'keys_counted', 'charging_kit', 'balance_received', 'identity_checked', 'odometer_read', 'walk_through', 'signatures')",
            name=op.f("ck_checklist_item_key"),
        ),
        sa.CheckConstraint(
            "closed_at IS NOT NULL OR value IS NULL AND reference IS NULL",
            name=op.f("ck_checklist_item_open_is_empty"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_checklist_item_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
        sa.UniqueConstraint("order_id", "key", name=op.f("uq_checklist_item_order_id_key")),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("odometer_km", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_handover_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_handover_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_handover_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("order_id", name=op.f("uq_handover_order_id")),
    )
    op.create_index(op.f("ix_handover_handed_over_at"), "handover", ["handed_over_at"], unique=False)
    op.create_index(op.f("ix_handover_recipient_id"), "handover", ["recipient_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stock_item_id", sa.Uuid(), nullable=True),
        sa.Column("vehicle_id", sa.Uuid(), nullable=True),
        sa.Column("vin", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("grants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("billing", sa.String(), nullable=False),
        sa.Column("starts", sa.String(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'vehicle') = (stock_item_id IS NOT NULL) AND (kind <> 'vehicle' OR vehicle_id IS NOT NULL)",
            name=op.f("ck_order_line_a_car_is_a_stock_item"),
        ),
        sa.CheckConstraint(
            "billing IN ('once', 'monthly', 'daily', 'yearly')", name=op.f("ck_order_line_billing")
        ),
        sa.CheckConstraint(
            "kind IN ('vehicle', 'charging', 'credits', 'subscription', 'feature', 'partner_product')",
            name=op.f("ck_order_line_kind"),
        ),
        sa.CheckConstraint("starts IN ('today', 'handover')", name=op.f("ck_order_line_starts")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_order_line_price")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 100", name=op.f("ck_order_line_quantity")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_order_line_offer_id_offer")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_line_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["recipient.id"], name=op.f("fk_order_line_seller_id_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name=op.f("fk_order_line_stock_item_id_stock_item")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_order_line_vehicle_id_vehicle")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("id", "order_id", name=op.f("uq_order_line_id_order_id")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_line_order_id_position")),
    )
    op.create_index(
        "ix_order_line_stock_item",
        "order_line",
        ["stock_item_id"],
        unique=False,
        postgresql_where="stock_item_id IS NOT NULL",
    )
    op.create_index(op.f("ix_order_line_vehicle_id"), "order_line", ["vehicle_id"], unique=False)
    op.create_table(
        "order_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "from_status IS NULL OR from_status IN ('placed', 'preparing', 'ready', 'handed_over', 'completed', 'cancelled')",
            name=op.f("ck_order_move_from_status"),
        ),
        sa.CheckConstraint(
            "to_status IN ('placed', 'preparing', 'ready', 'handed_over', 'completed', 'cancelled')",
            name=op.f("ck_order_move_to_status"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_move_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_move")),
    )
    op.create_index("ix_order_move_order", "order_move", ["order_id", "at"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "amount_minor <> 0 AND (purpose = 'refund') = (amount_minor < 0)",
            name=op.f("ck_receipt_only_a_refund_is_negative"),
        ),
        sa.CheckConstraint("method IN ('online', 'bank_transfer')", name=op.f("ck_receipt_method")),
        sa.CheckConstraint(
            "purpose IN ('deposit', 'today', 'balance', 'refund')", name=op.f("ck_receipt_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_receipt_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("reference", name=op.f("uq_receipt_reference")),
    )
    op.create_index("ix_receipt_order", "receipt", ["order_id"], unique=False)
    op.create_table(
        "order_amount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("label", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.CheckConstraint("due IN ('today', 'by_date', 'monthly')", name=op.f("ck_order_amount_due")),
        sa.ForeignKeyConstraint(
            ["line_id", "order_id"],
            ["order_line.id", "order_line.order_id"],
            name=op.f("fk_order_amount_line_id_order_line"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_amount_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amount")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_amount_order_id_position")),
    )


def downgrade() -> None:
    op.drop_table("order_amount")
    op.drop_index("ix_receipt_order", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index("ix_order_move_order", table_name="order_move")
    op.drop_table("order_move")
    op.drop_index(op.f("ix_order_line_vehicle_id"), table_name="order_line")
    op.drop_index(
        "ix_order_line_stock_item", table_name="order_line", postgresql_where="stock_item_id IS NOT NULL"
    )
    op.drop_table("order_line")
    op.drop_index(op.f("ix_handover_recipient_id"), table_name="handover")
    op.drop_index(op.f("ix_handover_handed_over_at"), table_name="handover")
    op.drop_table("handover")
    op.drop_table("checklist_item")
    op.drop_index(
        "ix_customer_order_visitor", table_name="customer_order", postgresql_where="visitor_id IS NOT NULL"
    )
    op.drop_index("ix_customer_order_customer", table_name="customer_order")
    op.drop_index(
        "ix_customer_order_board",
        table_name="customer_order",
        postgresql_where="status IN ('placed', 'preparing', 'ready')",
    )
    op.drop_table("customer_order")
    op.drop_table("number_series")
