"""Mobility credits: granted, spent, given back, lapsed. Every verb is idempotent by its key.

Whoever moves a customer's credits first locks that customer's row, so two spends never see the same balance.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.db import session, transaction
from app.events import SYSTEM, Actor, record
from customers.models import Customer
from garage import ledger, periods
from garage.buckets import Bucket, spendable, takes
from garage.events import CreditsMoved
from garage.ledger import Leg
from garage.models import CreditBucket, LedgerEntry, customer_account
from garage.refusals import CreditsShort, NotSpent

ISSUED = "house:credits"
REDEEMED = "house:redeemed"
LAPSED = "house:lapsed"

LAPSE_BATCH = 500


def grant(
    customer_id: uuid.UUID,
    credits: int,
    *,
    idem: str,
    actor: Actor,
    at: datetime,
    life_months: int = periods.CREDIT_LIFE_MONTHS,
) -> CreditBucket:
    """Credits that were bought, in a bucket of their own; the same key again gives the same bucket."""
    _lock(customer_id)
    known = session().scalars(select(CreditBucket).where(CreditBucket.source == idem)).one_or_none()
    if known is not None:
        return known
    bucket = CreditBucket(
        customer_id=customer_id,
        source=idem,
        granted=credits,
        expires_at=periods.months_later(at, life_months),
    )
    session().add(bucket)
    session().flush()
    legs = (Leg(customer_account(customer_id), credits, bucket.id), Leg(ISSUED, -credits))
    _moved(customer_id, ledger.post(legs, kind="grant", idem=idem, at=at), "grant", credits, actor, at)
    return bucket


def spend(customer_id: uuid.UUID, credits: int, *, idem: str, actor: Actor, at: datetime) -> uuid.UUID:
    """Takes credits, soonest end first, and gives the transaction's id. Raises CreditsShort, and nothing is taken."""
    if credits <= 0:
        raise ValueError("Only a positive number of credits can be spent.")
    _lock(customer_id)
    known = ledger.written(idem)
    if known:
        return known[0].tx_id
    buckets = buckets_of(customer_id)
    taken = takes(buckets, credits, at)
    if taken is None:
        raise CreditsShort(balance=spendable(buckets, at), needed=credits)
    account = customer_account(customer_id)
    legs = [*(Leg(account, -take.credits, take.bucket_id) for take in taken), Leg(REDEEMED, credits)]
    tx_id = ledger.post(legs, kind="spend", idem=idem, at=at)
    _moved(customer_id, tx_id, "spend", -credits, actor, at)
    return tx_id


def give_back(customer_id: uuid.UUID, spent_idem: str, *, actor: Actor, at: datetime) -> uuid.UUID:
    """Undoes a spend into the buckets it came from: their ends stay as they were, so what has lapsed meanwhile
    comes back and lapses at once. Raises NotSpent.
    """
    idem = f"return:{spent_idem}"
    _lock(customer_id)
    known = ledger.written(idem)
    if known:
        return known[0].tx_id
    account = customer_account(customer_id)
    spent = [leg for leg in ledger.written(spent_idem) if leg.kind == "spend"]
    if not any(leg.account == account for leg in spent):
        raise NotSpent()
    legs = [Leg(leg.account, -leg.amount, leg.bucket_id) for leg in spent]
    credits = sum(leg.amount for leg in legs if leg.account == account)
    tx_id = ledger.post(legs, kind="return", idem=idem, at=at)
    _moved(customer_id, tx_id, "return", credits, actor, at)
    for bucket in buckets_of(customer_id):
        _lapse(customer_id, bucket, at, occasion=spent_idem)
    return tx_id


def take_back(customer_id: uuid.UUID, granted_idem: str, *, actor: Actor, at: datetime) -> int:
    """Ends a grant, as when its order is cancelled: what is left of it goes; tells how many credits that were."""
    _lock(customer_id)
    source = select(CreditBucket.id).where(
        CreditBucket.source == granted_idem, CreditBucket.customer_id == customer_id
    )
    bucket_id = session().scalar(source)
    left = next((b.left for b in buckets_of(customer_id) if b.id == bucket_id), 0)
    if left <= 0:
        return 0
    legs = (Leg(customer_account(customer_id), -left, bucket_id), Leg(ISSUED, left))
    tx_id = ledger.post(legs, kind="take_back", idem=f"take-back:{granted_idem}", at=at)
    _moved(customer_id, tx_id, "take_back", -left, actor, at)
    return left


def balance(customer_id: uuid.UUID, at: datetime) -> int:
    """What can be spent now."""
    return spendable(buckets_of(customer_id), at)


def buckets_of(customer_id: uuid.UUID) -> list[Bucket]:
    """The customer's buckets with something in them, soonest end first."""
    left = func.sum(LedgerEntry.amount)
    rows = session().execute(
        select(CreditBucket.id, left, CreditBucket.expires_at)
        .join(LedgerEntry, LedgerEntry.bucket_id == CreditBucket.id)
        .where(CreditBucket.customer_id == customer_id)
        .group_by(CreditBucket.id)
        .having(left > 0)
        .order_by(CreditBucket.expires_at, CreditBucket.id)
    )
    return [Bucket(bucket_id, int(left), expires_at) for bucket_id, left, expires_at in rows]


def lapse_due(at: datetime) -> int:
    """Books out what has reached its end; tells how many buckets that were."""
    with transaction():
        due = _lapsed_owners(at)
    for customer_id in due:
        with transaction():
            _lock(customer_id)
            for bucket in buckets_of(customer_id):
                _lapse(customer_id, bucket, at)
    return len(due)


def _lapsed_owners(at: datetime) -> Sequence[uuid.UUID]:
    left = func.sum(LedgerEntry.amount)
    wanted = (
        select(CreditBucket.customer_id)
        .join(LedgerEntry, LedgerEntry.bucket_id == CreditBucket.id)
        .where(CreditBucket.expires_at <= at)
        .group_by(CreditBucket.id)
        .having(left > 0)
        .limit(LAPSE_BATCH)
    )
    return list(dict.fromkeys(session().scalars(wanted)))


def _lapse(customer_id: uuid.UUID, bucket: Bucket, at: datetime, occasion: str = "end") -> None:
    if bucket.expires_at > at:
        return
    legs = (Leg(customer_account(customer_id), -bucket.left, bucket.id), Leg(LAPSED, bucket.left))
    tx_id = ledger.post(legs, kind="expire", idem=f"expire:{bucket.id}:{occasion}", at=at)
    _moved(customer_id, tx_id, "expire", -bucket.left, SYSTEM, at)


def _lock(customer_id: uuid.UUID) -> None:
    session().execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))


def _moved(
    customer_id: uuid.UUID, tx_id: uuid.UUID, kind: str, credits: int, actor: Actor, at: datetime
) -> None:
    record(CreditsMoved(customer_id=customer_id, tx_id=tx_id, kind=kind, credits=credits), actor, at)
