"""How times spread, in buckets that grow by a tenth: what is read from them is right to within five per cent. Pure."""

import math
from collections.abc import Mapping

GROWTH = 1.1
TYPICAL = 0.5
SLOW = 0.9


def bucket_of(seconds: float) -> int:
    return math.floor(math.log(1 + max(0.0, seconds)) / math.log(GROWTH))


def middle_s(bucket: int) -> float:
    """The seconds in the middle of a bucket, as its edges grow."""
    return float(GROWTH ** (bucket + 0.5)) - 1


def quantile_s(counts: Mapping[int, int], share: float) -> float | None:
    """The time that this share of all took at most; None of nothing."""
    total = sum(counts.values())
    if total == 0:
        return None
    wanted, seen = share * total, 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= wanted:
            return middle_s(bucket)
    return middle_s(max(counts))
