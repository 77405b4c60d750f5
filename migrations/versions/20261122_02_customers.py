"""customers: who buys, and consent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220102"
down_revision = "202611220101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone_e164", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_customer_market_key_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customer_public_id")),
    )
    op.create_index("ix_customer_email", "customer", ["email"], unique=False)
    op.create_index(
        "uq_customer_visitor_id",
        "customer",
        ["visitor_id"],
        unique=True,
        postgresql_where="visitor_id IS NOT NULL AND verified_at IS NULL",
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(purpose = 'share_with_recipient') = (recipient_id IS NOT NULL)",
            name=op.f("ck_consent_sharing_names_its_recipient"),
        ),
        sa.CheckConstraint(
            "method IN ('checkout', 'help', 'test_drive', 'consents_page', 'staff')",
            name=op.f("ck_consent_method"),
        ),
        sa.CheckConstraint(
            "purpose IN ('answer_me', 'share_with_recipient', 'marketing')", name=op.f("ck_consent_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_consent_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("seq", name=op.f("uq_consent_seq")),
    )
    op.create_index(
        "ix_consent_latest", "consent", ["customer_id", "purpose", "recipient_id", "seq"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_consent_latest", table_name="consent")
    op.drop_table("consent")
    op.drop_index(
        "uq_customer_visitor_id",
        table_name="customer",
        postgresql_where="visitor_id IS NOT NULL AND verified_at IS NULL",
    )
    op.drop_index("ix_customer_email", table_name="customer")
    op.drop_table("customer")
