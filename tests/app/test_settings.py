"""Settings are typed, and a shop that would be unsafe does not start."""

import pytest

from app.settings import SettingsRefused, read_settings

SAFE = {
    "FORECOURT_ENV": "production",
    "FORECOURT_PUBLIC_URL": "https://tarn.example",
    "FORECOURT_SMTP_URL": "smtp://mail.tarn.example",
    "FORECOURT_STRIPE_API_KEY": "sk_live_x",
    "FORECOURT_STRIPE_WEBHOOK_SECRET": "whsec_x",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FORECOURT_STRIPE_API_BASE", raising=False)
    return monkeypatch


def test_production_starts_with_everything_it_needs(production: pytest.MonkeyPatch) -> None:
    assert read_settings().env == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORECOURT_PUBLIC_URL", "http://tarn.example"),
        ("FORECOURT_STRIPE_API_BASE", "http://127.0.0.1:1"),
        ("FORECOURT_STRIPE_WEBHOOK_SECRET", ""),
        ("FORECOURT_SMTP_URL", ""),
        ("FLASK_DEBUG", "1"),
    ],
)
def test_production_refuses_what_is_unsafe_and_names_it(
    production: pytest.MonkeyPatch, name: str, value: str
) -> None:
    production.setenv(name, value)

    with pytest.raises(SettingsRefused, match=name.replace("_API_BASE", "")):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORECOURT_LEAD_HOLD_S", "soon"),
        ("FORECOURT_ENV", "staging"),
        ("FORECOURT_SECRET_KEY", "short"),
        ("FORECOURT_COLOUR", "red"),
    ],
)
def test_an_unknown_name_or_a_malformed_value_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsRefused, match=name):
        read_settings()


def test_a_live_key_is_never_sent_to_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECOURT_STRIPE_API_KEY", "sk_live_x")

    with pytest.raises(SettingsRefused, match="live key"):
        read_settings()
