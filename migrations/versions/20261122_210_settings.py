"""What the house may change without a release."""

import sqlalchemy as sa
from alembic import op

revision = "202611220210"
down_revision = "202611220209"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_wording_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
    )
    op.create_index(
        "uq_wording_live",
        "wording",
        ["language", "message_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "promotion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_promotion_percent")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_promotion_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["market_key"], ["market.key"], name=op.f("fk_promotion_market_key_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
        sa.UniqueConstraint("public_id", name=op.f("uq_promotion_public_id")),
    )
    op.create_index(
        "ix_promotion_running", "promotion", ["market_key", "ends_on"], postgresql_where=sa.text("is_on")
    )


def downgrade() -> None:
    op.drop_table("promotion")
    op.drop_table("wording")
