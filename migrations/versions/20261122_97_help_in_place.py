"""What a question carries with it."""

import sqlalchemy as sa
from alembic import op

revision = "202611220197"
down_revision = "202611220196"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
