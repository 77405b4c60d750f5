"""A lead that nobody has routed yet waits once, however many listeners its opening has."""

from alembic import op

revision = "202611220211"
down_revision = "202611220210"
branch_labels = None
depends_on = None

WAITING = """
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
JOIN event_handling h ON h.event_id = e.id AND h.state = 'pending'{router}
WHERE e.type = 'leads.lead_opened'
  AND NOT EXISTS (SELECT 1 FROM dispatch d WHERE d.lead_id = e.subject_id AND d.purpose = 'opened')
"""


def upgrade() -> None:
    op.execute(WAITING.format(router=" AND h.listener = 'leads.listeners.route_opened'"))


def downgrade() -> None:
    op.execute(WAITING.format(router=""))
