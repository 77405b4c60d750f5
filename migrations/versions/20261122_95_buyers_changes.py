"""What a buyer moves or cancels on an order."""

import sqlalchemy as sa
from alembic import op

revision = "202611220195"
down_revision = "202611220194"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
