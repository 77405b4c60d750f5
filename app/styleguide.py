"""Every component of the pages in all its states, for whoever builds with them and for the pictures tests are held to.

Shown by a demo shop only. A component is a stylesheet in `static/css/`, macros in `templates/components/` and its page
in `templates/styleguide/`, all of one name.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from app.errors import NotFound
from app.i18n import N_
from app.pages import page
from app.settings import settings

THEMES = ("light", "dark")

blueprint = Blueprint("styleguide", __name__)


@dataclass(frozen=True)
class Group:
    title: str
    components: tuple[str, ...]


GROUPS = (
    Group(N_("Actions"), ("button",)),
    Group(N_("Choice"), ("choice",)),
    Group(N_("Input"), ("field",)),
    Group(N_("Money"), ("money",)),
    Group(N_("Objects"), ("tile", "cart", "service")),
    Group(N_("Place and time"), ("stage", "steps", "timeline", "slot")),
    Group(N_("People"), ("message", "help")),
    Group(N_("Console"), ("console", "board")),
    Group(N_("Data"), ("table",)),
    Group(N_("Status"), ("tag", "state")),
)
COMPONENTS = tuple(name for group in GROUPS for name in group.components)


@blueprint.get("/styleguide")
def index() -> Response:
    _demo_only()
    return page("styleguide/index.html", groups=GROUPS, theme=_theme())


@blueprint.get("/styleguide/<name>")
def component(name: str) -> Response:
    """One component alone; `?theme=dark` whatever the system says."""
    _demo_only()
    if name not in COMPONENTS:
        raise NotFound()
    return page("styleguide/component.html", name=name, theme=_theme())


def _theme() -> str:
    asked = request.args.get("theme", "")
    return asked if asked in THEMES else ""


def _demo_only() -> None:
    if not settings().is_demo:
        raise NotFound()
