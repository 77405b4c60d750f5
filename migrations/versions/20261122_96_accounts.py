"""An address that was proved, and passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "202611220196"
down_revision = "202611220195"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
