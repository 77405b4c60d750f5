"""What a page says, said once more for machines in schema.org's words. Pure: the page's own facts in, plain data out.

Prices are the car as it stands, in the currency that the page shows; a range always names its cycle.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.money import Money

Thing = Mapping[str, Any]
BRAND = {"@type": "Brand", "name": "Tarn"}
SCHEMA = "https://schema.org/"
CONDITIONS = {
    "new": SCHEMA + "NewCondition",
    "demo": SCHEMA + "UsedCondition",
    "used": SCHEMA + "UsedCondition",
}
AVAILABILITY = {
    "available": SCHEMA + "InStock",
    "held": SCHEMA + "LimitedAvailability",
    "reserved": SCHEMA + "Reserved",
    "sold": SCHEMA + "SoldOut",
    "withdrawn": SCHEMA + "SoldOut",
    "built": SCHEMA + "MadeToOrder",
}
DRIVES = {
    "rwd": SCHEMA + "RearWheelDriveConfiguration",
    "fwd": SCHEMA + "FrontWheelDriveConfiguration",
    "awd": SCHEMA + "AllWheelDriveConfiguration",
}


def organization(name: str, url: str, logo: str) -> Thing:
    return {
        "@type": "Organization",
        "name": name,
        "alternateName": ["Tarn", "泰然"],
        "url": url,
        "logo": logo,
    }


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> Thing:
    """(words, whole address) from the home page down."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": at, "name": name, "item": url}
            for at, (name, url) in enumerate(steps, 1)
        ],
    }


def item_list(items: Iterable[tuple[str, str]], total: int, first: int = 1) -> Thing:
    return {
        "@type": "ItemList",
        "numberOfItems": total,
        "itemListElement": [
            {"@type": "ListItem", "position": at, "name": name, "url": url}
            for at, (name, url) in enumerate(items, first)
        ],
    }


def offer(price: Money, availability: str, url: str, **more: Any) -> Thing:
    return {
        "@type": "Offer",
        "price": amount(price),
        "priceCurrency": price.currency,
        "availability": AVAILABILITY[availability],
        "url": url,
        **_stated(more),
    }


def offers(price_from: Money, price_to: Money, each: Sequence[Thing]) -> Thing:
    return {
        "@type": "AggregateOffer",
        "lowPrice": amount(price_from),
        "highPrice": amount(price_to),
        "priceCurrency": price_from.currency,
        "offerCount": len(each),
        "offers": list(each),
    }


def dealer(name: str, address: str, country: str) -> Thing:
    place = {"@type": "PostalAddress", "streetAddress": address, "addressCountry": country}
    return {"@type": "AutoDealer", "name": name, **({"address": place} if address else {})}


def car(name: str, model: str, url: str, image: str, **more: Any) -> Thing:
    """`more` are further properties by their own names; what is None or empty is not said."""
    return {
        "@type": "Car",
        "name": name,
        "model": model,
        "brand": BRAND,
        "manufacturer": BRAND["name"],
        "url": url,
        "image": image,
        "vehicleEngine": {"@type": "EngineSpecification", "fuelType": "Electric"},
        **_stated(more),
    }


def distance(km: int) -> Thing:
    return {"@type": "QuantitativeValue", "value": km, "unitCode": "KMT"}


def rated_range(km: int, cycle: str) -> Thing:
    return _property(f"Range, {cycle.upper()}", km, "KMT")


def battery(kwh: Any) -> Thing:
    return _property("Battery", float(kwh), "KWH")


def battery_health(percent: int) -> Thing:
    return _property("Battery capacity of new", percent, "P1")


def amount(price: Money) -> str:
    """As machines read it: 218600 or 48990.50."""
    whole = price.amount
    return f"{whole:.0f}" if whole == whole.to_integral_value() else f"{whole:.2f}"


def _property(name: str, value: float, unit: str) -> Thing:
    return {"@type": "PropertyValue", "name": name, "value": value, "unitCode": unit}


def _stated(more: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if value not in (None, "", [], ())}
