"""People who work here: invitations, a second factor, their sign-ins, and who looked at whose contact data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220201"
down_revision = "202611220198"
branch_labels = None
depends_on = None

REASONS = "reason IN ('call_back', 'handover', 'dispute', 'other')"
SUBJECTS = "subject_kind IN ('lead', 'order', 'thread', 'cart')"


def upgrade() -> None:
    op.add_column("auth_session", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("auth_session", sa.Column("place_id", sa.Uuid(), nullable=True))
    op.add_column("staff", sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_event_staff",
        "event",
        ["actor_id", "at"],
        unique=False,
        postgresql_where=sa.text("actor_kind = 'staff'"),
    )

    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("sends", sa.Integer(), server_default="1", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["staff.id"], name=op.f("fk_staff_invitation_invited_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_invitation_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    op.create_index(
        "uq_staff_invitation_open_email",
        "staff_invitation",
        ["email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
    )

    op.create_table(
        "second_factor",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_second_factor_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("staff_id", "code_hash", name=op.f("uq_recovery_code_staff_id_code_hash")),
    )
    op.create_table(
        "sign_in_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("next_path", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('code', 'enrolment')", name=op.f("ck_sign_in_step_purpose")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_step_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_step")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_step_token_hash")),
    )
    op.create_index("ix_sign_in_step_expires", "sign_in_step", ["expires_at"], unique=False)
    op.create_index("ix_sign_in_step_staff", "sign_in_step", ["staff_id"], unique=False)

    op.create_table(
        "contact_reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_contact_reveal_reason")),
        sa.CheckConstraint(SUBJECTS, name=op.f("ck_contact_reveal_subject_kind")),
        sa.CheckConstraint(
            "reason <> 'other' OR note IS NOT NULL", name=op.f("ck_contact_reveal_other_says_why")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contact_reveal_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_contact_reveal_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_reveal")),
    )
    op.create_index("ix_contact_reveal_customer", "contact_reveal", ["customer_id", "at"], unique=False)
    op.create_index(
        "ix_contact_reveal_staff", "contact_reveal", ["staff_id", "subject_id", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("contact_reveal")
    op.drop_table("sign_in_step")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_table("staff_invitation")
    op.drop_index("ix_event_staff", table_name="event")
    op.drop_column("staff", "last_signed_in_at")
    op.drop_column("auth_session", "place_id")
    op.drop_column("auth_session", "seen_at")
