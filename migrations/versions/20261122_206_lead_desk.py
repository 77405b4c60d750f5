"""Leads as they are worked: score, notes, duplicates."""

import sqlalchemy as sa
from alembic import op

revision = "202611220206"
down_revision = "202611220205"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
