"""catalog: what can be bought, and its holds"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220103"
down_revision = "202611220102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("make_slug", sa.String(), nullable=False),
        sa.Column("make_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("trim_name", sa.String(), nullable=True),
        sa.Column("variant_name", sa.String(), nullable=True),
        sa.Column("tagline", sa.String(), nullable=True),
        sa.Column("tagline_zh", sa.String(), nullable=True),
        sa.Column("body_style", sa.String(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("doors", sa.Integer(), nullable=True),
        sa.Column("drivetrain", sa.String(), nullable=True),
        sa.Column("power_kw", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("torque_nm", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("battery_gross_kwh", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("battery_net_kwh", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("ac_kw", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("dc_kw", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("acceleration_s", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("top_speed_kmh", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("height_mm", sa.Integer(), nullable=True),
        sa.Column("wheelbase_mm", sa.Integer(), nullable=True),
        sa.Column("weight_kg", sa.Integer(), nullable=True),
        sa.Column("cargo_l", sa.Integer(), nullable=True),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_version", sa.String(), nullable=True),
        sa.Column("licence", sa.String(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.CheckConstraint("origin IN ('house', 'imported')", name=op.f("ck_model_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("slug", name=op.f("uq_model_slug")),
    )
    op.create_index("ix_model_listing", "model", ["origin", "make_slug", "slug"], unique=False)
    op.create_table(
        "equipment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("range_delta_km", sa.Integer(), server_default="0", nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "family IN ('paint', 'wheels', 'interior', 'extra')", name=op.f("ck_equipment_family")
        ),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_equipment_market_key_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("family", "code", "market_key", name=op.f("uq_equipment_family_code_market_key")),
    )
    op.create_table(
        "model_list_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_list_price_model_id_model"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_list_price")),
        sa.UniqueConstraint(
            "model_id",
            "country",
            "currency",
            "year",
            name=op.f("uq_model_list_price_model_id_country_currency_year"),
        ),
    )
    op.create_table(
        "model_range",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.String(), nullable=False),
        sa.Column("range_km", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_model_range_model_id_model"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_range")),
        sa.UniqueConstraint("model_id", "position", name=op.f("uq_model_range_model_id_position")),
    )
    op.create_table(
        "trim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("battery_kwh", sa.Integer(), nullable=False),
        sa.Column("range_km", sa.Integer(), nullable=False),
        sa.Column("range_cycle", sa.String(), server_default="cltc", nullable=False),
        sa.Column("acceleration_s", sa.Numeric(precision=4, scale=1), nullable=False),
        sa.Column("drivetrain", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_trim_market_key_market")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_trim_model_id_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trim")),
        sa.UniqueConstraint("model_id", "code", "market_key", name=op.f("uq_trim_model_id_code_market_key")),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("summary_zh", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("billing", sa.String(), nullable=False),
        sa.Column("starts", sa.String(), nullable=False),
        sa.Column("grants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("on_sale_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "billing IN ('once', 'daily', 'monthly', 'yearly')", name=op.f("ck_offer_billing")
        ),
        sa.CheckConstraint(
            "family IN ('charging', 'credits', 'subscription', 'feature', 'partner_product')",
            name=op.f("ck_offer_family"),
        ),
        sa.CheckConstraint("starts IN ('today', 'handover_if_vehicle')", name=op.f("ck_offer_starts")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_offer_price")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_offer_market_key_market")),
        sa.ForeignKeyConstraint(["seller_id"], ["recipient.id"], name=op.f("fk_offer_seller_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_offer_public_id")),
        sa.UniqueConstraint("sku", name=op.f("uq_offer_sku")),
    )
    op.create_index(
        "ix_offer_shelf",
        "offer",
        ["market_key", "family", "position"],
        unique=False,
        postgresql_where="active",
    )
    op.create_table(
        "vehicle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("vin", sa.String(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("trim_id", sa.Uuid(), nullable=True),
        sa.Column("model_year", sa.Integer(), nullable=False),
        sa.Column("paint", sa.String(), nullable=False),
        sa.Column("wheels", sa.String(), nullable=False),
        sa.Column("interior", sa.String(), nullable=False),
        sa.Column("odometer_km", sa.Integer(), server_default="0", nullable=False),
        sa.Column("battery_health_pct", sa.Integer(), nullable=True),
        sa.Column("first_registered_on", sa.Date(), nullable=True),
        sa.Column("owners", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("length(vin) = 17", name=op.f("ck_vehicle_vin")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_vehicle_model_id_model")),
        sa.ForeignKeyConstraint(["trim_id"], ["trim.id"], name=op.f("fk_vehicle_trim_id_trim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle")),
        sa.UniqueConstraint("vin", name=op.f("uq_vehicle_vin")),
    )
    op.create_index(op.f("ix_vehicle_model_id"), "vehicle", ["model_id"], unique=False)
    op.create_table(
        "stock_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="available", nullable=False),
        sa.Column(
            "listed_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.Column("ready_on", sa.Date(), nullable=False),
        sa.Column("home_delivery", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("condition IN ('new', 'demo', 'used')", name=op.f("ck_stock_item_condition")),
        sa.CheckConstraint(
            "state IN ('available', 'reserved', 'sold', 'withdrawn')", name=op.f("ck_stock_item_state")
        ),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_stock_item_price")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_stock_item_market_key_market")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_stock_item_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicle.id"], name=op.f("fk_stock_item_vehicle_id_vehicle")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_item_public_id")),
    )
    op.create_index(
        "ix_stock_item_listing",
        "stock_item",
        ["market_key", "ready_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'available'"),
    )
    op.create_index(
        "ix_stock_item_price",
        "stock_item",
        ["market_key", "price_minor", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'available'"),
    )
    op.create_index(op.f("ix_stock_item_recipient_id"), "stock_item", ["recipient_id"], unique=False)
    op.create_index(
        "uq_stock_item_one_live_per_vehicle",
        "stock_item",
        ["vehicle_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('available', 'reserved')"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("stock_item_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint("purpose IN ('browse', 'payment', 'reservation')", name=op.f("ck_hold_purpose")),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name=op.f("fk_hold_stock_item_id_stock_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_holder", "hold", ["holder"], unique=False)
    op.create_index(
        "ix_hold_visitor",
        "hold",
        ["visitor_id"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        "uq_hold_one_unreleased",
        "hold",
        ["stock_item_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_hold_one_unreleased", table_name="hold", postgresql_where=sa.text("released_at IS NULL")
    )
    op.drop_index("ix_hold_visitor", table_name="hold", postgresql_where=sa.text("released_at IS NULL"))
    op.drop_index("ix_hold_holder", table_name="hold")
    op.drop_table("hold")
    op.drop_index(
        "uq_stock_item_one_live_per_vehicle",
        table_name="stock_item",
        postgresql_where=sa.text("state IN ('available', 'reserved')"),
    )
    op.drop_index(op.f("ix_stock_item_recipient_id"), table_name="stock_item")
    op.drop_index(
        "ix_stock_item_price", table_name="stock_item", postgresql_where=sa.text("state = 'available'")
    )
    op.drop_index(
        "ix_stock_item_listing", table_name="stock_item", postgresql_where=sa.text("state = 'available'")
    )
    op.drop_table("stock_item")
    op.drop_index(op.f("ix_vehicle_model_id"), table_name="vehicle")
    op.drop_table("vehicle")
    op.drop_index("ix_offer_shelf", table_name="offer", postgresql_where="active")
    op.drop_table("offer")
    op.drop_table("trim")
    op.drop_table("model_range")
    op.drop_table("model_list_price")
    op.drop_table("equipment")
    op.drop_index("ix_model_listing", table_name="model")
    op.drop_table("model")
