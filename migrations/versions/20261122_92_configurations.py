"""Builds: what fits what, how long it takes, and the saved configuration with its design code."""

import sqlalchemy as sa
from alembic import op

revision = "202611220192"
down_revision = "202611220191"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
