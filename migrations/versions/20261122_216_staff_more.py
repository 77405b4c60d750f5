"""Promotions name the delivery too; a new address of an account waits here for its proof; the staff's earlier one."""

import sqlalchemy as sa
from alembic import op

revision = "202611220216"
down_revision = "202611220215"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promotion", sa.Column("subject", sa.String(), server_default="service", nullable=False))
    op.alter_column("promotion", "sku", nullable=True)
    op.create_check_constraint(
        op.f("ck_promotion_subject"), "promotion", "subject IN ('service', 'delivery')"
    )
    op.create_check_constraint(
        op.f("ck_promotion_service_has_its_sku"), "promotion", "(subject = 'service') = (sku IS NOT NULL)"
    )
    op.add_column("staff", sa.Column("earlier_email", sa.String(), nullable=True))
    op.create_table(
        "address_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["customer.id"], name=op.f("fk_address_change_account_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_address_change_token_hash")),
    )
    op.create_index("ix_address_change_account", "address_change", ["account_id"])
    op.create_index("ix_address_change_expires", "address_change", ["expires_at"])


def downgrade() -> None:
    op.drop_table("address_change")
    op.drop_column("staff", "earlier_email")
    op.execute("DELETE FROM promotion WHERE subject <> 'service'")
    op.drop_constraint(op.f("ck_promotion_service_has_its_sku"), "promotion", type_="check")
    op.drop_constraint(op.f("ck_promotion_subject"), "promotion", type_="check")
    op.alter_column("promotion", "sku", nullable=False)
    op.drop_column("promotion", "subject")
