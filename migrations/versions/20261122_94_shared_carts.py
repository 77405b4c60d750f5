"""A cart seen by a second person, and lines saved for later."""

import sqlalchemy as sa
from alembic import op

revision = "202611220194"
down_revision = "202611220193"
branch_labels = None
depends_on = None


def _created_at() -> sa.Column:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("forecourt_now()"), nullable=False
    )


def upgrade() -> None:
    op.add_column("cart_line", sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_cart_line_saved_is_out_of_the_cart"),
        "cart_line",
        "saved_at IS NULL OR removed_at IS NOT NULL",
    )
    op.create_index(
        "ix_cart_line_saved",
        "cart_line",
        ["cart_id"],
        unique=False,
        postgresql_where="saved_at IS NOT NULL",
    )
    op.add_column("cart", sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_cart_visitor_id", "cart", ["visitor_id"], unique=False)
    op.create_table(
        "cart_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "revoked_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_cart_invitation_revoked_is_closed")
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_invitation_cart_id_cart")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_invitation_public_id")),
    )
    op.create_index("ix_cart_invitation_cart_id", "cart_invitation", ["cart_id"], unique=False)
    op.create_table(
        "cart_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_member_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["cart_invitation.id"],
            name=op.f("fk_cart_member_invitation_id_cart_invitation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_member")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_member_public_id")),
        sa.UniqueConstraint("cart_id", "visitor_id", name=op.f("uq_cart_member_cart_id_visitor_id")),
    )
    op.create_table(
        "cart_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        _created_at(),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("suggests", sa.String(), nullable=True),
        sa.Column("configuration_id", sa.Uuid(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("suggests IN ('build', 'add', 'drop')", name=op.f("ck_cart_comment_suggests")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_cart_comment_state")
        ),
        sa.CheckConstraint(
            "(suggests IS NULL) = (state IS NULL)", name=op.f("ck_cart_comment_suggestion_has_a_state")
        ),
        sa.CheckConstraint(
            "(suggests IS NOT DISTINCT FROM 'build') = (configuration_id IS NOT NULL)",
            name=op.f("ck_cart_comment_build_names_its_configuration"),
        ),
        sa.CheckConstraint(
            "(suggests IS NOT DISTINCT FROM 'add') = (offer_id IS NOT NULL)",
            name=op.f("ck_cart_comment_add_names_its_offer"),
        ),
        sa.CheckConstraint(
            "suggests IS NULL OR suggests = 'add' OR line_id IS NOT NULL",
            name=op.f("ck_cart_comment_change_names_its_line"),
        ),
        sa.CheckConstraint("length(text) <= 500", name=op.f("ck_cart_comment_text")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_comment_cart_id_cart")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["cart_member.id"], name=op.f("fk_cart_comment_member_id_cart_member")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["cart_line.id"], name=op.f("fk_cart_comment_line_id_cart_line")
        ),
        sa.ForeignKeyConstraint(
            ["configuration_id"],
            ["configuration.id"],
            name=op.f("fk_cart_comment_configuration_id_configuration"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_cart_comment_offer_id_offer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_comment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cart_comment_public_id")),
        sa.UniqueConstraint("cart_id", "client_key", name=op.f("uq_cart_comment_cart_id_client_key")),
    )
    op.create_index("ix_cart_comment_cart_id", "cart_comment", ["cart_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("cart_comment")
    op.drop_table("cart_member")
    op.drop_table("cart_invitation")
    op.drop_index("ix_cart_visitor_id", table_name="cart")
    op.drop_column("cart", "shared_at")
    op.drop_index("ix_cart_line_saved", table_name="cart_line", postgresql_where="saved_at IS NOT NULL")
    op.drop_constraint(op.f("ck_cart_line_saved_is_out_of_the_cart"), "cart_line", type_="check")
    op.drop_column("cart_line", "saved_at")
