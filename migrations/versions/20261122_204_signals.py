"""What visitors met: counted steps, refusals and stalls, without what they typed."""

import sqlalchemy as sa
from alembic import op

revision = "202611220204"
down_revision = "202611220203"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
