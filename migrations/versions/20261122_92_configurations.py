"""Builds: what fits what, how long it takes, and the saved configuration with its design code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220192"
down_revision = "202611220191"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trim", sa.Column("lead_days", sa.Integer(), server_default="20", nullable=False))
    op.add_column("equipment", sa.Column("lead_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("equipment", sa.Column("note", sa.String(), server_default="", nullable=False))
    op.add_column("equipment", sa.Column("note_zh", sa.String(), server_default="", nullable=False))
    op.create_table(
        "fitment",
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_fitment_model_id_model")),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_fitment_equipment_id_equipment")
        ),
        sa.PrimaryKeyConstraint("model_id", "equipment_id", name=op.f("pk_fitment")),
    )
    op.create_index(op.f("ix_fitment_equipment_id"), "fitment", ["equipment_id"], unique=False)
    # What a shop sold until now could be had on every model of the house.
    op.execute(
        "INSERT INTO fitment (model_id, equipment_id)"
        " SELECT m.id, e.id FROM model m CROSS JOIN equipment e WHERE m.origin = 'house'"
    )
    op.create_table(
        "option_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("others", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("reason_zh", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('requires', 'excludes')", name=op.f("ck_option_rule_kind")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_option_rule_model_id_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option_rule")),
    )
    op.create_index("ix_option_rule_model", "option_rule", ["model_id"], unique=False)
    op.create_table(
        "configuration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("design_code", sa.String(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("trim_id", sa.Uuid(), nullable=False),
        sa.Column("paint", sa.String(), nullable=False),
        sa.Column("wheels", sa.String(), nullable=False),
        sa.Column("interior", sa.String(), nullable=False),
        sa.Column("extras", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("market_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_configuration_model_id_model")),
        sa.ForeignKeyConstraint(["trim_id"], ["trim.id"], name=op.f("fk_configuration_trim_id_trim")),
        sa.ForeignKeyConstraint(
            ["market_key"], ["market.key"], name=op.f("fk_configuration_market_key_market")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration")),
        sa.UniqueConstraint("design_code", name=op.f("uq_configuration_design_code")),
    )
    op.create_index(
        "uq_configuration_same_build",
        "configuration",
        [
            "visitor_id",
            "trim_id",
            "paint",
            "wheels",
            "interior",
            "extras",
            "market_key",
            "priced_on",
            "price_minor",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_configuration_account",
        "configuration",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("configuration")
    op.drop_table("option_rule")
    op.drop_table("fitment")
    op.drop_column("equipment", "note_zh")
    op.drop_column("equipment", "note")
    op.drop_column("equipment", "lead_days")
    op.drop_column("trim", "lead_days")
