"""A lead about a car as the mail that a dealer's own software reads, from what the house knows of lead and car."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import select

from app.db import session
from app.deliveries import Mail
from app.i18n import _, localized, translate
from app.money import Money
from app.settings import settings
from catalog.models import Configuration, Equipment, Model, Offer, StockItem
from customers.models import Customer
from leads import adf
from leads.models import Lead
from leads.statuses import FAMILY_NAMES, SOURCE_NAMES, STEP_NAMES
from partners.models import BRAND, Recipient

FAMILIES = ("vehicle_new", "vehicle_used", "subscription")
SOURCE = BRAND.capitalize()
CALLED = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def takes(lead: Lead, recipient: Recipient) -> bool:
    """Whether this one wants this lead in that form: dealers that asked for it, and only for leads about a car."""
    return recipient.is_dealer and recipient.wants_adf and lead.product_family in FAMILIES


def address(recipient: Recipient) -> str | None:
    return recipient.adf_mail_to or recipient.mail_to


def mail(
    lead: Lead,
    recipient: Recipient,
    customer: Customer,
    is_resent: bool,
    comments: Sequence[str],
) -> Mail | None:
    """None when the form cannot carry it (no car that is known by make, model and year, or nobody to answer)."""
    to = address(recipient)
    car = car_of(lead)
    person = person_of(customer)
    if to is None or car is None or not person.can_be_reached:
        return None
    prospect = adf.Prospect(
        number=lead.number,
        source=SOURCE,
        source_url=settings().public_url,
        requested_at=lead.signalled_at.astimezone(ZoneInfo(recipient.time_zone)),
        car=car,
        person=person,
        vendor=vendor_of(recipient, to),
        comments=tuple(comments),
        is_resent=is_resent,
    )
    return Mail(to, adf.subject(recipient.name, lead.number), adf.document(prospect), for_software=True)


def vendor_of(recipient: Recipient, to: str) -> adf.Vendor:
    return adf.Vendor(recipient.code, recipient.name, to, recipient.phone)


def person_of(customer: Customer) -> adf.Person:
    """What the consent to share names: name, e-mail and phone, and nothing else."""
    name = (customer.name or "").strip() or customer.email or customer.phone_e164 or ""
    return adf.Person(name, customer.email, customer.phone_e164, _phone_type(customer.phone_e164))


def _phone_type(number_e164: str | None) -> str:
    if number_e164 is None:
        return "voice"
    try:
        known = phonenumbers.parse(number_e164, None)
    except phonenumbers.NumberParseException:
        return "voice"
    return "cellphone" if phonenumbers.number_type(known) in CALLED else "voice"


def intent(lead: Lead, why: str, when: str, url: str) -> list[str]:
    """What the form has no field for, in the words of the place."""
    about = translate(FAMILY_NAMES[lead.product_family])
    told = [
        _("Lead %(number)s: %(source)s, %(family)s", number=lead.number, source=_source(lead), family=about)
    ]
    if lead.product_family == "subscription":
        told.append(_("They want to subscribe to the car, not to buy it."))
    if when:
        told.append(f"{_('Time:')} {when}")
    if why:
        told.append(f"{_('Why it comes to you:')} {why}")
    told.append(f"{_('Came as far as:')} {translate(STEP_NAMES.get(lead.step, lead.step))}")
    told.append(f"{_('Language:')} {'中文' if lead.language == 'zh' else 'English'}")
    others = [_title(line) for line in lead.snapshot if not _is_car(line)]
    if others:
        told.append(f"{_('In hand:')} {_(', ').join(others)}")
    told.append(f"{_('Take it up here:')} {url}")
    return told


def _source(lead: Lead) -> str:
    return translate(SOURCE_NAMES[lead.source])


def _title(line: Mapping[str, Any]) -> str:
    title = line.get("title") or {}
    return localized(str(title.get("en") or line.get("sku") or ""), title.get("zh"))


def car_of(lead: Lead) -> adf.Car | None:
    """The car that the lead is about, as the catalogue knows it."""
    line = next((entry for entry in lead.snapshot if _is_car(entry)), None)
    if line is None:
        return None
    interest = _interest(lead)
    extras = tuple(_extra(entry, lead.currency) for entry in lead.snapshot if not _is_car(entry))
    if line.get("stock_item_id"):
        return _in_stock(str(line["stock_item_id"]), interest, extras)
    if line.get("configuration_id"):
        return _configured(str(line["configuration_id"]), interest, extras)
    return _subscribed(line, lead, interest, extras)


def _is_car(line: Mapping[str, Any]) -> bool:
    return bool(line.get("stock_item_id") or line.get("configuration_id")) or (
        line.get("family") == "subscription"
    )


def _interest(lead: Lead) -> str:
    if lead.source == "test_drive":
        return "test-drive"
    return "lease" if lead.product_family == "subscription" else "buy"


def _in_stock(stock_item_id: str, interest: str, extras: tuple[adf.Extra, ...]) -> adf.Car | None:
    item = session().get(StockItem, uuid.UUID(stock_item_id))
    if item is None:
        return None
    vehicle = item.vehicle
    names = _names(item.market_key, (vehicle.paint, vehicle.interior))
    return adf.Car(
        interest=interest,
        status="new" if item.condition == "new" else "used",
        year=vehicle.model_year,
        make=vehicle.model.make_name,
        model=vehicle.model.name,
        vin=vehicle.vin,
        stock=item.public_id,
        trim=vehicle.trim.name if vehicle.trim else vehicle.model.trim_name,
        odometer_km=vehicle.odometer_km,
        paint=names.get(("paint", vehicle.paint)),
        interior=names.get(("interior", vehicle.interior)),
        price=item.price,
        extras=extras,
    )


def _configured(configuration_id: str, interest: str, extras: tuple[adf.Extra, ...]) -> adf.Car | None:
    build = session().get(Configuration, uuid.UUID(configuration_id))
    if build is None:
        return None
    names = _names(build.market_key, (build.paint, build.interior, build.wheels, *build.extras))
    fitted = [("wheels", build.wheels), *(("extra", code) for code in build.extras)]
    return adf.Car(
        interest=interest,
        status="new",
        year=build.model.year,
        make=build.model.make_name,
        model=build.model.name,
        trim=build.trim.name,
        paint=names.get(("paint", build.paint)),
        interior=names.get(("interior", build.interior)),
        price=Money(build.price_minor, build.currency),
        extras=(*(adf.Extra(names.get(key, key[1]), key[1]) for key in fitted), *extras),
    )


def _subscribed(
    line: Mapping[str, Any], lead: Lead, interest: str, extras: tuple[adf.Extra, ...]
) -> adf.Car | None:
    """The model that the plan gives; the plan itself stands among the options."""
    offer = session().scalars(
        select(Offer).where(Offer.sku == str(line.get("sku")), Offer.market_key == lead.market_key)
    )
    plan = offer.one_or_none()
    slug = plan.grants.get("model") if plan is not None else None
    model = session().scalars(select(Model).where(Model.slug == slug)).one_or_none() if slug else None
    if model is None:
        return None
    return adf.Car(
        interest=interest,
        status="new",
        year=model.year,
        make=model.make_name,
        model=model.name,
        trim=model.trim_name,
        extras=(_extra(line, lead.currency), *extras),
    )


def _extra(line: Mapping[str, Any], currency: str | None) -> adf.Extra:
    title = line.get("title") or {}
    price_minor = line.get("price_minor")
    price = Money(int(price_minor), currency) if price_minor is not None and currency else None
    sku = str(line.get("sku") or "")
    return adf.Extra(str(title.get("en") or sku), sku, price)


def _names(market_key: str, codes: Sequence[str]) -> dict[tuple[str, str], str]:
    rows = session().execute(
        select(Equipment.family, Equipment.code, Equipment.name).where(
            Equipment.market_key == market_key, Equipment.code.in_(codes)
        )
    )
    return {(family, code): name for family, code, name in rows}
