"""How each recipient wants its leads, and by when it answers."""

import sqlalchemy as sa
from alembic import op

revision = "202611220208"
down_revision = "202611220207"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
