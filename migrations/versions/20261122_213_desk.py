"""What an agent may also do: keep a time for a test drive, and send a cart after the person who filled it."""

import sqlalchemy as sa
from alembic import op

revision = "202611220213"
down_revision = "202611220212"
branch_labels = None
depends_on = None

CARDS = "'link', 'suggestion', 'slot', 'share'"
HELD = "(slot_id IS NOT NULL AND held_until IS NOT NULL)"


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _instant(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _drive_cards()
    _letters()


def _drive_cards() -> None:
    for column, other in (
        ("stock_item_id", "stock_item"),
        ("demo_car_id", "demo_car"),
        ("help_request_id", "help_request"),
    ):
        op.add_column("thread_card", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_thread_card_{column}_{other}"), "thread_card", other, [column], ["id"]
        )
    for name in ("kind", "slot_is_held"):
        op.drop_constraint(op.f(f"ck_thread_card_{name}"), "thread_card", type_="check")
    op.create_check_constraint(op.f("ck_thread_card_kind"), "thread_card", f"kind IN ({CARDS}, 'drive')")
    op.create_check_constraint(
        op.f("ck_thread_card_slot_is_held"), "thread_card", f"(kind IN ('slot', 'drive')) = {HELD}"
    )
    op.create_check_constraint(
        op.f("ck_thread_card_drive_names_its_car"),
        "thread_card",
        "(kind = 'drive') = (stock_item_id IS NOT NULL)",
    )
    op.create_index(
        "ix_thread_card_drive_held_until", "thread_card", ["held_until"], postgresql_where="kind = 'drive'"
    )


def _letters() -> None:
    op.create_table(
        "cart_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        _instant("sent_at", nullable=False),
        _instant("expires_at", nullable=False),
        _instant("taken_at"),
        _to("cart_letter", "cart_id", "cart"),
        _to("cart_letter", "customer_id", "customer"),
        _to("cart_letter", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_letter")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_letter_public_id")),
        sa.UniqueConstraint("cart_id", "client_key", name=op.f("uq_cart_letter_cart_id_client_key")),
    )
    op.create_index("ix_cart_letter_cart_id", "cart_letter", ["cart_id", "sent_at"])
    op.create_index("ix_cart_letter_customer_id", "cart_letter", ["customer_id"])


def downgrade() -> None:
    op.drop_table("cart_letter")
    op.drop_index("ix_thread_card_drive_held_until", table_name="thread_card")
    op.execute("DELETE FROM thread_card WHERE kind = 'drive'")
    for name in ("drive_names_its_car", "slot_is_held", "kind"):
        op.drop_constraint(op.f(f"ck_thread_card_{name}"), "thread_card", type_="check")
    op.create_check_constraint(op.f("ck_thread_card_kind"), "thread_card", f"kind IN ({CARDS})")
    op.create_check_constraint(
        op.f("ck_thread_card_slot_is_held"), "thread_card", f"(kind = 'slot') = {HELD}"
    )
    for column in ("help_request_id", "demo_car_id", "stock_item_id"):
        op.drop_column("thread_card", column)
