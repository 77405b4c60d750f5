"""Figures kept for the pictures of the manager."""

import sqlalchemy as sa
from alembic import op

revision = "202611220209"
down_revision = "202611220208"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
