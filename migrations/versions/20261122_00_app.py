"""app: the ground"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220100"
down_revision = None
branch_labels = None
depends_on = None


CLOCK_TABLE = """
CREATE TABLE clock_offset (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  moved_by interval NOT NULL
)
"""
CLOCK_FUNCTION = """
CREATE OR REPLACE FUNCTION forecourt_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT statement_timestamp() + coalesce((SELECT moved_by FROM clock_offset), interval '0')
$$
"""


def upgrade() -> None:
    op.execute(CLOCK_TABLE)
    op.execute(CLOCK_FUNCTION)
    op.create_table(
        "auth_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("staff_name", sa.String(), nullable=True),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("cart_count", sa.Integer(), nullable=False),
        sa.Column("grants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_auth_session_token_hash")),
    )
    op.create_index("ix_auth_session_cart", "auth_session", ["cart_id"], unique=False)
    op.create_index("ix_auth_session_staff", "auth_session", ["staff_id"], unique=False)
    op.create_index("ix_auth_session_visitor", "auth_session", ["visitor_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refusals", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'delivered', 'parked', 'dead', 'cancelled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["next_at"],
        unique=False,
        postgresql_where="state IN ('pending', 'sending')",
    )
    op.create_index("ix_delivery_group", "delivery", ["group_key", "id"], unique=False)
    op.create_index("ix_delivery_subject", "delivery", ["subject_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_customer", "event", ["customer_id", "at"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject_id", "at"], unique=False)
    op.create_index("ix_event_type", "event", ["type", "at"], unique=False)
    op.create_index("ix_event_visitor", "event", ["visitor_id", "at"], unique=False)
    op.create_table(
        "inbox_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effects", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_event")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_inbox_event_provider_event_id")),
    )
    op.create_index(op.f("ix_inbox_event_next_at"), "inbox_event", ["next_at"], unique=False)
    op.create_table(
        "link_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_grant")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_grant_token_hash")),
    )
    op.create_index("ix_link_grant_subject", "link_grant", ["kind", "subject_id"], unique=False)
    op.create_table(
        "mailbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_message")),
    )
    op.create_index(op.f("ix_mailbox_message_delivery_id"), "mailbox_message", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_mailbox_message_sent_at"), "mailbox_message", ["sent_at"], unique=False)
    op.create_table(
        "timed_job",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_rows", sa.Integer(), nullable=True),
        sa.Column("last_ms", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_timed_job")),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("excerpt", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_delivery_attempt_delivery_id_number")),
    )
    op.create_table(
        "event_handling",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'parked')", name=op.f("ck_event_handling_state")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_handling_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "listener", name=op.f("pk_event_handling")),
    )
    op.create_index(
        "ix_event_handling_due",
        "event_handling",
        ["listener", "next_at"],
        unique=False,
        postgresql_where="state = 'pending'",
    )


def downgrade() -> None:
    op.drop_index("ix_event_handling_due", table_name="event_handling", postgresql_where="state = 'pending'")
    op.drop_table("event_handling")
    op.drop_table("delivery_attempt")
    op.drop_table("timed_job")
    op.drop_index(op.f("ix_mailbox_message_sent_at"), table_name="mailbox_message")
    op.drop_index(op.f("ix_mailbox_message_delivery_id"), table_name="mailbox_message")
    op.drop_table("mailbox_message")
    op.drop_index("ix_link_grant_subject", table_name="link_grant")
    op.drop_table("link_grant")
    op.drop_index(op.f("ix_inbox_event_next_at"), table_name="inbox_event")
    op.drop_table("inbox_event")
    op.drop_index("ix_event_visitor", table_name="event")
    op.drop_index("ix_event_type", table_name="event")
    op.drop_index("ix_event_subject", table_name="event")
    op.drop_index("ix_event_customer", table_name="event")
    op.drop_table("event")
    op.drop_index("ix_delivery_subject", table_name="delivery")
    op.drop_index("ix_delivery_group", table_name="delivery")
    op.drop_index(
        "ix_delivery_due", table_name="delivery", postgresql_where="state IN ('pending', 'sending')"
    )
    op.drop_table("delivery")
    op.drop_index("ix_auth_session_visitor", table_name="auth_session")
    op.drop_index("ix_auth_session_staff", table_name="auth_session")
    op.drop_index("ix_auth_session_cart", table_name="auth_session")
    op.drop_table("auth_session")
    op.execute("DROP FUNCTION forecourt_now()")
    op.execute("DROP TABLE clock_offset")
