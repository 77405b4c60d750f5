"""What is kept in the process for some seconds, and what leaves a broker alone that is away."""

import pytest

from app import broker
from app.kept import Kept


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: at[0])
    return at


def test_a_value_is_made_again_only_when_its_time_is_over(now: list[float]) -> None:
    made: list[int] = []
    values = Kept[str, list[int]](10)

    def make() -> list[int]:
        made.append(len(made))
        return [*made]

    assert [values.get("a", make), values.get("a", make)] == [[0], [0]]
    now[0] += 10.1
    assert values.get("a", make) == [0, 1]
    values.forget()
    assert values.get("a", make) == [0, 1, 2]


def test_an_empty_answer_is_asked_for_again(now: list[float]) -> None:
    values, answers = Kept[str, dict[str, int]](10), iter([{}, {"a": 1}])

    assert values.get("all", lambda: next(answers)) == {}
    assert values.get("all", lambda: next(answers)) == {"a": 1}


def test_what_takes_long_to_make_lives_longer(now: list[float]) -> None:
    values, made = Kept[str, list[str]](10, share_of_time=20), []

    def slow() -> list[str]:
        now[0] += 2
        made.append("x")
        return [*made]

    values.get("stock", slow)
    now[0] += 39
    assert values.get("stock", slow) == ["x"]
    now[0] += 2
    assert values.get("stock", slow) == ["x", "x"]


def test_a_broker_that_is_away_is_asked_once_and_then_left_alone(now: list[float]) -> None:
    line, asked = broker.Line("test"), []

    def send() -> None:
        asked.append(now[0])
        raise ConnectionError("away")

    line.tell(send)
    line.tell(send)
    now[0] += broker.SILENT_AFTER_FAILURE_S
    line.tell(send)

    assert asked == [100.0, 105.0]
