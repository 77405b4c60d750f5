"""Fifty thousand leads, written in sets: what an inbox of that size costs is measured on them."""

import uuid

from sqlalchemy import Connection, text

SIZE = 50_000

_PEOPLE = """
INSERT INTO customer (id, public_id, market_key, name, email, language)
SELECT uuidv7(), 'person-' || :seed || n, 'CN', 'Person ' || n, 'person' || n || '@example.com',
       CASE WHEN n % 9 = 0 THEN 'en' ELSE 'zh' END
FROM generate_series(1, 2000) AS n
"""

_LEADS = """
WITH people AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM customer WHERE public_id LIKE 'person-' || :seed || '%'
), made AS (
    INSERT INTO lead (id, public_id, number, market_key, kind, source, source_id, visitor_id, customer_id,
                      product_family, value_minor, currency, step, reason, snapshot, language, contactability, status,
                      recipient_id, why, staff_id, signalled_at, due_at, outcome, closed_at, score, score_version,
                      scored_at)
    SELECT uuidv7(), 'bench-' || md5(:seed || n), 'B-' || left(:seed, 6) || n, 'CN', 'help_request',
           (ARRAY['help_request', 'callback', 'test_drive', 'finance_request'])[1 + n % 4], gen_random_uuid(),
           gen_random_uuid(), people.id,
           (ARRAY['vehicle_new', 'vehicle_new', 'vehicle_used', 'charging', 'subscription', 'none'])[1 + n % 6],
           26080000, 'CNY', 'cart', 'message',
           '[{"kind": "vehicle", "title": {"en": "Mere Dual Motor", "zh": "Mere"}, "quantity": 1}]', 'zh', 'email',
           CASE WHEN n % 10 = 0 THEN 'lost' WHEN n % 3 = 0 THEN 'accepted' ELSE 'routed' END,
           :recipient_id, 'by_rule', CASE WHEN n % 3 = 0 THEN CAST(:staff_id AS uuid) END,
           forecourt_now() - make_interval(mins => n % 600), forecourt_now() + make_interval(mins => (n * 7) % 3000),
           CASE WHEN n % 10 = 0 THEN 'lost' END,
           CASE WHEN n % 10 = 0 THEN forecourt_now() - make_interval(mins => n % 9000) END,
           n % 100, 1, forecourt_now() + interval '1 day'
    FROM generate_series(1, :size) AS n JOIN people ON people.place = 1 + n % 2000
    RETURNING id, recipient_id, status
), decided AS (
    INSERT INTO routing_decision (id, lead_id, rule_id, chosen_id, fallback, why, candidates, at)
    SELECT uuidv7(), made.id, (SELECT id FROM routing_rule LIMIT 1), made.recipient_id, false, 'by_rule', '[]',
           forecourt_now()
    FROM made
)
INSERT INTO dispatch (id, lead_id, recipient_id, channel, purpose, state, sent_at)
SELECT uuidv7(), made.id, made.recipient_id, 'console', 'opened', 'sent', forecourt_now() FROM made
"""

_BEHIND = """
UPDATE lead SET primary_lead_id = first.id
FROM (SELECT id, customer_id FROM (SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY id) AS n
      FROM lead WHERE number LIKE 'B-' || left(:seed, 6) || '%' AND status = 'routed') ranked WHERE n = 1) first
WHERE lead.customer_id = first.customer_id AND lead.id <> first.id AND lead.number LIKE 'B-' || left(:seed, 6) || '%0'
"""


def fill(connection: Connection, recipient_id: uuid.UUID, staff_id: uuid.UUID, size: int = SIZE) -> None:
    """So many leads of one place, nine in ten open, some behind others of the same person."""
    facts = {"recipient_id": recipient_id, "staff_id": staff_id, "size": size, "seed": uuid.uuid4().hex}
    for statement in (_PEOPLE, _LEADS, _BEHIND):
        connection.execute(text(statement), facts)
    connection.execute(text("ANALYZE lead, dispatch, customer"))
