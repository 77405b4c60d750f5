"""More than one market: what a market lays on prices is data, a service is sold per market."""

import sqlalchemy as sa
from alembic import op

revision = "202611220191"
down_revision = "202611220190"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
