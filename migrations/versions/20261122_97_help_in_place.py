"""What a question carries with it."""

import sqlalchemy as sa
from alembic import op

revision = "202611220197"
down_revision = "202611220196"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("page", sa.String(), nullable=True))
    op.add_column("message", sa.Column("step", sa.String(), nullable=True))
    op.create_index(
        "ix_help_request_answered",
        "help_request",
        ["first_reply_at"],
        unique=False,
        postgresql_where="first_reply_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index(
        "ix_help_request_answered", "help_request", postgresql_where="first_reply_at IS NOT NULL"
    )
    op.drop_column("message", "step")
    op.drop_column("message", "page")
