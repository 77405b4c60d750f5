"""checkout: a purchase in progress"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220106"
down_revision = "202611220105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_policy_seconds")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_policy")),
    )
    op.create_table(
        "cart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content_hash", sa.String(), server_default="", nullable=False),
        sa.Column("value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("step", sa.String(), server_default="cart", nullable=False),
        sa.Column("checkout_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "last_activity_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("method", sa.String(), server_default="none", nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("slot_held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("payment_trouble", sa.String(), server_default="none", nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("episode_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_episode_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_episode_hash", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ordered') = (order_id IS NOT NULL)", name=op.f("ck_cart_ordered_names_its_order")
        ),
        sa.CheckConstraint(
            "method IN ('none', 'home_delivery', 'dealer_handover')", name=op.f("ck_cart_method")
        ),
        sa.CheckConstraint(
            "payment_trouble IN ('none', 'failed', 'cancelled', 'expired', 'authentication_incomplete', 'refunded')",
            name=op.f("ck_cart_payment_trouble"),
        ),
        sa.CheckConstraint("state IN ('open', 'paying', 'ordered', 'merged')", name=op.f("ck_cart_state")),
        sa.CheckConstraint(
            "step IN ('cart', 'contact', 'handover', 'review', 'pay')", name=op.f("ck_cart_step")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_cart_customer_id_customer")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_cart_market_key_market")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_cart_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_cart_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_cart_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("order_id", name=op.f("uq_cart_order_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_public_id")),
    )
    op.create_index("ix_cart_customer_id", "cart", ["customer_id"], unique=False)
    op.create_index(
        "ix_cart_idle",
        "cart",
        ["last_activity_at"],
        unique=False,
        postgresql_where="state IN ('open', 'paying')",
    )
    op.create_index(
        "uq_cart_visitor_id_live",
        "cart",
        ["visitor_id"],
        unique=True,
        postgresql_where="state IN ('open', 'paying')",
    )
    op.create_table(
        "abandonment_episode",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("episode_no", sa.Integer(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "stage IN ('cart', 'checkout', 'payment')", name=op.f("ck_abandonment_episode_stage")
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_abandonment_episode_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_abandonment_episode_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abandonment_episode")),
        sa.UniqueConstraint("cart_id", "episode_no", name=op.f("uq_abandonment_episode_cart_id_episode_no")),
    )
    op.create_index("ix_abandonment_episode_visitor_id", "abandonment_episode", ["visitor_id"], unique=False)
    op.create_table(
        "cart_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("stock_item_id", sa.Uuid(), nullable=True),
        sa.Column("vehicle_id", sa.Uuid(), nullable=True),
        sa.Column("vin", sa.String(), nullable=True),
        sa.Column("is_for_owned_car", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'vehicle') = (offer_id IS NULL)", name=op.f("ck_cart_line_service_is_an_offer")
        ),
        sa.CheckConstraint(
            "(kind = 'vehicle') = (stock_item_id IS NOT NULL)",
            name=op.f("ck_cart_line_vehicle_is_a_stock_item"),
        ),
        sa.CheckConstraint(
            "kind IN ('vehicle', 'charging', 'credits', 'subscription', 'feature', 'partner_product')",
            name=op.f("ck_cart_line_kind"),
        ),
        sa.CheckConstraint(
            "quantity = 1 OR kind = 'credits'", name=op.f("ck_cart_line_more_than_one_of_credits_only")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_cart_line_price")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 10", name=op.f("ck_cart_line_quantity")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id_cart")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_cart_line_offer_id_offer")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["recipient.id"], name=op.f("fk_cart_line_seller_id_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name=op.f("fk_cart_line_stock_item_id_stock_item")
        ),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_cart_line_vehicle_id_vehicle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_line_public_id")),
    )
    op.create_index(
        "ix_cart_line_cart_id", "cart_line", ["cart_id"], unique=False, postgresql_where="removed_at IS NULL"
    )
    op.create_index(
        "uq_cart_line_offer",
        "cart_line",
        ["cart_id", "offer_id", "vehicle_id"],
        unique=True,
        postgresql_where="removed_at IS NULL AND offer_id IS NOT NULL",
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_cart_line_stock_item",
        "cart_line",
        ["cart_id", "stock_item_id"],
        unique=True,
        postgresql_where="removed_at IS NULL AND stock_item_id IS NOT NULL",
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="created", nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_session", sa.String(), nullable=True),
        sa.Column("provider_reference", sa.String(), nullable=True),
        sa.Column("page_url", sa.String(), nullable=True),
        sa.Column("page_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("promise", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_authenticating", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("decline_code", sa.String(), nullable=True),
        sa.Column("captured_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "look_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "purpose <> 'balance' OR order_id IS NOT NULL", name=op.f("ck_payment_balance_names_its_order")
        ),
        sa.CheckConstraint(
            "purpose <> 'today' OR cart_id IS NOT NULL", name=op.f("ck_payment_today_names_its_cart")
        ),
        sa.CheckConstraint("purpose IN ('today', 'balance')", name=op.f("ck_payment_purpose")),
        sa.CheckConstraint(
            "state IN ('created', 'open', 'processing', 'captured', 'declined', 'cancelled', 'expired')",
            name=op.f("ck_payment_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint(
            "captured_minor >= 0 AND refunded_minor BETWEEN 0 AND captured_minor",
            name=op.f("ck_payment_sums"),
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_payment_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_payment_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_payment_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_idempotency_key")),
        sa.UniqueConstraint(
            "provider", "provider_reference", name=op.f("uq_payment_provider_provider_reference")
        ),
        sa.UniqueConstraint(
            "provider", "provider_session", name=op.f("uq_payment_provider_provider_session")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_public_id")),
    )
    op.create_index("ix_payment_cart_id", "payment", ["cart_id"], unique=False)
    op.create_index(
        "ix_payment_due",
        "payment",
        ["look_at"],
        unique=False,
        postgresql_where="state IN ('created', 'open', 'processing')",
    )
    op.create_index("ix_payment_order_id", "payment", ["order_id"], unique=False)
    op.create_index(
        "uq_payment_live_balance",
        "payment",
        ["order_id"],
        unique=True,
        postgresql_where="purpose = 'balance' AND state IN ('created', 'open', 'processing')",
    )
    op.create_index(
        "uq_payment_live_cart",
        "payment",
        ["cart_id"],
        unique=True,
        postgresql_where="purpose = 'today' AND state IN ('created', 'open', 'processing')",
    )
    op.create_table(
        "payment_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_event_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint(
            "payment_id", "kind", "reference", name=op.f("uq_payment_event_payment_id_kind_reference")
        ),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="owed", nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("source", sa.String(), server_default="house", nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("provider_refund", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "look_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint("source IN ('house', 'provider')", name=op.f("ck_refund_source")),
        sa.CheckConstraint(
            "state IN ('owed', 'requested', 'succeeded', 'failed')", name=op.f("ck_refund_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_idempotency_key")),
        sa.UniqueConstraint("provider_refund", name=op.f("uq_refund_provider_refund")),
        sa.UniqueConstraint("public_id", name=op.f("uq_refund_public_id")),
    )
    op.create_index(
        "ix_refund_due",
        "refund",
        ["look_at"],
        unique=False,
        postgresql_where="state IN ('owed', 'requested')",
    )
    op.create_index("ix_refund_payment_id", "refund", ["payment_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refund_payment_id", table_name="refund")
    op.drop_index("ix_refund_due", table_name="refund", postgresql_where="state IN ('owed', 'requested')")
    op.drop_table("refund")
    op.drop_table("payment_event")
    op.drop_index(
        "uq_payment_live_cart",
        table_name="payment",
        postgresql_where="purpose = 'today' AND state IN ('created', 'open', 'processing')",
    )
    op.drop_index(
        "uq_payment_live_balance",
        table_name="payment",
        postgresql_where="purpose = 'balance' AND state IN ('created', 'open', 'processing')",
    )
    op.drop_index("ix_payment_order_id", table_name="payment")
    op.drop_index(
        "ix_payment_due", table_name="payment", postgresql_where="state IN ('created', 'open', 'processing')"
    )
    op.drop_index("ix_payment_cart_id", table_name="payment")
    op.drop_table("payment")
    op.drop_index(
        "uq_cart_line_stock_item",
        table_name="cart_line",
        postgresql_where="removed_at IS NULL AND stock_item_id IS NOT NULL",
    )
    op.drop_index(
        "uq_cart_line_offer",
        table_name="cart_line",
        postgresql_where="removed_at IS NULL AND offer_id IS NOT NULL",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_cart_line_cart_id", table_name="cart_line", postgresql_where="removed_at IS NULL")
    op.drop_table("cart_line")
    op.drop_index("ix_abandonment_episode_visitor_id", table_name="abandonment_episode")
    op.drop_table("abandonment_episode")
    op.drop_index(
        "uq_cart_visitor_id_live", table_name="cart", postgresql_where="state IN ('open', 'paying')"
    )
    op.drop_index("ix_cart_idle", table_name="cart", postgresql_where="state IN ('open', 'paying')")
    op.drop_index("ix_cart_customer_id", table_name="cart")
    op.drop_table("cart")
    op.drop_table("policy")
