"""Handing over: notes, photos, signatures, the way to the door, and orders that a dealer cannot do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220203"
down_revision = "202611220202"
branch_labels = None
depends_on = None

KEYS = (
    "papers_ready",
    "car_prepared",
    "keys_counted",
    "charging_kit",
    "balance_received",
    "identity_checked",
    "odometer_read",
    "walk_through",
    "signatures",
)
NEW_KEYS = ("charge_read", "charging_explained", "app_explained")
OPEN = "('placed', 'preparing', 'ready')"

# Orders that are on their way get the new points; what is handed over stays as it was written.
ADD_ITEMS = f"""
INSERT INTO checklist_item (id, order_id, key)
SELECT uuidv7(), i.order_id, k.key
FROM checklist_item i
JOIN customer_order o ON o.id = i.order_id AND o.status IN {OPEN}
CROSS JOIN (VALUES ('charge_read'), ('charging_explained'), ('app_explained')) AS k(key)
WHERE i.key = 'signatures'
"""

# A tick is no signature: on what is not handed over yet, both are still to be given.
UNTICK = f"""
UPDATE checklist_item i
SET closed_at = NULL, actor_kind = NULL, actor_id = NULL, value = NULL, reference = NULL
FROM customer_order o
WHERE o.id = i.order_id AND o.status IN {OPEN} AND i.key = 'signatures'
"""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _created_at() -> sa.Column:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
    )


def _of_order(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f(f"fk_{table}_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _actor(prefix: str = "", nullable: bool = False) -> list[sa.Column]:
    return [
        sa.Column(f"{prefix}actor_kind", sa.String(), nullable=nullable),
        sa.Column(f"{prefix}actor_id", sa.String(), nullable=True),
    ]


def upgrade() -> None:
    op.add_column(
        "customer_order", sa.Column("answer", sa.String(), server_default="accepted", nullable=False)
    )
    op.add_column("customer_order", sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_customer_order_answer"), "customer_order", "answer IN ('waiting', 'accepted', 'declined')"
    )
    op.create_index(
        "ix_customer_order_unanswered",
        "customer_order",
        ["answer", "answer_due_at"],
        unique=False,
        postgresql_where="status = 'placed' AND answer <> 'accepted'",
    )
    op.add_column("handover", sa.Column("battery_percent", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_handover_battery_percent"), "handover", "battery_percent BETWEEN 0 AND 100"
    )
    op.drop_constraint(op.f("ck_checklist_item_key"), "checklist_item")
    op.create_check_constraint(
        op.f("ck_checklist_item_key"), "checklist_item", _one_of("key", KEYS + NEW_KEYS)
    )
    op.execute(ADD_ITEMS)
    op.execute(UNTICK)
    op.create_table(
        "order_answer",
        *_of_order("order_answer"),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "answer IN ('accepted', 'declined', 'moved')", name=op.f("ck_order_answer_answer")
        ),
        sa.CheckConstraint(
            "reason IS NULL OR reason IN ('no_capacity', 'wrong_place', 'not_by_the_day', 'other')",
            name=op.f("ck_order_answer_reason"),
        ),
        sa.CheckConstraint(
            "(answer = 'declined') = (reason IS NOT NULL)", name=op.f("ck_order_answer_a_no_has_its_reason")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_order_answer_recipient_id_recipient")
        ),
    )
    op.create_index("ix_order_answer_order", "order_answer", ["order_id", "at"], unique=False)
    op.create_table(
        "order_task",
        *_of_order("order_task"),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("for_staff_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        *_actor("done_", nullable=True),
        sa.CheckConstraint("char_length(what) BETWEEN 1 AND 200", name=op.f("ck_order_task_what")),
        sa.ForeignKeyConstraint(
            ["for_staff_id"], ["staff.id"], name=op.f("fk_order_task_for_staff_id_staff")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_task_public_id")),
    )
    op.create_index("ix_order_task_order", "order_task", ["order_id"], unique=False)
    op.create_table(
        "order_note",
        *_of_order("order_note"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.Column("body", sa.String(), nullable=False),
        sa.CheckConstraint("char_length(body) BETWEEN 1 AND 4000", name=op.f("ck_order_note_body")),
    )
    op.create_index("ix_order_note_order", "order_note", ["order_id", "at"], unique=False)
    op.create_table(
        "order_photo",
        *_of_order("order_photo"),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("for_buyer", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("place IN ('workshop', 'handover', 'door')", name=op.f("ck_order_photo_place")),
        sa.CheckConstraint(
            "width_px BETWEEN 1 AND 2000 AND height_px BETWEEN 1 AND 2000", name=op.f("ck_order_photo_size")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_photo_public_id")),
    )
    op.create_index("ix_order_photo_order", "order_photo", ["order_id", "at"], unique=False)
    op.create_table(
        "signature",
        *_of_order("signature"),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("strokes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.CheckConstraint("side IN ('buyer', 'dealer')", name=op.f("ck_signature_side")),
        sa.CheckConstraint("way IN ('drawn', 'typed')", name=op.f("ck_signature_way")),
        sa.CheckConstraint(
            "(way = 'drawn') = (strokes IS NOT NULL)", name=op.f("ck_signature_drawn_has_strokes")
        ),
        sa.UniqueConstraint("order_id", "side", name=op.f("uq_signature_order_id_side")),
    )
    op.create_table(
        "door_run",
        *_of_order("door_run"),
        sa.Column("set_off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=False),
        *_actor(),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("turned_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wrong_tries BETWEEN 0 AND 5", name=op.f("ck_door_run_wrong_tries")),
        sa.CheckConstraint("proof IN ('code', 'reason')", name=op.f("ck_door_run_proof")),
        sa.CheckConstraint(
            "(arrived_at IS NULL) = (proof IS NULL)", name=op.f("ck_door_run_an_arrival_has_its_proof")
        ),
        sa.CheckConstraint(
            "arrived_at IS NULL OR turned_back_at IS NULL", name=op.f("ck_door_run_arrived_or_turned_back")
        ),
    )
    op.create_index(
        "uq_door_run_order_id",
        "door_run",
        ["order_id"],
        unique=True,
        postgresql_where="turned_back_at IS NULL",
    )


def downgrade() -> None:
    op.drop_index("uq_door_run_order_id", table_name="door_run", postgresql_where="turned_back_at IS NULL")
    op.drop_table("door_run")
    op.drop_table("signature")
    op.drop_index("ix_order_photo_order", table_name="order_photo")
    op.drop_table("order_photo")
    op.drop_index("ix_order_note_order", table_name="order_note")
    op.drop_table("order_note")
    op.drop_index("ix_order_task_order", table_name="order_task")
    op.drop_table("order_task")
    op.drop_index("ix_order_answer_order", table_name="order_answer")
    op.drop_table("order_answer")
    op.execute("DELETE FROM checklist_item WHERE " + _one_of("key", NEW_KEYS))
    op.drop_constraint(op.f("ck_checklist_item_key"), "checklist_item")
    op.create_check_constraint(op.f("ck_checklist_item_key"), "checklist_item", _one_of("key", KEYS))
    op.drop_constraint(op.f("ck_handover_battery_percent"), "handover")
    op.drop_column("handover", "battery_percent")
    op.drop_index(
        "ix_customer_order_unanswered",
        table_name="customer_order",
        postgresql_where="status = 'placed' AND answer <> 'accepted'",
    )
    op.drop_constraint(op.f("ck_customer_order_answer"), "customer_order")
    op.drop_column("customer_order", "answer_due_at")
    op.drop_column("customer_order", "answer")
