"""How the demo's dealers are alike, wherever they are."""

from typing import Any

from partners.enrolment import Enrolment


def dealer(
    code: str,
    name: str,
    name_zh: str,
    city: str,
    city_zh: str,
    address: str,
    address_zh: str,
    phone: str,
    **more: Any,
) -> Enrolment:
    return Enrolment(
        code=code,
        kind="dealer",
        name=name,
        name_zh=name_zh,
        city=city,
        city_zh=city_zh,
        address=address,
        address_zh=address_zh,
        phone=phone,
        home_delivery=True,
        mail_to=f"leads.{code}@tarn.example",
        **more,
    )
