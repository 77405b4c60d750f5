"""More than one market: what a market lays on prices, words and addresses is data; a service is sold per market."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220191"
down_revision = "202611220190"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('open', 'paying')")


def _terms() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("tax_mode", sa.String(), server_default="purchase_tax", nullable=False),
        sa.Column("order_words", sa.String(), server_default="pay", nullable=False),
        sa.Column("withdrawal_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("number_prefix", sa.String(), server_default="", nullable=False),
        sa.Column(
            "address_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default='["street", "district", "city"]',
            nullable=False,
        ),
        sa.Column("finance_rate", sa.Numeric(precision=7, scale=5), server_default="0.032", nullable=False),
        sa.Column("finance_months", sa.Integer(), server_default="60", nullable=False),
        sa.Column(
            "finance_down_share", sa.Numeric(precision=7, scale=5), server_default="0.20", nullable=False
        ),
        sa.Column("finance_step_minor", sa.Integer(), server_default="100", nullable=False),
        sa.Column("finance_lender_code", sa.String(), server_default="heyuan", nullable=False),
    )


def upgrade() -> None:
    for column in _terms():
        op.add_column("market", column)
    op.create_check_constraint(
        op.f("ck_market_tax_mode"), "market", "tax_mode IN ('purchase_tax', 'gross_vat')"
    )
    op.create_check_constraint(
        op.f("ck_market_order_words"), "market", "order_words IN ('pay', 'obligation')"
    )
    op.drop_constraint(op.f("uq_offer_sku"), "offer", type_="unique")
    op.create_unique_constraint(op.f("uq_offer_market_key_sku"), "offer", ["market_key", "sku"])
    _rules_per_market()
    _carts_per_market()


def _rules_per_market() -> None:
    op.add_column(
        "routing_rule",
        sa.Column(
            "market_key",
            sa.String(),
            sa.ForeignKey("market.key", name=op.f("fk_routing_rule_market_key_market")),
            server_default="CN",
            nullable=False,
        ),
    )
    op.drop_constraint(op.f("uq_routing_rule_source_product"), "routing_rule", type_="unique")
    op.create_unique_constraint(
        op.f("uq_routing_rule_market_key_source_product"), "routing_rule", ["market_key", "source", "product"]
    )


def _carts_per_market() -> None:
    op.drop_index("uq_cart_visitor_id_live", table_name="cart", postgresql_where=LIVE)
    op.create_index(
        "uq_cart_visitor_id_market_key_live",
        "cart",
        ["visitor_id", "market_key"],
        unique=True,
        postgresql_where=LIVE,
    )
    for table in ("cart", "customer_order"):
        op.add_column(table, sa.Column("start_agreed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Refused by the database while two markets sell something under one name: there is no way back that keeps both.
    for table in ("customer_order", "cart"):
        op.drop_column(table, "start_agreed_at")
    op.drop_index("uq_cart_visitor_id_market_key_live", table_name="cart", postgresql_where=LIVE)
    op.create_index("uq_cart_visitor_id_live", "cart", ["visitor_id"], unique=True, postgresql_where=LIVE)
    op.drop_constraint(op.f("uq_routing_rule_market_key_source_product"), "routing_rule", type_="unique")
    op.create_unique_constraint(op.f("uq_routing_rule_source_product"), "routing_rule", ["source", "product"])
    op.drop_column("routing_rule", "market_key")
    op.drop_constraint(op.f("uq_offer_market_key_sku"), "offer", type_="unique")
    op.create_unique_constraint(op.f("uq_offer_sku"), "offer", ["sku"])
    op.drop_constraint(op.f("ck_market_order_words"), "market", type_="check")
    op.drop_constraint(op.f("ck_market_tax_mode"), "market", type_="check")
    for column in reversed(_terms()):
        op.drop_column("market", column.name)
