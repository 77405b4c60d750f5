"""Which credits go first: pure. Credits come in buckets with an end of their own, and the soonest end goes first."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Bucket:
    """`left` is what the ledger says is in it; it is good for spending until `expires_at`, exclusive."""

    id: uuid.UUID
    left: int
    expires_at: datetime


@dataclass(frozen=True)
class Take:
    bucket_id: uuid.UUID
    credits: int


def spendable(buckets: Iterable[Bucket], at: datetime) -> int:
    return sum(bucket.left for bucket in buckets if bucket.expires_at > at)


def takes(buckets: Iterable[Bucket], credits: int, at: datetime) -> list[Take] | None:
    """What to take from where, soonest end first; None when there is not enough, and then nothing is taken."""
    wanted = credits
    taken: list[Take] = []
    good = (bucket for bucket in buckets if bucket.left > 0 and bucket.expires_at > at)
    for bucket in sorted(good, key=lambda bucket: (bucket.expires_at, bucket.id)):
        if wanted == 0:
            break
        part = min(bucket.left, wanted)
        taken.append(Take(bucket.id, part))
        wanted -= part
    return taken if wanted == 0 else None
