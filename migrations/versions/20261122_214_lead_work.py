"""A customer is found by the number too: leads of one person on two devices are put side by side."""

from alembic import op

revision = "202611220214"
down_revision = "202611220213"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customer_phone_e164", "customer", ["phone_e164"])


def downgrade() -> None:
    op.drop_index("ix_customer_phone_e164", table_name="customer")
