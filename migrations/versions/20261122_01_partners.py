"""partners: who sells, hands over and helps"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220101"
down_revision = "202611220100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "market",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), server_default="tarn", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("phone_region", sa.String(), nullable=False),
        sa.Column("house_phone", sa.String(), nullable=False),
        sa.Column("purchase_tax_rate", sa.Numeric(precision=7, scale=5), nullable=False),
        sa.Column("purchase_tax_cap_minor", sa.Integer(), nullable=True),
        sa.Column("vat_rate", sa.Numeric(precision=7, scale=5), nullable=False),
        sa.Column("rounding", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plates_minor", sa.Integer(), nullable=False),
        sa.Column("used_transfer_minor", sa.Integer(), nullable=False),
        sa.Column("delivery_minor", sa.Integer(), nullable=False),
        sa.Column("deposit_minor", sa.Integer(), nullable=False),
        sa.Column("balance_days_before_handover", sa.Integer(), nullable=False),
        sa.Column("cancel_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_market")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), server_default="", nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), server_default="en", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_public_id")),
    )
    op.create_table(
        "recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), server_default="tarn", nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("city_zh", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_zh", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), server_default="", nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("home_delivery", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("mail_to", sa.String(), nullable=True),
        sa.Column("webhook_url", sa.String(), nullable=True),
        sa.Column("webhook_secret", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('dealer', 'agent_desk', 'call_centre', 'insurance_partner', 'finance_partner', 'energy_partner')",
            name=op.f("ck_recipient_kind"),
        ),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_recipient_market_key_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("code", name=op.f("uq_recipient_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recipient_public_id")),
    )
    op.create_index("ix_recipient_kind", "recipient", ["kind"], unique=False, postgresql_where="active")
    op.create_index(op.f("ix_recipient_market_key"), "recipient", ["market_key"], unique=False)
    op.create_table(
        "holiday",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_holiday_market_key_market")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_holiday_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday")),
        sa.UniqueConstraint(
            "market_key",
            "recipient_id",
            "on",
            name=op.f("uq_holiday_market_key_recipient_id_on"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.Time(), nullable=False),
        sa.Column("closes_at", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "purpose IN ('visit', 'test_drive', 'handover', 'delivery')",
            name=op.f("ck_opening_hours_purpose"),
        ),
        sa.CheckConstraint("capacity BETWEEN 1 AND 50", name=op.f("ck_opening_hours_capacity")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_opening_hours_opens_before_it_closes")),
        sa.CheckConstraint(
            "slot_minutes IS NULL OR slot_minutes BETWEEN 10 AND 480",
            name=op.f("ck_opening_hours_slot_minutes"),
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_opening_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_opening_hours_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
        sa.UniqueConstraint(
            "recipient_id",
            "purpose",
            "weekday",
            "opens_at",
            name=op.f("uq_opening_hours_recipient_id_purpose_weekday_opens_at"),
        ),
    )
    op.create_table(
        "slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint("purpose IN ('test_drive', 'handover', 'delivery')", name=op.f("ck_slot_purpose")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_slot_capacity")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_starts_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_slot_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("public_id", name=op.f("uq_slot_public_id")),
        sa.UniqueConstraint(
            "recipient_id", "purpose", "starts_at", name=op.f("uq_slot_recipient_id_purpose_starts_at")
        ),
    )
    op.create_table(
        "staff_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("brand_id", sa.String(), server_default="tarn", nullable=False),
        sa.CheckConstraint(
            "role <> 'dealer' OR recipient_id IS NOT NULL",
            name=op.f("ck_staff_role_dealer_names_its_recipient"),
        ),
        sa.CheckConstraint("role IN ('agent', 'dealer', 'admin')", name=op.f("ck_staff_role_role")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_staff_role_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint(
            "staff_id",
            "role",
            "recipient_id",
            name=op.f("uq_staff_role_staff_id_role_recipient_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_staff_role_recipient_id"), "staff_role", ["recipient_id"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.CheckConstraint(
            "(state = 'held') = (until IS NOT NULL)", name=op.f("ck_booking_only_a_hold_ends")
        ),
        sa.CheckConstraint("state IN ('held', 'booked', 'released')", name=op.f("ck_booking_state")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_booking_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    op.create_index(
        "ix_booking_holder", "booking", ["holder"], unique=False, postgresql_where="state <> 'released'"
    )
    op.create_index(
        "uq_booking_slot_id_holder",
        "booking",
        ["slot_id", "holder"],
        unique=True,
        postgresql_where="state <> 'released'",
    )


def downgrade() -> None:
    op.drop_index("uq_booking_slot_id_holder", table_name="booking", postgresql_where="state <> 'released'")
    op.drop_index("ix_booking_holder", table_name="booking", postgresql_where="state <> 'released'")
    op.drop_table("booking")
    op.drop_index(op.f("ix_staff_role_recipient_id"), table_name="staff_role")
    op.drop_table("staff_role")
    op.drop_table("slot")
    op.drop_table("opening_hours")
    op.drop_table("holiday")
    op.drop_index(op.f("ix_recipient_market_key"), table_name="recipient")
    op.drop_index("ix_recipient_kind", table_name="recipient", postgresql_where="active")
    op.drop_table("recipient")
    op.drop_table("staff")
    op.drop_table("market")
