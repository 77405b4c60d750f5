"""The build that a form names, found or read from its codes; what cannot be had is refused by field, with the way on."""

from app.errors import InvalidInput
from app.i18n import _
from catalog import assortments
from catalog.build import EXTRA, Assortment, Build, Choice, read
from catalog.configuration import Configuration, configure_path
from catalog.refusals import BuildNotPossible, ModelNotFound
from checkout.forms import AddBuild
from checkout.refusals import OptionNotHere
from partners.models import Market


def kept(form: AddBuild) -> Configuration | None:
    """By its design code; None when the form carries the build itself. Raises DesignNotFound."""
    return Configuration.by_code(form.design) if form.design else None


def chosen(form: AddBuild, market: Market) -> Build:
    """Raises InvalidInput for what is left open, ModelNotFound, OptionNotHere and BuildNotPossible."""
    left_open = form.missing()
    if left_open:
        raise InvalidInput({name: _("Choose one.") for name in left_open})
    asked = Build(
        str(form.model),
        str(form.trim),
        str(form.paint),
        str(form.wheels),
        str(form.interior),
        tuple(form.extra),
    )
    assortment = assortments.read_now(market.key).get(asked.model)
    if assortment is None:
        raise ModelNotFound(remedy_url="/models", field="model")
    missing = assortment.missing(asked)
    if missing:
        raise _not_here(assortment, asked, missing[0])
    if assortment.broken(asked):
        raise BuildNotPossible(remedy_url=configure_path(_nearest(assortment, asked)))
    return asked


def _not_here(assortment: Assortment, asked: Build, choice: Choice) -> OptionNotHere:
    family, code = choice
    remedy = configure_path(_nearest(assortment, asked))
    return OptionNotHere(option=code, field=family, remedy_url=remedy)


def _nearest(assortment: Assortment, asked: Build) -> Build:
    given = {family: (code,) for family, code in asked.choices if family != EXTRA}
    return read(assortment, {**given, EXTRA: asked.extras}).build
