"""What the house may change without a release."""

import sqlalchemy as sa
from alembic import op

revision = "202611220210"
down_revision = "202611220209"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
