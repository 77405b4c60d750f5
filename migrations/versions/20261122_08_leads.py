"""leads: every interest shown"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220108"
down_revision = "202611220107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("fallback_kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reason_zh", sa.String(), nullable=False),
        sa.Column("answer_within_s", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer_within_s > 0", name=op.f("ck_routing_rule_answer_within")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint("source", "product", name=op.f("uq_routing_rule_source_product")),
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("product_family", sa.String(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("about_order_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("named_recipient_id", sa.Uuid(), nullable=True),
        sa.Column("primary_lead_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("contactability", sa.String(), server_default="none", nullable=False),
        sa.Column("status", sa.String(), server_default="new", nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("signalled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_reason", sa.String(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('won', 'lost', 'closed')) = (closed_at IS NOT NULL)",
            name=op.f("ck_lead_closed_somewhen"),
        ),
        sa.CheckConstraint(
            "contactability IN ('none', 'email', 'phone')", name=op.f("ck_lead_contactability")
        ),
        sa.CheckConstraint("kind IN ('abandoned_cart', 'help_request')", name=op.f("ck_lead_kind")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('converted_self', 'converted_assisted', 'won', 'lost', 'expired')",
            name=op.f("ck_lead_outcome"),
        ),
        sa.CheckConstraint(
            "product_family IN ('vehicle_new', 'vehicle_used', 'charging', 'credits', 'subscription', 'feature', 'partner_product', 'none')",
            name=op.f("ck_lead_product_family"),
        ),
        sa.CheckConstraint(
            "source IN ('abandoned_cart', 'help_request', 'callback', 'test_drive', 'chat_handover', 'agent_enquiry', 'finance_request')",
            name=op.f("ck_lead_source"),
        ),
        sa.CheckConstraint(
            "status IN ('new', 'routed', 'held', 'accepted', 'contacted', 'won', 'lost', 'closed')",
            name=op.f("ck_lead_status"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_lead_a_closed_lead_has_an_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["about_order_id"], ["customer_order.id"], name=op.f("fk_lead_about_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_lead_cart_id_cart")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_lead_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_lead_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_lead_customer_id_customer")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_lead_market_key_market")),
        sa.ForeignKeyConstraint(
            ["named_recipient_id"], ["recipient.id"], name=op.f("fk_lead_named_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_lead_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["primary_lead_id"], ["lead.id"], name=op.f("fk_lead_primary_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_lead_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["routing_rule.id"], name=op.f("fk_lead_rule_id_routing_rule")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lead_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("kind", "source_id", name=op.f("uq_lead_kind_source_id")),
        sa.UniqueConstraint("number", name=op.f("uq_lead_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_public_id")),
    )
    op.create_index("ix_lead_cart_id", "lead", ["cart_id"], unique=False)
    op.create_index("ix_lead_customer_id", "lead", ["customer_id"], unique=False)
    op.create_index(
        "ix_lead_open",
        "lead",
        ["due_at"],
        unique=False,
        postgresql_where="status IN ('new', 'routed', 'held', 'accepted', 'contacted')",
    )
    op.create_index("ix_lead_recipient_id", "lead", ["recipient_id"], unique=False)
    op.create_index("ix_lead_visitor_id", "lead", ["visitor_id"], unique=False)
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), server_default="opened", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('queued', 'held')) = (next_at IS NOT NULL)",
            name=op.f("ck_dispatch_what_waits_is_looked_at"),
        ),
        sa.CheckConstraint("channel IN ('console', 'mail', 'webhook')", name=op.f("ck_dispatch_channel")),
        sa.CheckConstraint("purpose IN ('opened', 'closed', 'withdrawn')", name=op.f("ck_dispatch_purpose")),
        sa.CheckConstraint(
            "state <> 'held' OR reason IS NOT NULL", name=op.f("ck_dispatch_what_is_held_says_why")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'held', 'sent', 'dead', 'cancelled')", name=op.f("ck_dispatch_state")
        ),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_dispatch_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_dispatch_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_dispatch_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_dispatch_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint(
            "lead_id",
            "recipient_id",
            "channel",
            "purpose",
            name=op.f("uq_dispatch_lead_id_recipient_id_channel_purpose"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_dispatch_delivery_id"), "dispatch", ["delivery_id"], unique=False)
    op.create_index(
        "ix_dispatch_due",
        "dispatch",
        ["next_at"],
        unique=False,
        postgresql_where="state IN ('queued', 'held')",
    )
    op.create_index(op.f("ix_dispatch_recipient_id"), "dispatch", ["recipient_id"], unique=False)
    op.create_table(
        "lead_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "to_status IN ('new', 'routed', 'held', 'accepted', 'contacted', 'won', 'lost', 'closed')",
            name=op.f("ck_lead_move_to_status"),
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_move_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_move")),
    )
    op.create_index("ix_lead_move_lead_id", "lead_move", ["lead_id", "at"], unique=False)
    op.create_table(
        "routing_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("chosen_id", sa.Uuid(), nullable=True),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_id"], ["recipient.id"], name=op.f("fk_routing_decision_chosen_id_recipient")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_routing_decision_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["routing_rule.id"], name=op.f("fk_routing_decision_rule_id_routing_rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_decision")),
        sa.UniqueConstraint("seq", name=op.f("uq_routing_decision_seq")),
    )
    op.create_index("ix_routing_decision_lead_id", "routing_decision", ["lead_id", "seq"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_routing_decision_lead_id", table_name="routing_decision")
    op.drop_table("routing_decision")
    op.drop_index("ix_lead_move_lead_id", table_name="lead_move")
    op.drop_table("lead_move")
    op.drop_index(op.f("ix_dispatch_recipient_id"), table_name="dispatch")
    op.drop_index("ix_dispatch_due", table_name="dispatch", postgresql_where="state IN ('queued', 'held')")
    op.drop_index(op.f("ix_dispatch_delivery_id"), table_name="dispatch")
    op.drop_table("dispatch")
    op.drop_index("ix_lead_visitor_id", table_name="lead")
    op.drop_index("ix_lead_recipient_id", table_name="lead")
    op.drop_index(
        "ix_lead_open",
        table_name="lead",
        postgresql_where="status IN ('new', 'routed', 'held', 'accepted', 'contacted')",
    )
    op.drop_index("ix_lead_customer_id", table_name="lead")
    op.drop_index("ix_lead_cart_id", table_name="lead")
    op.drop_table("lead")
    op.drop_table("routing_rule")
