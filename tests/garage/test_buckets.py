"""The soonest end goes first."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.buckets import Bucket, Take, spendable, takes

MAY = datetime(2026, 5, 12, tzinfo=UTC)
DECEMBER = Bucket(uuid.UUID(int=1), 100, datetime(2026, 12, 31, tzinfo=UTC))
JUNE = Bucket(uuid.UUID(int=2), 60, datetime(2026, 6, 30, tzinfo=UTC))

buckets = st.lists(
    st.builds(
        Bucket,
        id=st.uuids(),
        left=st.integers(0, 500),
        expires_at=st.integers(-5, 5).map(lambda days: MAY + timedelta(days=days)),
    ),
    unique_by=lambda bucket: bucket.id,
    max_size=6,
)


def test_a_spend_takes_what_ends_in_june_before_what_ends_in_december() -> None:
    assert takes([DECEMBER, JUNE], 75, MAY) == [Take(JUNE.id, 60), Take(DECEMBER.id, 15)]


@pytest.mark.parametrize(("credits", "enough"), [(160, True), (161, False)])
def test_a_spend_takes_all_or_nothing(credits: int, enough: bool) -> None:
    assert (takes([DECEMBER, JUNE], credits, MAY) is not None) is enough


def test_what_has_reached_its_end_cannot_be_spent() -> None:
    assert spendable([DECEMBER, JUNE], JUNE.expires_at) == 100
    assert takes([JUNE], 1, JUNE.expires_at) is None


@given(buckets, st.integers(1, 1500))
def test_takes_add_up_never_overdraw_and_leave_no_sooner_end_behind(have: list[Bucket], wanted: int) -> None:
    taken = takes(have, wanted, MAY)

    by_id = {bucket.id: bucket for bucket in have}
    if taken is None:
        assert spendable(have, MAY) < wanted
        return
    assert sum(take.credits for take in taken) == wanted
    assert all(0 < take.credits <= by_id[take.bucket_id].left for take in taken)
    last = max(by_id[take.bucket_id].expires_at for take in taken)
    emptied = {take.bucket_id for take in taken if take.credits == by_id[take.bucket_id].left}
    sooner = [b for b in have if MAY < b.expires_at < last and b.left]
    assert all(bucket.id in emptied for bucket in sooner)
