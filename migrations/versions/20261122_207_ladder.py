"""Offers that lapse, steps that follow, demo cars, and claims that the buyer confirms."""

import sqlalchemy as sa
from alembic import op

revision = "202611220207"
down_revision = "202611220206"
branch_labels = None
depends_on = None

WAITS = sa.text("status = 'routed' AND accept_by IS NOT NULL")
OPEN_OFFER = sa.text("state = 'open'")
OPEN_CLAIM = sa.text("answer IS NULL")
BOOKED = sa.text("state = 'booked'")


def _born() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
    )


def upgrade() -> None:
    op.add_column("lead", sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lead", sa.Column("round", sa.Integer(), server_default="0", nullable=False))
    op.add_column("lead", sa.Column("answer_within_s", sa.Integer(), nullable=True))
    op.create_index("ix_lead_accept_by", "lead", ["accept_by"], postgresql_where=WAITS)
    op.create_table(
        "lead_offer",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        *_born(),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn', 'settled')",
            name=op.f("ck_lead_offer_state"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_lead_offer_what_ended_says_when")
        ),
        sa.CheckConstraint(
            "(state = 'declined') = (reason IS NOT NULL)", name=op.f("ck_lead_offer_a_no_says_why")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_offer_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_lead_offer_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lead_offer_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_offer")),
        sa.UniqueConstraint("lead_id", "round", name=op.f("uq_lead_offer_lead_id_round")),
    )
    op.create_index("uq_lead_offer_open", "lead_offer", ["lead_id"], unique=True, postgresql_where=OPEN_OFFER)
    op.create_index(op.f("ix_lead_offer_recipient_id"), "lead_offer", ["recipient_id"])
    op.create_table(
        "contact_claim",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        *_born(),
        sa.CheckConstraint("answer IN ('yes', 'no')", name=op.f("ck_contact_claim_answer")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_contact_claim_answered_somewhen")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_contact_claim_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_contact_claim_recipient_id_recipient")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_contact_claim_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_claim")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_claim_public_id")),
    )
    op.create_index(
        "uq_contact_claim_open", "contact_claim", ["lead_id"], unique=True, postgresql_where=OPEN_CLAIM
    )
    op.create_index("ix_contact_claim_lead_id", "contact_claim", ["lead_id", "claimed_at"])
    op.create_table(
        "outcome_report",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        *_born(),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_outcome_report_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_outcome_report_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_report")),
        sa.UniqueConstraint(
            "recipient_id", "idempotency_key", name=op.f("uq_outcome_report_recipient_id_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_outcome_report_lead_id"), "outcome_report", ["lead_id"])
    op.create_table(
        "demo_car",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("trim_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        *_born(),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_demo_car_model_id_model")),
        sa.ForeignKeyConstraint(["trim_id"], ["trim.id"], name=op.f("fk_demo_car_trim_id_trim")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_demo_car_recipient_id_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_car")),
        sa.UniqueConstraint("public_id", name=op.f("uq_demo_car_public_id")),
        sa.UniqueConstraint("recipient_id", "name", name=op.f("uq_demo_car_recipient_id_name")),
    )
    op.create_table(
        "test_drive",
        sa.Column("help_request_id", sa.Uuid(), nullable=False),
        sa.Column("demo_car_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default="booked", nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        *_born(),
        sa.CheckConstraint(
            "state IN ('booked', 'driven', 'no_show', 'cancelled')", name=op.f("ck_test_drive_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_test_drive_starts_before_it_ends")),
        sa.CheckConstraint(
            "(state = 'booked') = (settled_at IS NULL)", name=op.f("ck_test_drive_settled_somewhen")
        ),
        sa.ForeignKeyConstraint(
            ["demo_car_id"], ["demo_car.id"], name=op.f("fk_test_drive_demo_car_id_demo_car")
        ),
        sa.ForeignKeyConstraint(
            ["help_request_id"], ["help_request.id"], name=op.f("fk_test_drive_help_request_id_help_request")
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["staff.id"], name=op.f("fk_test_drive_settled_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_drive")),
        sa.UniqueConstraint("help_request_id", name=op.f("uq_test_drive_help_request_id")),
    )
    op.create_index(
        "uq_test_drive_booked",
        "test_drive",
        ["demo_car_id", "starts_at"],
        unique=True,
        postgresql_where=BOOKED,
    )


def downgrade() -> None:
    op.drop_table("test_drive")
    op.drop_table("demo_car")
    op.drop_table("outcome_report")
    op.drop_table("contact_claim")
    op.drop_table("lead_offer")
    op.drop_index("ix_lead_accept_by", table_name="lead")
    op.drop_column("lead", "answer_within_s")
    op.drop_column("lead", "round")
    op.drop_column("lead", "accept_by")
