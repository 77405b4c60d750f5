"""The sandbox as a process of its own."""

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sandbox.settings import BadSettings, Settings, checked, from_arguments

HOUSE = Path(__file__).resolve().parents[2]


def test_it_starts_says_where_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        where = process.stdout.readline().strip()

        try:
            with urllib.request.urlopen(
                f"{where.removeprefix('Payment sandbox on ')}/healthz", timeout=5
            ) as answer:
                status = answer.status
        finally:
            process.send_signal(signal.SIGTERM)

        assert where.startswith("Payment sandbox on http://127.0.0.1:")
        assert (status, process.wait(10)) == (200, 0)
    assert (tmp_path / "sandbox.sqlite3").is_file()


def test_settings_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SANDBOX_WEBHOOK_URL", "http://127.0.0.1:5000/hooks")
    monkeypatch.setenv("SANDBOX_WEBHOOK_SECRET", "whsec_1")
    monkeypatch.setenv("SANDBOX_API_KEY", "sk_test_1")

    found = from_arguments(["--data", str(tmp_path), "--public-url", "https://pay.example/"])

    assert (found.webhook_url, found.webhook_secret, found.api_key) == (
        "http://127.0.0.1:5000/hooks",
        "whsec_1",
        "sk_test_1",
    )
    assert found.base_url() == "https://pay.example"


@pytest.mark.parametrize(
    "wrong",
    [{"host": "0.0.0.0"}, {"api_key": "sk_live_1"}, {"webhook_url": "http://127.0.0.1/"}],
)
def test_unsafe_settings_do_not_start(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        checked(Settings(data=tmp_path, **wrong))  # type: ignore[arg-type]


def test_the_sandbox_and_the_house_do_not_import_each_other() -> None:
    floors = [
        path.parent.name
        for path in HOUSE.glob("*/__init__.py")
        if path.parent.name not in ("sandbox", "tests")
    ]
    assert "app" in floors
    house = re.compile(rf"^\s*(?:from|import) (?:{'|'.join(floors)})\b", re.MULTILINE)
    sandbox = re.compile(r"^\s*(?:from|import) sandbox\b", re.MULTILINE)
    rooms = [path for floor in floors for path in (HOUSE / floor).rglob("*.py")]

    assert [path for path in (HOUSE / "sandbox").rglob("*.py") if house.search(path.read_text())] == []
    assert [path for path in rooms if sandbox.search(path.read_text())] == []
