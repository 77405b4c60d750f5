"""What agents work with: answers kept ready, call-backs with their slots, and how a talk ended."""

import sqlalchemy as sa
from alembic import op

revision = "202611220205"
down_revision = "202611220204"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
