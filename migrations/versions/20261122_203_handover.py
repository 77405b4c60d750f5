"""Handing over: notes, photos, signatures, the way to the door, and orders that a dealer cannot do."""

import sqlalchemy as sa
from alembic import op

revision = "202611220203"
down_revision = "202611220202"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
