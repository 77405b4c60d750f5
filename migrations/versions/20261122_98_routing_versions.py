"""Routing rules are kept in versions: a change is a new row, and a lead points at the one it was routed by."""

import sqlalchemy as sa
from alembic import op

revision = "202611220198"
down_revision = "202611220197"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("routing_rule", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("routing_rule", sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("routing_rule", sa.Column("changed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_routing_rule_changed_by_staff"), "routing_rule", "staff", ["changed_by"], ["id"])
    op.drop_constraint("uq_routing_rule_market_key_source_product", "routing_rule", type_="unique")
    op.create_index(
        "uq_routing_rule_live",
        "routing_rule",
        ["market_key", "source", "product"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_routing_rule_market_key_source_product_version"),
        "routing_rule",
        ["market_key", "source", "product", "version"],
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_routing_rule_market_key_source_product_version"), "routing_rule", type_="unique")
    op.drop_index("uq_routing_rule_live", "routing_rule")
    op.execute(
        "UPDATE lead SET rule_id = live.id FROM routing_rule old JOIN routing_rule live USING (market_key, source, product)"
        " WHERE lead.rule_id = old.id AND old.superseded_at IS NOT NULL AND live.superseded_at IS NULL"
    )
    op.execute(
        "UPDATE routing_decision SET rule_id = live.id FROM routing_rule old"
        " JOIN routing_rule live USING (market_key, source, product)"
        " WHERE routing_decision.rule_id = old.id AND old.superseded_at IS NOT NULL AND live.superseded_at IS NULL"
    )
    op.execute("DELETE FROM routing_rule WHERE superseded_at IS NOT NULL")
    op.create_unique_constraint(
        "uq_routing_rule_market_key_source_product", "routing_rule", ["market_key", "source", "product"]
    )
    op.drop_constraint(op.f("fk_routing_rule_changed_by_staff"), "routing_rule", type_="foreignkey")
    op.drop_column("routing_rule", "changed_by")
    op.drop_column("routing_rule", "superseded_at")
    op.drop_column("routing_rule", "version")
