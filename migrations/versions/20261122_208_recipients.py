"""How each recipient wants its leads and by when it answers; times that a place closes for; what was sent again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220208"
down_revision = "202611220207"
branch_labels = None
depends_on = None

NOT_ARRIVED = sa.text("state IN ('pending', 'sending', 'parked', 'dead')")


def upgrade() -> None:
    for column in _of_recipient():
        op.add_column("recipient", column)
    op.create_check_constraint(op.f("ck_recipient_accept_within"), "recipient", "accept_within_s > 0")
    op.create_check_constraint(op.f("ck_recipient_capacity_open"), "recipient", "capacity_open > 0")
    op.create_check_constraint(
        op.f("ck_recipient_only_a_former_secret_ends"),
        "recipient",
        "(former_secret IS NULL) = (former_secret_until IS NULL)",
    )
    op.add_column("slot", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("slot", sa.Column("closed_reason", sa.String(), nullable=True))
    op.add_column("slot", sa.Column("closed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_slot_closed_by_staff"), "slot", "staff", ["closed_by"], ["id"])
    op.create_check_constraint(
        op.f("ck_slot_a_closed_one_says_why"), "slot", "(closed_at IS NULL) = (closed_reason IS NULL)"
    )
    op.add_column("delivery", sa.Column("replays", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_delivery_not_arrived", "delivery", ["state", "id"], postgresql_where=NOT_ARRIVED)
    op.create_index(op.f("ix_delivery_recipient_key_id"), "delivery", ["recipient_key", "id"])


def _of_recipient() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("wants_adf", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("adf_mail_to", sa.String(), nullable=True),
        sa.Column("accept_within_s", sa.Integer(), server_default="600", nullable=False),
        sa.Column("capacity_open", sa.Integer(), nullable=True),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("former_secret", sa.String(), nullable=True),
        sa.Column("former_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("webhook_gone_at", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_recipient_key_id"), table_name="delivery")
    op.drop_index("ix_delivery_not_arrived", table_name="delivery", postgresql_where=NOT_ARRIVED)
    op.drop_column("delivery", "replays")
    op.drop_constraint(op.f("ck_slot_a_closed_one_says_why"), "slot", type_="check")
    op.drop_constraint(op.f("fk_slot_closed_by_staff"), "slot", type_="foreignkey")
    op.drop_column("slot", "closed_by")
    op.drop_column("slot", "closed_reason")
    op.drop_column("slot", "closed_at")
    op.drop_constraint(op.f("ck_recipient_only_a_former_secret_ends"), "recipient", type_="check")
    op.drop_constraint(op.f("ck_recipient_capacity_open"), "recipient", type_="check")
    op.drop_constraint(op.f("ck_recipient_accept_within"), "recipient", type_="check")
    for column in reversed(_of_recipient()):
        op.drop_column("recipient", column.name)
