"""Offers that lapse, steps that follow, demo cars, and claims that the buyer confirms."""

import sqlalchemy as sa
from alembic import op

revision = "202611220207"
down_revision = "202611220206"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
