"""ADF 1.0, the form in which dealers' own software reads leads about cars. Pure: values in, one XML document out.

The schema is leads/schemas/adf-1.0.dtd. The document is ASCII (everything else as character references) and its lines
are short enough to travel in a mail as they stand.
"""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.money import Money

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n'
WRAP_AT = 80
"""Characters of a line of comments before it is written as references, which are up to ten times as long."""
LONGEST = 90
"""Characters of any other text that is not plain ASCII, for the same reason."""
DOUBLE_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
        "太叔申屠公孙慕容钟离长孙宇文司徒鲜于司空闾丘令狐轩辕呼延",
    )
)
CHINESE = re.compile(r"[\u3400-\u9fff]{2,6}")
NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Person:
    """Only what may be told; at least one of e-mail and phone. `phone_type` is cellphone or voice."""

    name: str
    email: str | None
    phone_e164: str | None
    phone_type: str = "voice"

    @property
    def can_be_reached(self) -> bool:
        return bool(self.email or self.phone_e164)


@dataclass(frozen=True)
class Extra:
    """Something that goes with the car: a plan, a feature, a service."""

    name: str
    code: str
    price: Money | None = None


@dataclass(frozen=True)
class Car:
    """`interest` is buy, lease or test-drive; `status` new or used. Distances in km."""

    interest: str
    status: str
    year: int
    make: str
    model: str
    vin: str | None = None
    stock: str | None = None
    trim: str | None = None
    odometer_km: int | None = None
    paint: str | None = None
    interior: str | None = None
    price: Money | None = None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Vendor:
    code: str
    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class Prospect:
    """`requested_at` carries the zone it is written in. `is_resent`: the same lead, told once more."""

    number: str
    source: str
    source_url: str
    requested_at: datetime
    car: Car
    person: Person
    vendor: Vendor
    comments: tuple[str, ...] = ()
    is_resent: bool = False


def document(prospect: Prospect) -> str:
    """Raises ValueError when the format cannot carry it: nobody to answer, or a time without a zone."""
    if not prospect.person.can_be_reached:
        raise ValueError("ADF needs an e-mail address or a phone number")
    if prospect.requested_at.utcoffset() is None:
        raise ValueError("ADF needs the offset of the request's time")
    status = "resend" if prospect.is_resent else "new"
    parts = [
        _leaf("id", prospect.number, sequence="1", source=prospect.source),
        _leaf("requestdate", prospect.requested_at.isoformat(timespec="seconds")),
        _car(prospect.car),
        _node("customer", _contact(prospect.person), _comments(prospect.comments)),
        _vendor(prospect.vendor, prospect.source),
        _node(
            "provider",
            _leaf("name", prospect.source, part="full", type="business"),
            _leaf("url", prospect.source_url),
        ),
    ]
    return HEAD + _node("adf", _node("prospect", *parts, status=status))


def name_parts(name: str) -> list[tuple[str, str]]:
    """(part, words): first, middle and last where they can be told apart, else the name in full."""
    words = name.split()
    if len(words) == 1 and CHINESE.fullmatch(name.strip()):
        whole = name.strip()
        cut = 2 if whole[:2] in DOUBLE_SURNAMES and len(whole) > 2 else 1
        return [("first", whole[cut:]), ("last", whole[:cut])]
    if len(words) < 2:
        return [("full", name)]
    middle = [("middle", " ".join(words[1:-1]))] if len(words) > 2 else []
    return [("first", words[0]), *middle, ("last", words[-1])]


def _car(car: Car) -> str:
    return _node(
        "vehicle",
        _leaf("year", str(car.year)),
        _leaf("make", car.make),
        _leaf("model", car.model),
        _optional("vin", car.vin),
        _optional("stock", car.stock),
        _optional("trim", car.trim),
        _leaf("odometer", str(car.odometer_km), units="km") if car.odometer_km is not None else "",
        _colours(car),
        _price(car.price),
        *(_extra(extra) for extra in car.extras),
        interest=car.interest,
        status=car.status,
    )


def _colours(car: Car) -> str:
    if not car.paint and not car.interior:
        return ""
    return _node(
        "colorcombination",
        _optional("interiorcolor", car.interior),
        _optional("exteriorcolor", car.paint),
        _leaf("preference", "1"),
    )


def _extra(extra: Extra) -> str:
    return _node(
        "option",
        _leaf("optionname", extra.name),
        _optional("manufacturercode", extra.code),
        _leaf("weighting", "100"),
        _price(extra.price),
    )


def _price(price: Money | None) -> str:
    if price is None:
        return ""
    return _leaf("price", f"{price.amount:f}", type="quote", currency=price.currency)


def _contact(person: Person) -> str:
    names = [_leaf("name", words, part=part, type="individual") for part, words in name_parts(person.name)]
    phone = (
        _leaf("phone", person.phone_e164, type=person.phone_type, time="nopreference")
        if person.phone_e164
        else ""
    )
    return _node("contact", *names, _optional("email", person.email), phone)


def _vendor(vendor: Vendor, source: str) -> str:
    contact = _node(
        "contact",
        _leaf("name", vendor.name, part="full", type="business"),
        _leaf("email", vendor.email),
        _leaf("phone", vendor.phone, type="voice") if vendor.phone else "",
    )
    return _node(
        "vendor",
        _leaf("id", vendor.code, sequence="1", source=source),
        _leaf("vendorname", vendor.name),
        contact,
    )


def _comments(sentences: Iterable[str]) -> str:
    lines = [line for sentence in sentences for line in textwrap.wrap(_plain(sentence), WRAP_AT)]
    return f"<comments>{chr(10).join(map(_escaped, lines))}</comments>" if lines else ""


def _node(name: str, *children: str, **attributes: str) -> str:
    inside = "".join(f"{child}\n" for child in children if child)
    return f"<{name}{_attributes(attributes)}>\n{inside}</{name}>"


def _leaf(name: str, words: str, **attributes: str) -> str:
    told = _plain(words)
    return f"<{name}{_attributes(attributes)}>{_escaped(told if told.isascii() else told[:LONGEST])}</{name}>"


def _optional(name: str, words: str | None) -> str:
    return _leaf(name, words) if words else ""


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{_escaped(_plain(value))}"' for name, value in attributes.items())


def _plain(words: str) -> str:
    """On one line, without what XML cannot carry."""
    return " ".join(NOT_XML.sub(" ", words).split())


def _escaped(words: str) -> str:
    marked = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return marked.encode("ascii", "xmlcharrefreplace").decode()


def subject(vendor_name: str, number: str) -> str:
    """With the dealership's name, by which intake software sorts."""
    return _plain(f"{vendor_name}: {number}")
