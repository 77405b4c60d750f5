"""Answers to people: whole pages for a browser, fragments for htmx, decided in one place."""

import uuid
from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date
from flask import Response, make_response, redirect, render_template, request

from app import clock, i18n, locality
from app.i18n import _
from app.money import Money


def zone_here() -> str:
    """Times are shown in the place's zone; where no place is named, on the clock of where the reader stands."""
    return locality.here().time_zone


def wants_fragment() -> bool:
    """htmx asks for a part of the page; Back, reload and plain browsers ask for all of it."""
    if request.headers.get("HX-Request") != "true":
        return False
    return request.headers.get("HX-Request-Type", "partial") == "partial"


def page(template: str, status: int = 200, **facts: Any) -> Response:
    return make_response(render_template(template, **facts), status)


def page_or_fragment(whole: str, fragment: str, status: int = 200, **facts: Any) -> Response:
    return page(fragment if wants_fragment() else whole, status, **facts)


def partials(template: str, status: int = 200, **facts: Any) -> Response:
    """A reply that changes several regions: a template of `<hx-partial>` elements only."""
    return page(template, status, **facts)


def see_other(url: str) -> Response:
    """After a post, go and look: 303 for a browser; htmx follows it as a fetch does, so it is told to go there itself."""
    if wants_fragment():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, code=303))


def personal(response: Response) -> Response:
    """Kept nowhere, though nobody is signed in yet: once somebody is, that holds for every page (app.security)."""
    response.headers["Cache-Control"] = "no-store"
    return response


def money(amount: Money | None) -> str:
    return amount.formatted(i18n.language()) if amount is not None else ""


def date(value: Date | DateTime, zone: str | None = None, weekday: bool = True) -> str:
    """Sat 12 Dec; 12 月 12 日 周六. The year only when it is another one."""
    zone = zone or zone_here()
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, DateTime) else value
    other_year = day.year != clock.today(zone).year
    if i18n.language() == "zh":
        text = f"{day.month} 月 {day.day} 日"
        text = f"{day.year} 年 {text}" if other_year else text
        return f"{text} {format_date(day, 'ccc', locale='zh_Hans_CN')}" if weekday else text
    pattern = "d MMM y" if other_year else "d MMM"
    return format_date(day, f"ccc {pattern}" if weekday else pattern, locale="en_GB").replace("Sept", "Sep")


def long_date(value: Date | DateTime, zone: str | None = None) -> str:
    """Saturday 12 December; 12 月 12 日 星期六."""
    day = value.astimezone(ZoneInfo(zone or zone_here())).date() if isinstance(value, DateTime) else value
    if i18n.language() == "zh":
        return f"{day.month} 月 {day.day} 日 {format_date(day, 'cccc', locale='zh_Hans_CN')}"
    return format_date(day, "cccc d MMMM", locale="en_GB")


def time(value: DateTime, zone: str | None = None) -> str:
    return f"{value.astimezone(ZoneInfo(zone or zone_here())):%H:%M}"


def datetime(value: DateTime, zone: str | None = None) -> str:
    """today 13:36; otherwise the date and the time."""
    zone = zone or zone_here()
    if value.astimezone(ZoneInfo(zone)).date() == clock.today(zone):
        return _("today %(time)s", time=time(value, zone))
    return dated(value, zone)


def time_or_date(value: DateTime, zone: str) -> str:
    """13:40 while it is today, else with its date."""
    if value.astimezone(ZoneInfo(zone)).date() == clock.today(zone):
        return time(value, zone)
    return dated(value, zone)


def dated(value: DateTime, zone: str | None = None) -> str:
    """The date and the time, for what is read on another day."""
    zone = zone or zone_here()
    separator = " " if i18n.language() == "zh" else ", "
    return f"{date(value, zone)}{separator}{time(value, zone)}"


def period(starts_at: DateTime, ends_at: DateTime, zone: str | None = None) -> str:
    """Sat 12 Dec, 10:00–12:00; 12 月 12 日 周六 10:00–12:00."""
    separator = " " if i18n.language() == "zh" else ", "
    return f"{date(starts_at, zone)}{separator}{time(starts_at, zone)}–{time(ends_at, zone)}"


def ago(value: DateTime) -> str:
    """How long since, while it is young; then the instant."""
    seconds = int((clock.now() - value).total_seconds())
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return i18n.ngettext("%(n)s minute ago", "%(n)s minutes ago", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return i18n.ngettext("%(n)s hour ago", "%(n)s hours ago", seconds // 3600) % {"n": seconds // 3600}
    return datetime(value)


def number(value: int | float) -> str:
    return f"{value:,}"


def own_path(address: str | None) -> str | None:
    """A path of this shop, or None: never an address that leads elsewhere, however it is written."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(ord(char) < 33 or char == "\\" for char in address):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None


def client_key() -> str:
    """A key that a form carries, so that sending it twice is sending it once."""
    return str(uuid.uuid4())


def phone(number_e164: str) -> str:
    """138 0571 4420 at home, +49 30 901820 from elsewhere; as it stands when it is no number."""
    try:
        known = phonenumbers.parse(number_e164, None)
    except phonenumbers.NumberParseException:
        return number_e164
    home = phonenumbers.region_code_for_number(known) == locality.here().phone_region
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(known, form.NATIONAL if home else form.INTERNATIONAL)


def iso(value: Date | DateTime) -> str:
    """For machines: a day, or an instant to the second."""
    return value.isoformat(timespec="seconds") if isinstance(value, DateTime) else value.isoformat()


FILTERS: Mapping[str, Any] = {
    "money": money,
    "date": date,
    "long_date": long_date,
    "time": time,
    "datetime": datetime,
    "period": period,
    "ago": ago,
    "number": number,
    "phone": phone,
    "iso": iso,
}
