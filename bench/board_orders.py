"""A dealer with hundreds of orders, written in sets: what a board of that size costs is measured on them."""

import uuid

from sqlalchemy import Connection, text

SIZE = 500

_CARS = """
WITH made AS (
    INSERT INTO vehicle (id, vin, model_id, model_year, paint, wheels, interior)
    SELECT uuidv7(), 'LTN' || upper(substr(md5(:seed || n), 1, 14)), (SELECT id FROM model ORDER BY slug LIMIT 1),
           2026, (ARRAY['mist', 'tarn', 'ink', 'lichen'])[1 + n % 4], 'blade', 'sand'
    FROM generate_series(1, :size) AS n
    RETURNING id, vin
)
INSERT INTO stock_item (id, public_id, vehicle_id, condition, recipient_id, market_key, currency, price_minor, state,
                        ready_on)
SELECT uuidv7(), 'car-' || made.vin, made.id, 'new', r.id, r.market_key, 'CNY', 26080000, 'sold', current_date
FROM made JOIN recipient r ON r.id = :recipient_id
"""

_ORDERS = """
WITH cars AS (
    SELECT i.id AS item_id, v.id AS vehicle_id, v.vin, row_number() OVER (ORDER BY v.vin) AS n
    FROM stock_item i JOIN vehicle v ON v.id = i.vehicle_id
    WHERE i.recipient_id = :recipient_id AND i.public_id LIKE 'car-LTN%'
), buyers AS (
    INSERT INTO customer (id, public_id, market_key, name, language)
    SELECT uuidv7(), 'buyer-' || vin, 'CN', 'Buyer ' || n, CASE WHEN n % 9 = 0 THEN 'en' ELSE 'zh' END FROM cars
    RETURNING id, public_id, language
), times AS (
    INSERT INTO slot (id, public_id, recipient_id, purpose, starts_at, ends_at, capacity)
    SELECT uuidv7(), 'slot-' || vin, :recipient_id, CASE WHEN n % 4 = 0 THEN 'delivery' ELSE 'handover' END,
           date_trunc('day', forecourt_now()) + make_interval(days => (n / 12)::int, mins => (n % 12)::int * 45),
           date_trunc('day', forecourt_now()) + make_interval(days => (n / 12)::int, mins => (n % 12)::int * 45 + 60), 1
    FROM cars
    ON CONFLICT DO NOTHING
    RETURNING id, public_id
), placed AS (
    INSERT INTO customer_order (id, public_id, number, cart_id, market_key, currency, language, customer_id, status,
                                method, recipient_id, slot_id, due_on, placed_at)
    SELECT uuidv7(), 'order-' || cars.vin, 'B-' || cars.n, gen_random_uuid(), 'CN', 'CNY', buyers.language, buyers.id,
           (ARRAY['placed', 'preparing', 'preparing', 'ready'])[1 + cars.n % 4],
           CASE WHEN cars.n % 4 = 0 THEN 'home_delivery' ELSE 'dealer_handover' END, :recipient_id, times.id,
           current_date + (cars.n / 12)::int, forecourt_now() - make_interval(days => 20)
    FROM cars JOIN buyers ON buyers.public_id = 'buyer-' || cars.vin
    LEFT JOIN times ON times.public_id = 'slot-' || cars.vin
    RETURNING id, public_id, status
), lines AS (
    INSERT INTO order_line (id, order_id, position, kind, sku, title, detail, stock_item_id, vehicle_id, vin, quantity,
                            grants, billing, starts, price_minor)
    SELECT uuidv7(), placed.id, 0, 'vehicle', cars.vin, '{"en": "Mere", "zh": "澄 Mere"}', '{"en": "", "zh": ""}',
           cars.item_id, cars.vehicle_id, cars.vin, 1, '{}', 'once', 'handover', 26080000
    FROM placed JOIN cars ON placed.public_id = 'order-' || cars.vin
), amounts AS (
    INSERT INTO order_amount (id, order_id, position, due, key, label, amount_minor, currency)
    SELECT uuidv7(), placed.id, at.position, at.due, at.key, '{"en": "Car", "zh": "车"}', at.minor, 'CNY'
    FROM placed CROSS JOIN (VALUES (0, 'today', 'deposit', 500000), (1, 'by_date', 'car', 25580000))
         AS at(position, due, key, minor)
), money AS (
    INSERT INTO receipt (id, order_id, reference, method, purpose, amount_minor, currency, received_at, actor_kind)
    SELECT uuidv7(), placed.id, 'bench-' || placed.public_id, 'online', 'deposit', 500000, 'CNY', forecourt_now(),
           'system'
    FROM placed
), moves AS (
    INSERT INTO order_move (id, order_id, from_status, to_status, at, actor_kind)
    SELECT uuidv7(), placed.id, 'placed', 'preparing', forecourt_now() - make_interval(days => 1), 'system'
    FROM placed WHERE placed.status <> 'placed'
)
INSERT INTO checklist_item (id, order_id, key, closed_at, actor_kind)
SELECT uuidv7(), placed.id, point.key,
       CASE WHEN placed.status = 'ready' AND point.before OR placed.status = 'preparing' AND point.key = 'papers_ready'
            THEN forecourt_now() END,
       CASE WHEN placed.status = 'ready' AND point.before OR placed.status = 'preparing' AND point.key = 'papers_ready'
            THEN 'system' END
FROM placed CROSS JOIN (VALUES ('papers_ready', true), ('car_prepared', true), ('keys_counted', true),
    ('charging_kit', true), ('balance_received', true), ('identity_checked', false), ('odometer_read', false),
    ('walk_through', false), ('signatures', false)) AS point(key, before)
"""

_BELL = """
INSERT INTO room_version (room, version) SELECT 'board:' || public_id, 1 FROM recipient WHERE id = :recipient_id
ON CONFLICT (room) DO UPDATE SET version = room_version.version + 1
"""


def fill(connection: Connection, recipient_id: uuid.UUID, size: int = SIZE) -> None:
    """So many open orders of this dealer, over the coming weeks, in every state before the handover."""
    seed = uuid.uuid4().hex
    connection.execute(text(_CARS), {"recipient_id": recipient_id, "size": size, "seed": seed})
    connection.execute(text(_ORDERS), {"recipient_id": recipient_id})
    connection.execute(text(_BELL), {"recipient_id": recipient_id})
