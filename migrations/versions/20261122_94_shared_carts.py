"""A cart seen by a second person, and lines saved for later."""

import sqlalchemy as sa
from alembic import op

revision = "202611220194"
down_revision = "202611220193"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
