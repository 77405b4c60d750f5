"""What agents work with: answers kept ready, call-backs with their slots, and how a talk ended."""

import sqlalchemy as sa
from alembic import op

revision = "202611220205"
down_revision = "202611220204"
branch_labels = None
depends_on = None

OUTCOMES = "'answered', 'bought', 'call_agreed', 'handed_over', 'no_answer', 'other'"
SUGGESTS = "'build', 'add', 'drop'"


def _instant(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _head() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("forecourt_now()"),
            nullable=False,
        ),
    ]


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def upgrade() -> None:
    _conversations()
    _suggestions()
    _answers()
    _notes()
    _calls()
    _hand_overs()
    _cards()


def _conversations() -> None:
    op.add_column("conversation", sa.Column("outcome", sa.String(), nullable=True))
    op.add_column("conversation", sa.Column("outcome_note", sa.String(), nullable=True))
    op.add_column("conversation", _instant("snoozed_until"))
    op.add_column("conversation", sa.Column("handed_to_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_conversation_handed_to_id_recipient"), "conversation", "recipient", ["handed_to_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_conversation_outcome"), "conversation", f"outcome IS NULL OR outcome IN ({OUTCOMES})"
    )
    op.create_check_constraint(
        op.f("ck_conversation_only_a_settled_one_has_an_outcome"),
        "conversation",
        "outcome IS NULL OR state = 'resolved'",
    )
    op.create_check_constraint(
        op.f("ck_conversation_other_says_what"),
        "conversation",
        "outcome IS DISTINCT FROM 'other' OR outcome_note IS NOT NULL",
    )
    op.create_index(
        "ix_conversation_handed_to_id",
        "conversation",
        ["handed_to_id", "last_message_at"],
        postgresql_where="handed_to_id IS NOT NULL",
    )


def _suggestions() -> None:
    """A whole car may be suggested, and somebody of the house may do so."""
    op.add_column("cart_member", sa.Column("staff_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_cart_member_staff_id_staff"), "cart_member", "staff", ["staff_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_cart_member_staff_need_no_invitation"),
        "cart_member",
        "staff_id IS NULL OR invitation_id IS NULL",
    )
    op.add_column("cart_comment", sa.Column("stock_item_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_cart_comment_stock_item_id_stock_item"),
        "cart_comment",
        "stock_item",
        ["stock_item_id"],
        ["id"],
    )
    for name in ("suggests", "build_names_its_configuration", "change_names_its_line"):
        op.drop_constraint(op.f(f"ck_cart_comment_{name}"), "cart_comment", type_="check")
    op.create_check_constraint(
        op.f("ck_cart_comment_suggests"), "cart_comment", f"suggests IN ({SUGGESTS}, 'design', 'car')"
    )
    op.create_check_constraint(
        op.f("ck_cart_comment_build_names_its_configuration"),
        "cart_comment",
        "(suggests IS NOT NULL AND suggests IN ('build', 'design')) = (configuration_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_cart_comment_car_names_itself"),
        "cart_comment",
        "(suggests IS NOT DISTINCT FROM 'car') = (stock_item_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_cart_comment_change_names_its_line"),
        "cart_comment",
        "suggests IS NULL OR suggests IN ('add', 'design', 'car') OR line_id IS NOT NULL",
    )


def _answers() -> None:
    op.create_table(
        "canned_answer",
        *_head(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        _instant("changed_at"),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 2000", name=op.f("ck_canned_answer_body")),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_canned_answer_language")),
        _to("canned_answer", "changed_by", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_canned_answer_public_id")),
        sa.UniqueConstraint("key", "language", name=op.f("uq_canned_answer_key_language")),
    )


