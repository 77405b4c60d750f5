"""An address that was proved, and passkeys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220196"
down_revision = "202611220195"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("auth_session", sa.Column("account_id", sa.Uuid(), nullable=True))
    op.add_column("auth_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("auth_session", sa.Column("device", sa.String(), nullable=True))
    op.create_index("ix_auth_session_account", "auth_session", ["account_id"], unique=False)

    op.add_column("customer", sa.Column("account_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_customer_account_id_customer"), "customer", "customer", ["account_id"], ["id"]
    )
    op.create_index("ix_customer_account", "customer", ["account_id"], unique=False)
    op.drop_index("uq_customer_visitor_id", table_name="customer")
    op.create_index(
        "uq_customer_visitor_id",
        "customer",
        ["visitor_id"],
        unique=True,
        postgresql_where=sa.text("visitor_id IS NOT NULL AND verified_at IS NULL AND account_id IS NULL"),
    )
    op.create_index("ix_customer_visitor", "customer", ["visitor_id"], unique=False)
    op.create_index(
        "uq_customer_verified_email",
        "customer",
        ["email"],
        unique=True,
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )

    op.create_table(
        "sign_in_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("next_path", sa.String(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["market_key"], ["market.key"], name=op.f("fk_sign_in_request_market_key_market")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_request")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_request_token_hash")),
    )
    op.create_index("ix_sign_in_request_email", "sign_in_request", ["email"], unique=False)
    op.create_index("ix_sign_in_request_expires", "sign_in_request", ["expires_at"], unique=False)

    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkey_sign_count")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_passkey_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index("ix_passkey_customer", "passkey", ["customer_id"], unique=False)

    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('registration', 'sign_in')", name=op.f("ck_passkey_challenge_purpose")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_challenge_challenge")),
    )
    op.create_index("ix_passkey_challenge_expires", "passkey_challenge", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("passkey_challenge")
    op.drop_table("passkey")
    op.drop_table("sign_in_request")
    op.drop_index("uq_customer_verified_email", table_name="customer")
    op.drop_index("ix_customer_visitor", table_name="customer")
    op.drop_index("uq_customer_visitor_id", table_name="customer")
    # One record of a visitor stays the one that forms change; the others keep what they hold and nobody's visit.
    op.execute(
        "UPDATE customer SET visitor_id = NULL WHERE account_id IS NOT NULL AND verified_at IS NULL"
    )
    op.create_index(
        "uq_customer_visitor_id",
        "customer",
        ["visitor_id"],
        unique=True,
        postgresql_where=sa.text("visitor_id IS NOT NULL AND verified_at IS NULL"),
    )
    op.drop_index("ix_customer_account", table_name="customer")
    op.drop_constraint(op.f("fk_customer_account_id_customer"), "customer", type_="foreignkey")
    op.drop_column("customer", "account_id")
    op.drop_index("ix_auth_session_account", table_name="auth_session")
    op.drop_column("auth_session", "device")
    op.drop_column("auth_session", "proved_at")
    op.drop_column("auth_session", "account_id")
