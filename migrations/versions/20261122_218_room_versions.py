"""How often a room changed, so that what was made of it serves until it does; what the rail counts, on the session."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220218"
down_revision = "202611220217"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room_version",
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", name="pk_room_version"),
    )
    op.add_column(
        "auth_session",
        sa.Column("rail", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("auth_session", "rail")
    op.drop_table("room_version")
