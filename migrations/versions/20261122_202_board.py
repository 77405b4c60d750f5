"""What the dealer's day needs: bays and vans beside the calendar."""

import sqlalchemy as sa
from alembic import op

revision = "202611220202"
down_revision = "202611220201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
