"""Migrations, run from code: one linear history under migrations/."""

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config

from app.floors import FLOORS

ROOT = Path(__file__).resolve().parent.parent


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(revision: str = "head") -> None:
    command.upgrade(alembic_config(), revision)


def load_models() -> None:
    """Makes every table known to the metadata, the ground's and each context's."""
    for name in (
        "deliveries",
        "events",
        "grants",
        "inbox",
        "mail",
        "sessions",
        "signals",
        "timetable",
        "versions",
        "wording",
    ):
        importlib.import_module(f"app.{name}")
    for name in FLOORS:
        importlib.import_module(f"{name}.models")
