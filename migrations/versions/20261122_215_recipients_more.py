"""What went wrong between the house and a recipient, who hears of it, and what each try sent."""

import sqlalchemy as sa
from alembic import op

revision = "202611220215"
down_revision = "202611220214"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipient", sa.Column("contact_mail_to", sa.String(), nullable=True))
    op.add_column("recipient", sa.Column("webhook_since", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "recipient_incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("kind IN ('gone', 'dead')", name=op.f("ck_recipient_incident_kind")),
        sa.CheckConstraint("channel IN ('mail', 'webhook')", name=op.f("ck_recipient_incident_channel")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_recipient_incident_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_incident")),
    )
    op.create_index(
        "uq_recipient_incident_open",
        "recipient_incident",
        ["recipient_id", "kind", "channel"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("delivery_attempt", sa.Column("replay", sa.Integer(), server_default="0", nullable=False))
    op.add_column("delivery_attempt", sa.Column("sent_digest", sa.String(), nullable=True))
    op.create_index(
        "ix_delivery_attempt_gone", "delivery_attempt", ["at"], postgresql_where=sa.text("outcome = 'gone'")
    )
    op.add_column("outcome_report", sa.Column("signed", sa.LargeBinary(), nullable=True))
    op.create_index("ix_outcome_report_signed", "outcome_report", ["signed"])


def downgrade() -> None:
    op.drop_index("ix_outcome_report_signed", table_name="outcome_report")
    op.drop_column("outcome_report", "signed")
    op.drop_index("ix_delivery_attempt_gone", table_name="delivery_attempt")
    op.drop_column("delivery_attempt", "sent_digest")
    op.drop_column("delivery_attempt", "replay")
    op.drop_index("uq_recipient_incident_open", table_name="recipient_incident")
    op.drop_table("recipient_incident")
    op.drop_column("recipient", "webhook_since")
    op.drop_column("recipient", "contact_mail_to")
