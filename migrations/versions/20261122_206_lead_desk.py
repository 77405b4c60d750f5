"""Leads as they are worked: score, snooze, notes, tries, duplicates linked by hand, and an index for each list."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220206"
down_revision = "202611220205"
branch_labels = None
depends_on = None

OPEN = "status IN ('new', 'routed', 'held', 'accepted', 'contacted')"
IN_HAND = f"{OPEN} AND snoozed_until IS NULL"
UNTAKEN = f"{IN_HAND} AND staff_id IS NULL"
SNOOZED = f"{OPEN} AND snoozed_until IS NOT NULL"

LISTS: Mapping[str, tuple[Sequence[str], str]] = {
    "ix_lead_open": (("due_at", "id"), IN_HAND),
    "ix_lead_open_mine": (("staff_id", "due_at", "id"), IN_HAND),
    "ix_lead_open_place": (("recipient_id", "due_at", "id"), IN_HAND),
    "ix_lead_open_family": (("product_family", "due_at", "id"), IN_HAND),
    "ix_lead_open_place_family": (("recipient_id", "product_family", "due_at", "id"), IN_HAND),
    "ix_lead_untaken": (("due_at", "id"), UNTAKEN),
    "ix_lead_untaken_place": (("recipient_id", "due_at", "id"), UNTAKEN),
    "ix_lead_snoozed": (("snoozed_until", "id"), SNOOZED),
    "ix_lead_settled": (("closed_at", "id"), "closed_at IS NOT NULL"),
    "ix_lead_settled_place": (("recipient_id", "closed_at", "id"), "closed_at IS NOT NULL"),
    "ix_lead_primary": (("primary_lead_id",), "primary_lead_id IS NOT NULL"),
    "ix_lead_scored_at": (("scored_at",), "closed_at IS NULL"),
}
TOUCHES = "'reached', 'no_answer', 'wrong_number', 'test_drive_agreed', 'won', 'bought_elsewhere', 'not_interested'"


def upgrade() -> None:
    op.add_column("lead", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lead", sa.Column("score", sa.Integer(), server_default="0", nullable=False))
    op.add_column("lead", sa.Column("score_version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("lead", sa.Column("score_parts", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("lead", sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_lead_open", "lead")
    for name, (columns, where) in LISTS.items():
        op.create_index(name, "lead", list(columns), postgresql_where=sa.text(where))

    op.create_table(
        "lead_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_note_lead_id_lead")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lead_note_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_note")),
        sa.UniqueConstraint("lead_id", "client_key", name=op.f("uq_lead_note_lead_id_client_key")),
    )
    op.create_index("ix_lead_note_lead_id", "lead_note", ["lead_id", "at"])

    op.create_table(
        "lead_touch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("suggested", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"code IN ({TOUCHES})", name=op.f("ck_lead_touch_code")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_touch_lead_id_lead")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lead_touch_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_touch")),
    )
    op.create_index("ix_lead_touch_lead_id", "lead_touch", ["lead_id", "at"])
    op.create_index("ix_lead_touch_suggested", "lead_touch", ["suggested", "at"])

    op.create_table(
        "lead_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("together", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=True),
        sa.Column("primary_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_link_lead_id_lead")),
        sa.ForeignKeyConstraint(["before_id"], ["lead.id"], name=op.f("fk_lead_link_before_id_lead")),
        sa.ForeignKeyConstraint(["primary_id"], ["lead.id"], name=op.f("fk_lead_link_primary_id_lead")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lead_link_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_link")),
    )
    op.create_index("ix_lead_link_lead_id", "lead_link", ["lead_id", "at"])
    op.create_index("ix_lead_link_together", "lead_link", ["together"])

    op.create_index("ix_cart_member_visitor_id", "cart_member", ["visitor_id"])
    op.create_index("ix_help_request_customer_id", "help_request", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_help_request_customer_id", "help_request")
    op.drop_index("ix_cart_member_visitor_id", "cart_member")
    op.drop_table("lead_link")
    op.drop_table("lead_touch")
    op.drop_table("lead_note")
    for name in LISTS:
        op.drop_index(name, "lead")
    for column in ("scored_at", "score_parts", "score_version", "score", "snoozed_until"):
        op.drop_column("lead", column)
    op.create_index("ix_lead_open", "lead", ["due_at"], postgresql_where=sa.text(OPEN))
