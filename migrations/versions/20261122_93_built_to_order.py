"""A cart and an order take a build; the car gets its VIN later."""

import sqlalchemy as sa
from alembic import op

revision = "202611220193"
down_revision = "202611220192"
branch_labels = None
depends_on = None

ONE_CAR = """
CASE WHEN kind = 'vehicle' THEN num_nonnulls(stock_item_id, configuration_id) = 1
     ELSE stock_item_id IS NULL AND (configuration_id IS NULL OR kind = 'feature') END
"""
CAR_OR_BUILD = """
CASE WHEN kind = 'vehicle'
     THEN num_nonnulls(stock_item_id, configuration_id) > 0 AND (stock_item_id IS NULL) = (vehicle_id IS NULL)
     ELSE stock_item_id IS NULL AND (configuration_id IS NULL OR kind = 'feature') END
"""
ASSIGNED_ONCE = """
(vin_assigned_at IS NOT NULL) = (kind = 'vehicle' AND configuration_id IS NOT NULL AND stock_item_id IS NOT NULL)
"""
ONE_OFFER = "removed_at IS NULL AND offer_id IS NOT NULL"
ONE_BUILD = "removed_at IS NULL AND configuration_id IS NOT NULL AND kind = 'vehicle'"

# A car that is not built yet has no VIN, so it is not among the VINs sold.
SALES = """
CREATE OR REPLACE VIEW inv_vehicle_sale AS
SELECT l.vin, l.order_id,
       CASE o.status WHEN 'cancelled' THEN 'cancelled' WHEN 'handed_over' THEN 'sold' ELSE 'reserved' END AS state
FROM order_line l JOIN customer_order o ON o.id = l.order_id
WHERE l.kind = 'vehicle'
"""


def upgrade() -> None:
    op.add_column("cart_line", sa.Column("configuration_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_cart_line_configuration_id_configuration"),
        "cart_line",
        "configuration",
        ["configuration_id"],
        ["id"],
    )
    op.drop_constraint(op.f("ck_cart_line_vehicle_is_a_stock_item"), "cart_line", type_="check")
    op.create_check_constraint(op.f("ck_cart_line_vehicle_is_one_car"), "cart_line", ONE_CAR.strip())
    op.drop_index("uq_cart_line_offer", table_name="cart_line", postgresql_where=ONE_OFFER)
    op.create_index(
        "uq_cart_line_offer",
        "cart_line",
        ["cart_id", "offer_id", "vehicle_id", "configuration_id"],
        unique=True,
        postgresql_where=ONE_OFFER,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_cart_line_configuration",
        "cart_line",
        ["cart_id", "configuration_id"],
        unique=True,
        postgresql_where=ONE_BUILD,
    )

    op.add_column("order_line", sa.Column("configuration_id", sa.Uuid(), nullable=True))
    op.add_column("order_line", sa.Column("vin_assigned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_line_configuration_id_configuration"),
        "order_line",
        "configuration",
        ["configuration_id"],
        ["id"],
    )
    op.drop_constraint(op.f("ck_order_line_a_car_is_a_stock_item"), "order_line", type_="check")
    op.create_check_constraint(
        op.f("ck_order_line_a_car_is_a_stock_item_or_a_build"), "order_line", CAR_OR_BUILD.strip()
    )
    op.create_check_constraint(
        op.f("ck_order_line_a_built_car_has_its_vin_since"), "order_line", ASSIGNED_ONCE.strip()
    )
    op.execute(f"{SALES} AND l.vin IS NOT NULL")


def downgrade() -> None:
    op.execute(SALES)
    op.drop_constraint(op.f("ck_order_line_a_built_car_has_its_vin_since"), "order_line", type_="check")
    op.drop_constraint(op.f("ck_order_line_a_car_is_a_stock_item_or_a_build"), "order_line", type_="check")
    op.create_check_constraint(
        op.f("ck_order_line_a_car_is_a_stock_item"),
        "order_line",
        "(kind = 'vehicle') = (stock_item_id IS NOT NULL) AND (kind <> 'vehicle' OR vehicle_id IS NOT NULL)",
    )
    op.drop_constraint(op.f("fk_order_line_configuration_id_configuration"), "order_line", type_="foreignkey")
    op.drop_column("order_line", "vin_assigned_at")
    op.drop_column("order_line", "configuration_id")

    op.drop_index("uq_cart_line_configuration", table_name="cart_line", postgresql_where=ONE_BUILD)
    op.drop_index("uq_cart_line_offer", table_name="cart_line", postgresql_where=ONE_OFFER)
    op.create_index(
        "uq_cart_line_offer",
        "cart_line",
        ["cart_id", "offer_id", "vehicle_id"],
        unique=True,
        postgresql_where=ONE_OFFER,
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint(op.f("ck_cart_line_vehicle_is_one_car"), "cart_line", type_="check")
    op.create_check_constraint(
        op.f("ck_cart_line_vehicle_is_a_stock_item"),
        "cart_line",
        "(kind = 'vehicle') = (stock_item_id IS NOT NULL)",
    )
    op.drop_constraint(op.f("fk_cart_line_configuration_id_configuration"), "cart_line", type_="foreignkey")
    op.drop_column("cart_line", "configuration_id")
