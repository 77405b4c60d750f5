"""What the dealer's day needs: bays and vans beside the calendar."""

import sqlalchemy as sa
from alembic import op

revision = "202611220202"
down_revision = "202611220201"
branch_labels = None
depends_on = None

DEALERS_HAVE = """
    INSERT INTO lane (id, public_id, recipient_id, kind, name, name_zh, position)
    SELECT uuidv7(), rtrim(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='),
           r.id, usual.kind, usual.name, usual.name_zh, usual.position
    FROM recipient r
    CROSS JOIN (VALUES
        ('bay', 'Bay 1', '交付间 1', 1),
        ('bay', 'Bay 2', '交付间 2', 2),
        ('van', 'Van A', '上门 A 车', 3),
        ('van', 'Van B', '上门 B 车', 4),
        ('preparation', 'Preparation', '整备工位', 5)
    ) AS usual(kind, name, name_zh, position)
    WHERE r.kind = 'dealer' AND (usual.kind <> 'van' OR r.home_delivery)
"""


def upgrade() -> None:
    op.create_table(
        "lane",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('bay', 'van', 'preparation')", name=op.f("ck_lane_kind")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_lane_recipient_id_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lane_public_id")),
        sa.UniqueConstraint("recipient_id", "position", name=op.f("uq_lane_recipient_id_position")),
    )
    op.execute(DEALERS_HAVE)
    op.create_table(
        "lane_time",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("lane_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.CheckConstraint("work IN ('handover', 'preparation')", name=op.f("ck_lane_time_work")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_lane_time_starts_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_lane_time_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(["lane_id"], ["lane.id"], name=op.f("fk_lane_time_lane_id_lane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_time")),
        sa.UniqueConstraint("order_id", "work", name=op.f("uq_lane_time_order_id_work")),
    )
    op.create_index(op.f("ix_lane_time_lane_id_starts_at"), "lane_time", ["lane_id", "starts_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_lane_time_lane_id_starts_at"), table_name="lane_time")
    op.drop_table("lane_time")
    op.drop_table("lane")
