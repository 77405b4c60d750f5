"""What the forms around a shared cart may carry."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from app.forms import ClientKey, Form, LongText, PublicId
from checkout import names
from checkout.comments import LONGEST
from checkout.forms import Sku


def _unix(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


OwnName = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(names.told)]
Words = Annotated[LongText, BeforeValidator(_unix), Field(max_length=LONGEST)]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]


class GiveName(Form):
    name: OwnName


class Say(Form):
    key: ClientKey
    text: Words
    line: PublicId | None = None


class Suggest(Form):
    """Another look names its codes, an offer its SKU, a line to leave out only itself."""

    key: ClientKey
    suggests: Literal["build", "add", "drop"]
    line: PublicId | None = None
    sku: Sku | None = None
    paint: Code | None = None
    wheels: Code | None = None
    interior: Code | None = None
    text: Words | None = None

    @property
    def look(self) -> dict[str, str]:
        told = {"paint": self.paint, "wheels": self.wheels, "interior": self.interior}
        return {family: code for family, code in told.items() if code}


class ChoosePlan(Form):
    sku: Sku
