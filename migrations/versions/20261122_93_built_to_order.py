"""A cart and an order take a build; the car gets its VIN later."""

import sqlalchemy as sa
from alembic import op

revision = "202611220193"
down_revision = "202611220192"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
