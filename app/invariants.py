"""What must always be true, asked of the ten inv_* views: each query returns the rows that offend."""

from collections.abc import Mapping

from sqlalchemy import text

from app.db import session
from app.i18n import N_

INVARIANTS: Mapping[str, tuple[str, str]] = {
    "I1": (
        N_("Captured money belongs to a live order, or is refunded"),
        "select p.ref from inv_payment p left join inv_order o on o.id = p.order_id and o.state <> 'cancelled'"
        " where p.state = 'captured' and p.amount > 0 and o.id is null",
    ),
    "I2": (
        N_("What the order says was paid is what was captured, in the same currency"),
        "select o.id from inv_order o left join inv_payment p on p.order_id = o.id and p.currency = o.currency"
        " and p.state = 'captured' group by o.id having coalesce(sum(p.amount), 0) <> max(o.paid)",
    ),
    "I3": (
        N_("One order per cart"),
        "select cart_id from inv_order where state <> 'cancelled' group by 1 having count(*) > 1",
    ),
    "I4": (
        N_("A VIN is sold once"),
        "select vin from inv_vehicle_sale where state in ('reserved', 'sold') group by 1 having count(*) > 1",
    ),
    "I5": (
        N_("Every ledger transaction sums to zero per currency"),
        "select tx_id, currency from inv_ledger group by 1, 2 having sum(amount) <> 0",
    ),
    "I6a": (
        N_("No customer account is below zero"),
        "select account from inv_ledger where account like 'cust:%' group by account, currency having sum(amount) < 0",
    ),
    "I6b": (
        N_("No idempotency key is used twice"),
        "select idem from inv_ledger group by idem having count(distinct tx_id) > 1",
    ),
    "I7": (
        N_("Every due abandoned cart or help request has exactly one lead"),
        "select s.id, s.kind from inv_signal s left join inv_lead l on l.source_id = s.id and l.kind = s.kind"
        " where s.lead_due_at <= current_timestamp group by s.id, s.kind having count(l.id) <> 1",
    ),
    "I8": (
        N_("Every lead was delivered, is scheduled, or is a visible dead letter"),
        "select l.id from inv_lead l where not exists (select 1 from inv_delivery d where d.lead_id = l.id"
        " and (d.state in ('delivered', 'dead') or (d.state = 'pending' and d.next_at is not null)))",
    ),
    "I9": (
        N_("No lead went out without consent"),
        "select l.id from inv_lead l join inv_delivery d on d.lead_id = l.id"
        " where d.state = 'delivered' and l.consent_id is null",
    ),
    "I10": (
        N_("An entitlement is active exactly once per paid line"),
        "select order_line_id, feature from inv_entitlement group by 1, 2"
        " having sum(case when state = 'active' then 1 else 0 end) <> 1",
    ),
    "I11": (
        N_("No message is lost or doubled"),
        "select conversation from inv_chat group by 1"
        " having count(*) <> max(seq) or count(*) <> count(distinct client_id)",
    ),
    "I12": (
        N_("An inbound event has one effect"),
        "select event_id from inv_inbox group by provider, event_id having count(*) > 1 or max(effects) > 1",
    ),
}


def offending() -> dict[str, int]:
    """Invariant -> number of rows that break it; all zero in a sound shop."""
    return {
        name: int(session().execute(text(f"select count(*) from ({sql}) offending")).scalar_one())
        for name, (_, sql) in INVARIANTS.items()
    }
