"""`./forecourt check`: format, lint, types, floors, templates, catalogues, migrations. Exit 0 when all are in order."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app import catalogues
from app.embedded import Postgres
from app.floors import FLOORS, GROUND

ROOT = Path(__file__).resolve().parent.parent
CODE = (GROUND, *FLOORS, "sandbox", "tests", "bench")
FORBIDDEN_IN_TEMPLATES = {
    r"<style\b": "an inline style sheet",
    r"\sstyle\s*=": "a style attribute",
    r"<script(?![^>]*\bsrc=)": "an inline script",
    r"\son[a-z]+\s*=": "an event handler",
    r"\bhx-on\b": "hx-on",
    r"hx-vals\s*=\s*[\"']js:": "evaluated hx-vals",
    r"hx-trigger\s*=\s*[\"'][^\"']*\[": "an evaluated trigger filter",
}
REGISTRY_ADDRESS = re.compile(r"https?://[^\s\"']*(pypi|npmjs|pythonhosted)[^\s\"']*")


def main() -> int:
    ok = True
    for name, step in STEPS:
        started = time.monotonic()
        faults = step()
        print(f"{'ok  ' if not faults else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        for fault in faults:
            print(f"     {fault}", flush=True)
        ok = ok and not faults
    return 0 if ok else 1


def _run(*command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-60:]


def _code() -> list[str]:
    return [name for name in CODE if (ROOT / name).is_dir()]


def formatting() -> list[str]:
    return _run("ruff", "format", "--check", *_code(), "forecourt")


def lint() -> list[str]:
    return _run("ruff", "check", *_code(), "forecourt")


def types() -> list[str]:
    return _run("mypy", *_code())


def floors() -> list[str]:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else done.stdout.strip().splitlines()[-60:]


def templates() -> list[str]:
    faults = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text()
        for pattern, what in FORBIDDEN_IN_TEMPLATES.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                faults.append(f"{path.relative_to(ROOT)}:{line}: {what}")
        if path.name.startswith("_"):
            root_id = path.stem.lstrip("_").replace("_", "-")
            if f'id="{root_id}"' not in text:
                faults.append(f"{path.relative_to(ROOT)}: no element with id {root_id!r}")
    return faults


def locks() -> list[str]:
    faults = []
    for name in ("requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json", ".npmrc"):
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            if REGISTRY_ADDRESS.search(line) or '"resolved"' in line:
                faults.append(f"{name}:{number}: a registry's address")
    return faults


def migrations() -> list[str]:
    """The migrated schema and the models agree; asked of a real server."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres(Path(folder) / "postgres", durable=False) as postgres,
    ):
        environment = {
            **os.environ,
            "FORECOURT_DATABASE_URL": postgres.url,
            "FORECOURT_SECRET_KEY": "only-to-check-the-migrations-" + "x" * 32,
        }
        code = (
            "from alembic import command; from app.schema import alembic_config, migrate;"
            " migrate(); command.check(alembic_config())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-30:]


STEPS: tuple[tuple[str, Callable[[], list[str]]], ...] = (
    ("format", formatting),
    ("lint", lint),
    ("types", types),
    ("floors", floors),
    ("templates", templates),
    ("catalogues", catalogues.faults),
    ("locks", locks),
    ("migrations", migrations),
)

if __name__ == "__main__":
    sys.exit(main())
