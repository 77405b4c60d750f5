"""conversations: every word to and from a customer"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220107"
down_revision = "202611220106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation",
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
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buyer_here_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buyer_read_seq", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_conversation_resolved_somewhen")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (waiting_since IS NOT NULL)",
            name=op.f("ck_conversation_waiting_since_somewhen"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'open', 'resolved')", name=op.f("ck_conversation_state")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_conversation_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_conversation_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_conversation_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversation_public_id")),
    )
    op.create_index("ix_conversation_customer_id", "conversation", ["customer_id"], unique=False)
    op.create_index(
        "ix_conversation_open",
        "conversation",
        ["last_message_at"],
        unique=False,
        postgresql_where="state = 'open'",
    )
    op.create_index("ix_conversation_visitor_id", "conversation", ["visitor_id"], unique=False)
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["waiting_since", "id"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(author_kind = 'agent') = (author_id IS NOT NULL)", name=op.f("ck_message_agents_have_names")
        ),
        sa.CheckConstraint(
            "author_kind IN ('customer', 'agent', 'system')", name=op.f("ck_message_author_kind")
        ),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 4000", name=op.f("ck_message_body")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_message_author_id_staff")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "conversation_id", "client_key", name=op.f("uq_message_conversation_id_client_key")
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq")),
    )
    op.create_table(
        "help_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("stock_item_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("wished_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wished_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'test_drive') = (slot_id IS NOT NULL)",
            name=op.f("ck_help_request_test_drive_has_its_time"),
        ),
        sa.CheckConstraint(
            "family IN ('vehicle_new', 'vehicle_used', 'charging', 'credits', 'subscription', 'feature', 'partner_product', 'none')",
            name=op.f("ck_help_request_family"),
        ),
        sa.CheckConstraint(
            "kind <> 'test_drive' OR (stock_item_id IS NOT NULL AND recipient_id IS NOT NULL)",
            name=op.f("ck_help_request_test_drive_names_car_and_dealer"),
        ),
        sa.CheckConstraint(
            "kind IN ('message', 'callback', 'test_drive')", name=op.f("ck_help_request_kind")
        ),
        sa.CheckConstraint(
            "wished_from IS NULL OR kind = 'callback'",
            name=op.f("ck_help_request_only_a_call_has_a_wished_time"),
        ),
        sa.CheckConstraint(
            "(wished_from IS NULL) = (wished_until IS NULL)",
            name=op.f("ck_help_request_wished_time_is_whole"),
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_help_request_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_help_request_consent_id_consent")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_help_request_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_help_request_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_help_request_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_help_request_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_help_request_slot_id_slot")),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name=op.f("fk_help_request_stock_item_id_stock_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_request")),
        sa.UniqueConstraint("client_key", name=op.f("uq_help_request_client_key")),
    )
    op.create_index("ix_help_request_conversation_id", "help_request", ["conversation_id"], unique=False)
    op.create_index("ix_help_request_visitor_id", "help_request", ["visitor_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_help_request_visitor_id", table_name="help_request")
    op.drop_index("ix_help_request_conversation_id", table_name="help_request")
    op.drop_table("help_request")
    op.drop_table("message")
    op.drop_index("ix_conversation_waiting", table_name="conversation", postgresql_where="state = 'waiting'")
    op.drop_index("ix_conversation_visitor_id", table_name="conversation")
    op.drop_index("ix_conversation_open", table_name="conversation", postgresql_where="state = 'open'")
    op.drop_index("ix_conversation_customer_id", table_name="conversation")
    op.drop_table("conversation")
