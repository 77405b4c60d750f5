"""The book: transactions of two legs or more that sum to zero, each written once under the caller's key."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from app.db import session
from app.ids import uuid7
from garage.models import CREDIT, LedgerEntry


@dataclass(frozen=True)
class Leg:
    account: str
    amount: int
    bucket_id: uuid.UUID | None = None


class LegsDoNotSumToZero(ValueError):
    """A fault in the programme, never the customer's."""


def post(legs: Sequence[Leg], *, kind: str, idem: str, at: datetime, currency: str = CREDIT) -> uuid.UUID:
    """Writes the transaction and gives its id. A second one under the same key breaks the unique (idem, leg)."""
    if len(legs) < 2 or sum(leg.amount for leg in legs) != 0:
        raise LegsDoNotSumToZero(f"{kind} {idem}")
    tx_id = uuid7()
    session().execute(
        insert(LedgerEntry),
        [
            {
                "tx_id": tx_id,
                "leg": number,
                "idem": idem,
                "kind": kind,
                "account": leg.account,
                "amount": leg.amount,
                "currency": currency,
                "bucket_id": leg.bucket_id,
                "at": at,
            }
            for number, leg in enumerate(legs)
        ],
    )
    return tx_id


def written(idem: str) -> Sequence[LedgerEntry]:
    """The legs of the transaction under that key; empty when there is none."""
    return (
        session().scalars(select(LedgerEntry).where(LedgerEntry.idem == idem).order_by(LedgerEntry.leg)).all()
    )
