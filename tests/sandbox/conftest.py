from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Every call of a test is held against Stripe's published description on the way out."""
    bench = Bench(tmp_path / "sandbox")
    yield bench
    bench.close()
    assert bench.judge.problems == []
