"""Templates keep to what the content security policy allows, and say nothing outside a translation."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "inline style": re.compile(r"\sstyle=|<style\b"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "inline handler": re.compile(r"\son[a-z]+=|hx-on"),
    "evaluated value": re.compile(r"""["']\s*js:|javascript:"""),
    "filtered trigger": re.compile(r"""hx-trigger["']?\s*[=:]\s*["'][^"']*\["""),
    "setting of htmx extensions": re.compile(r"htmx-config"),
}


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix()
)
def test_a_template_needs_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text()

    found = [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]

    assert found == []


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'symbol id="([\w-]+)"', (ROOT / "static/images/icons.svg").read_text()))

    named = {
        name for path in TEMPLATES for name in re.findall(r"""\bicon\(["']([\w-]+)["']""", path.read_text())
    }

    assert named - drawn == set()
