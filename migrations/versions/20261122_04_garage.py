"""garage: what a customer has"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220104"
down_revision = "202611220103"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_bucket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("granted > 0", name=op.f("ck_credit_bucket_granted")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_bucket_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_bucket")),
        sa.UniqueConstraint("source", name=op.f("uq_credit_bucket_source")),
    )
    op.create_index("ix_credit_bucket_customer", "credit_bucket", ["customer_id", "expires_at"], unique=False)
    op.create_table(
        "entitlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("grants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=True),
        sa.Column("billing", sa.String(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_ended", sa.String(), nullable=True),
        sa.CheckConstraint(
            "billing IN ('once', 'monthly', 'daily', 'yearly')", name=op.f("ck_entitlement_billing")
        ),
        sa.CheckConstraint(
            "family IN ('charging', 'credits', 'subscription', 'feature', 'partner_product')",
            name=op.f("ck_entitlement_family"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'expired', 'revoked')", name=op.f("ck_entitlement_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'expired') OR starts_at IS NOT NULL",
            name=op.f("ck_entitlement_active_since"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_entitlement_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["market_key"], ["market.key"], name=op.f("fk_entitlement_market_key_market")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_entitlement_vehicle_id_vehicle")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_entitlement_order_line_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_entitlement_public_id")),
    )
    op.create_index("ix_entitlement_customer", "entitlement", ["customer_id", "state"], unique=False)
    op.create_index(
        "ix_entitlement_ends",
        "entitlement",
        ["ends_at"],
        unique=False,
        postgresql_where="state = 'active' AND ends_at IS NOT NULL",
    )
    op.create_index(op.f("ix_entitlement_vehicle_id"), "entitlement", ["vehicle_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("tx_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("idem", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("bucket_id", sa.Uuid(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_amount")),
        sa.CheckConstraint("leg >= 0", name=op.f("ck_ledger_entry_leg")),
        sa.ForeignKeyConstraint(
            ["bucket_id"], ["credit_bucket.id"], name=op.f("fk_ledger_entry_bucket_id_credit_bucket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("idem", "leg", name=op.f("uq_ledger_entry_idem_leg")),
        sa.UniqueConstraint("tx_id", "leg", name=op.f("uq_ledger_entry_tx_id_leg")),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account", "currency"], unique=False)
    op.create_index(
        "ix_ledger_entry_bucket",
        "ledger_entry",
        ["bucket_id"],
        unique=False,
        postgresql_where="bucket_id IS NOT NULL",
    )
    op.create_table(
        "owned_vehicle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_owned_vehicle_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_owned_vehicle_vehicle_id_vehicle")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owned_vehicle")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_owned_vehicle_order_line_id")),
    )
    op.create_index("ix_owned_vehicle_customer", "owned_vehicle", ["customer_id"], unique=False)
    op.create_index(
        "uq_owned_vehicle_vehicle_id",
        "owned_vehicle",
        ["vehicle_id"],
        unique=True,
        postgresql_where="until_at IS NULL",
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_subscription_state")),
        sa.CheckConstraint("period_starts_on < period_ends_on", name=op.f("ck_subscription_period")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_subscription_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlement.id"], name=op.f("fk_subscription_entitlement_id_entitlement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("entitlement_id", name=op.f("uq_subscription_entitlement_id")),
    )
    op.create_index(op.f("ix_subscription_customer_id"), "subscription", ["customer_id"], unique=False)
    op.create_index(
        "ix_subscription_due",
        "subscription",
        ["period_ends_on"],
        unique=False,
        postgresql_where="state = 'active'",
    )


def downgrade() -> None:
    op.drop_index("ix_subscription_due", table_name="subscription", postgresql_where="state = 'active'")
    op.drop_index(op.f("ix_subscription_customer_id"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_index(
        "uq_owned_vehicle_vehicle_id", table_name="owned_vehicle", postgresql_where="until_at IS NULL"
    )
    op.drop_index("ix_owned_vehicle_customer", table_name="owned_vehicle")
    op.drop_table("owned_vehicle")
    op.drop_index(
        "ix_ledger_entry_bucket", table_name="ledger_entry", postgresql_where="bucket_id IS NOT NULL"
    )
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index(op.f("ix_entitlement_vehicle_id"), table_name="entitlement")
    op.drop_index(
        "ix_entitlement_ends",
        table_name="entitlement",
        postgresql_where="state = 'active' AND ends_at IS NOT NULL",
    )
    op.drop_index("ix_entitlement_customer", table_name="entitlement")
    op.drop_table("entitlement")
    op.drop_index("ix_credit_bucket_customer", table_name="credit_bucket")
    op.drop_table("credit_bucket")