def _notes() -> None:
    op.create_table(
        "private_note",
        *_head(),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        _instant("at", nullable=False),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 2000", name=op.f("ck_private_note_body")),
        _to("private_note", "conversation_id", "conversation"),
        _to("private_note", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_note")),
        sa.UniqueConstraint(
            "conversation_id", "client_key", name=op.f("uq_private_note_conversation_id_client_key")
        ),
    )


def _calls() -> None:
    op.create_table(
        "call_back",
        *_head(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("help_request_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        _instant("wished_from"),
        _instant("wished_until"),
        _instant("due_at", nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        _instant("closed_at"),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_call_back_state")),
        sa.CheckConstraint("attempts BETWEEN 0 AND 3", name=op.f("ck_call_back_attempts")),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_call_back_closed_with_an_outcome")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_call_back_closed_somewhen")
        ),
        sa.CheckConstraint(
            "outcome IN ('reached', 'not_reached', 'wrong_number', 'do_not_call', 'withdrawn')",
            name=op.f("ck_call_back_outcome"),
        ),
        sa.CheckConstraint(
            "(wished_from IS NULL) = (wished_until IS NULL)", name=op.f("ck_call_back_wished_time_is_whole")
        ),
        _to("call_back", "conversation_id", "conversation"),
        _to("call_back", "help_request_id", "help_request"),
        _to("call_back", "recipient_id", "recipient"),
        _to("call_back", "agreed_by", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_back_public_id")),
    )
    op.create_index(
        "uq_call_back_conversation_id_open",
        "call_back",
        ["conversation_id"],
        unique=True,
        postgresql_where="state = 'open'",
    )
    op.create_index("ix_call_back_due", "call_back", ["due_at"], postgresql_where="state = 'open'")
    op.create_table(
        "call_attempt",
        *_head(),
        sa.Column("call_back_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        _instant("at", nullable=False),
        sa.CheckConstraint(
            "disposition IN ('reached', 'no_answer', 'voicemail', 'wrong_number', 'do_not_call', 'new_time')",
            name=op.f("ck_call_attempt_disposition"),
        ),
        _to("call_attempt", "call_back_id", "call_back"),
        _to("call_attempt", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
        sa.UniqueConstraint(
            "call_back_id", "client_key", name=op.f("uq_call_attempt_call_back_id_client_key")
        ),
    )
    op.create_table(
        "do_not_call",
        *_head(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _instant("at", nullable=False),
        _to("do_not_call", "customer_id", "customer"),
        _to("do_not_call", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call")),
    )
    op.create_index("ix_do_not_call_customer_id", "do_not_call", ["customer_id"])
    # Calls that were promised before there was a queue stand in it too, one a conversation.
    op.execute(
        """
        INSERT INTO call_back (id, created_at, public_id, conversation_id, help_request_id, recipient_id,
                               wished_from, wished_until, due_at)
        SELECT DISTINCT ON (h.conversation_id) gen_random_uuid(), h.created_at,
               replace(gen_random_uuid()::text, '-', ''), h.conversation_id, h.id, c.recipient_id,
               h.wished_from, h.wished_until, coalesce(h.answer_due_at, h.created_at)
        FROM help_request h JOIN conversation c ON c.id = h.conversation_id
        WHERE h.kind = 'callback' AND h.first_reply_at IS NULL AND c.state <> 'resolved'
        ORDER BY h.conversation_id, h.id DESC
        """
    )


def _hand_overs() -> None:
    op.create_table(
        "hand_over",
        *_head(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        _instant("decided_at"),
        sa.CheckConstraint(
            "state IN ('asking', 'done', 'declined', 'withdrawn')", name=op.f("ck_hand_over_state")
        ),
        sa.CheckConstraint(
            "reason IN ('test_drive', 'stock', 'used_car', 'handover', 'finance', 'other')",
            name=op.f("ck_hand_over_reason"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR consent_id IS NOT NULL", name=op.f("ck_hand_over_done_under_a_consent")
        ),
        sa.CheckConstraint(
            "(state = 'asking') = (decided_at IS NULL)", name=op.f("ck_hand_over_decided_somewhen")
        ),
        _to("hand_over", "conversation_id", "conversation"),
        _to("hand_over", "recipient_id", "recipient"),
        _to("hand_over", "staff_id", "staff"),
        _to("hand_over", "consent_id", "consent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hand_over_public_id")),
        sa.UniqueConstraint(
            "conversation_id", "client_key", name=op.f("uq_hand_over_conversation_id_client_key")
        ),
    )
    op.create_index(
        "uq_hand_over_conversation_id_asking",
        "hand_over",
        ["conversation_id"],
        unique=True,
        postgresql_where="state = 'asking'",
    )
    op.create_index("ix_hand_over_recipient_id", "hand_over", ["recipient_id"])


def _cards() -> None:
    op.create_table(
        "thread_card",
        *_head(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        _instant("held_until"),
        sa.Column("cart_id", sa.Uuid(), nullable=True),
        sa.Column("hand_over_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('link', 'suggestion', 'slot', 'share')", name=op.f("ck_thread_card_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'link') = (url IS NOT NULL)", name=op.f("ck_thread_card_link_leads_somewhere")
        ),
        sa.CheckConstraint(
            "(kind = 'suggestion') = (comment_id IS NOT NULL)", name=op.f("ck_thread_card_suggestion_is_one")
        ),
        sa.CheckConstraint(
            "(kind = 'slot') = (slot_id IS NOT NULL AND held_until IS NOT NULL)",
            name=op.f("ck_thread_card_slot_is_held"),
        ),
        sa.CheckConstraint(
            "(kind = 'share') = (hand_over_id IS NOT NULL)", name=op.f("ck_thread_card_share_asks")
        ),
        _to("thread_card", "conversation_id", "conversation"),
        _to("thread_card", "message_id", "message"),
        _to("thread_card", "comment_id", "cart_comment"),
        _to("thread_card", "slot_id", "slot"),
        _to("thread_card", "cart_id", "cart"),
        _to("thread_card", "hand_over_id", "hand_over"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_card")),
        sa.UniqueConstraint("public_id", name=op.f("uq_thread_card_public_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_thread_card_message_id")),
    )
    op.create_index("ix_thread_card_conversation_id", "thread_card", ["conversation_id"])
    op.create_index("ix_thread_card_comment_id", "thread_card", ["comment_id"])


def downgrade() -> None:
    for table in ("thread_card", "hand_over", "do_not_call", "call_attempt", "call_back", "private_note"):
        op.drop_table(table)
    op.drop_table("canned_answer")
    op.execute("DELETE FROM cart_comment WHERE suggests IN ('design', 'car')")
    for name in (
        "car_names_itself",
        "suggests",
        "build_names_its_configuration",
        "change_names_its_line",
    ):
        op.drop_constraint(op.f(f"ck_cart_comment_{name}"), "cart_comment", type_="check")
    op.create_check_constraint(op.f("ck_cart_comment_suggests"), "cart_comment", f"suggests IN ({SUGGESTS})")
    op.create_check_constraint(
        op.f("ck_cart_comment_build_names_its_configuration"),
        "cart_comment",
        "(suggests IS NOT DISTINCT FROM 'build') = (configuration_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_cart_comment_change_names_its_line"),
        "cart_comment",
        "suggests IS NULL OR suggests = 'add' OR line_id IS NOT NULL",
    )
    op.drop_column("cart_comment", "stock_item_id")
    op.drop_constraint(op.f("ck_cart_member_staff_need_no_invitation"), "cart_member", type_="check")
    op.drop_column("cart_member", "staff_id")
    op.drop_index("ix_conversation_handed_to_id", table_name="conversation")
    for name in ("other_says_what", "only_a_settled_one_has_an_outcome", "outcome"):
        op.drop_constraint(op.f(f"ck_conversation_{name}"), "conversation", type_="check")
    for column in ("handed_to_id", "snoozed_until", "outcome_note", "outcome"):
        op.drop_column("conversation", column)
