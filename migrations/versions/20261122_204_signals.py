"""What visitors met: counted steps, refusals and stalls, without what they typed."""

import sqlalchemy as sa
from alembic import op

revision = "202611220204"
down_revision = "202611220203"
branch_labels = None
depends_on = None


def _at(name: str, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("at", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('configure', 'cart', 'checkout', 'step', 'refused', 'declined', 'empty_search',"
            " 'back_and_forth', 'stalled', 'offered', 'offer_taken', 'offer_dismissed')",
            name=op.f("ck_signal_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    op.create_index("ix_signal_at", "signal", ["at"], unique=False)
    op.create_index("ix_signal_visitor", "signal", ["visitor_id", "at"], unique=False)
    op.create_index("ix_signal_kind", "signal", ["kind", "at"], unique=False)
    op.create_index(
        "uq_signal_configure",
        "signal",
        ["visitor_id", "detail"],
        unique=True,
        postgresql_where="kind = 'configure'",
    )
    op.create_table(
        "visit_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("visits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("configured", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("on", "market_key", "device", name=op.f("pk_visit_day")),
    )
    op.create_table(
        "attendance",
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        _at("arrived_at", nullable=False),
        _at("seen_at", nullable=False),
        _at("quiet_until"),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_attendance_cart_id_cart")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_attendance_market_key_market")),
        sa.PrimaryKeyConstraint("visitor_id", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_seen", "attendance", ["seen_at"], unique=False)
    op.create_table(
        "stall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        _at("since", nullable=False),
        _at("seen_at", nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        _at("closed_at"),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('no_progress', 'refused_field', 'declined', 'back_and_forth', 'empty_search')",
            name=op.f("ck_stall_reason"),
        ),
        sa.CheckConstraint("state IN ('open', 'offered', 'helped', 'gone')", name=op.f("ck_stall_state")),
        sa.CheckConstraint(
            "outcome IN ('went_on', 'ordered', 'left', 'helped')", name=op.f("ck_stall_outcome")
        ),
        sa.CheckConstraint(
            "(state IN ('helped', 'gone')) = (closed_at IS NOT NULL)", name=op.f("ck_stall_closed_somewhen")
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_stall_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_stall_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_stall_market_key_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stall")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stall_public_id")),
    )
    op.create_index(
        "uq_stall_visitor_id_live",
        "stall",
        ["visitor_id"],
        unique=True,
        postgresql_where="state IN ('open', 'offered')",
    )
    op.create_index("ix_stall_visitor", "stall", ["visitor_id", "since"], unique=False)
    op.create_index("ix_stall_cart_id", "stall", ["cart_id"], unique=False)
    op.create_index("ix_stall_closed", "stall", ["closed_at"], unique=False)
    op.create_table(
        "help_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        _at("offered_at", nullable=False),
        _at("shown_at"),
        _at("answered_at"),
        sa.CheckConstraint(
            "state IN ('waiting', 'shown', 'taken', 'dismissed', 'lapsed')", name=op.f("ck_help_offer_state")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_help_offer_staff_id_staff")),
        sa.ForeignKeyConstraint(["stall_id"], ["stall.id"], name=op.f("fk_help_offer_stall_id_stall")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_help_offer_public_id")),
    )
    op.create_index(
        "uq_help_offer_visitor_id_step",
        "help_offer",
        ["visitor_id", "step"],
        unique=True,
        postgresql_where="state <> 'lapsed'",
    )
    op.create_index("ix_help_offer_stall_id", "help_offer", ["stall_id"], unique=False)
    op.create_table(
        "desk_presence",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _at("seen_at", nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_presence_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_desk_presence")),
    )
    op.create_table(
        "stall_policy",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_stall_policy_number")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stall_policy")),
    )


def downgrade() -> None:
    op.drop_table("stall_policy")
    op.drop_table("desk_presence")
    op.drop_table("help_offer")
    op.drop_table("stall")
    op.drop_table("attendance")
    op.drop_table("visit_day")
    op.drop_table("signal")
