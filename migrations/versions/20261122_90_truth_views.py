"""The ten views by which anybody can check the shop with their own queries."""

from alembic import op

revision = "202611220190"
down_revision = "202611220108"
branch_labels = None
depends_on = None

NAMES = (
    "inv_payment",
    "inv_order",
    "inv_vehicle_sale",
    "inv_ledger",
    "inv_signal",
    "inv_lead",
    "inv_delivery",
    "inv_entitlement",
    "inv_chat",
    "inv_inbox",
)

VIEWS = """
-- The ten read-only views that let anybody check the shop with queries of their own (docs: Health and truth).
-- Amounts are minor units. Kept with leads, the highest floor they need; replaced as a whole by each migration.

-- Money that is here: captured less what went back. Transfers that the bank reports are booked on the order itself.
CREATE OR REPLACE VIEW inv_payment AS
SELECT coalesce(p.provider_reference, p.public_id) AS ref, p.order_id, p.cart_id,
       p.captured_minor - p.refunded_minor AS amount, p.currency, p.state
FROM payment p
UNION ALL
SELECT 'bank:' || r.reference, r.order_id, o.cart_id, r.amount_minor, r.currency, 'captured'
FROM receipt r JOIN customer_order o ON o.id = r.order_id
WHERE r.method = 'bank_transfer';

CREATE OR REPLACE VIEW inv_order AS
SELECT o.id, o.cart_id, o.status AS state, coalesce(sum(r.amount_minor), 0)::bigint AS paid, o.currency
FROM customer_order o LEFT JOIN receipt r ON r.order_id = o.id
GROUP BY o.id;

CREATE OR REPLACE VIEW inv_vehicle_sale AS
SELECT l.vin, l.order_id,
       CASE o.status WHEN 'cancelled' THEN 'cancelled' WHEN 'handed_over' THEN 'sold' ELSE 'reserved' END AS state
FROM order_line l JOIN customer_order o ON o.id = l.order_id
WHERE l.kind = 'vehicle';

CREATE OR REPLACE VIEW inv_ledger AS
SELECT tx_id, account, amount, currency, idem FROM ledger_entry;

CREATE OR REPLACE VIEW inv_signal AS
SELECT e.id, 'abandoned_cart' AS kind, 'abandoned' AS state, e.lead_due_at + interval '1 minute' AS lead_due_at
FROM abandonment_episode e
UNION ALL
SELECT h.id, 'help_request', CASE WHEN h.first_reply_at IS NULL THEN 'asked' ELSE 'answered' END,
       h.created_at + interval '1 minute'
FROM help_request h;

CREATE OR REPLACE VIEW inv_lead AS
SELECT id, kind, source_id, consent_id FROM lead;

-- One row per lead, recipient and channel. A lead that nobody has been told of yet is looked at again at next_at;
-- one that was settled before anybody was told shows as dead, with its reason in the dispatch row.
CREATE OR REPLACE VIEW inv_delivery AS
SELECT d.lead_id, coalesce(r.code, '') AS recipient,
       CASE coalesce(v.state, d.state)
           WHEN 'queued' THEN 'pending' WHEN 'held' THEN 'pending'
           WHEN 'pending' THEN 'pending' WHEN 'sending' THEN 'pending' WHEN 'parked' THEN 'pending'
           WHEN 'sent' THEN CASE WHEN d.channel = 'console' AND l.consent_id IS NULL THEN 'dead' ELSE 'delivered' END
           WHEN 'delivered' THEN 'delivered'
           ELSE 'dead'
       END AS state,
       coalesce(v.attempts, 0) AS attempts,
       coalesce(v.next_at, d.next_at) AS next_at
FROM dispatch d
JOIN lead l ON l.id = d.lead_id
LEFT JOIN recipient r ON r.id = d.recipient_id
LEFT JOIN delivery v ON v.id = d.delivery_id
WHERE d.purpose = 'opened'
UNION ALL
SELECT e.subject_id, '', 'pending', h.attempts, h.next_at
FROM event e
JOIN event_handling h ON h.event_id = e.id AND h.state = 'pending'
WHERE e.type = 'leads.lead_opened'
  AND NOT EXISTS (SELECT 1 FROM dispatch d WHERE d.lead_id = e.subject_id AND d.purpose = 'opened');

CREATE OR REPLACE VIEW inv_entitlement AS
SELECT id, order_line_id, feature, state FROM entitlement WHERE due;

CREATE OR REPLACE VIEW inv_chat AS
SELECT conversation_id AS conversation, client_key AS client_id, seq, true AS acked FROM message;

CREATE OR REPLACE VIEW inv_inbox AS
SELECT provider, event_id, effects FROM inbox_event;
"""


def upgrade() -> None:
    op.execute(VIEWS)


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP VIEW {name}")
