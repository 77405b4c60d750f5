"""From a right password to the desk: straight there, or by the step that asks for the second factor."""

from flask import Response, request, url_for

from app import clock, csrf, devices, sessions, tokens
from app.db import transaction
from app.pages import see_other
from app.sessions import StaffPrincipal
from partners import entrance, here
from partners.models import Staff
from partners.queries import recipients
from partners.steps import CODE, LIFE, StepOver

CARRIER = tokens.Carrier("step", LIFE)


def go_on(staff: Staff, next_path: str | None) -> Response:
    with transaction():
        begun = entrance.begin(staff, next_path, device(), clock.now())
        principal = sessions.current().staff
        if begun is None and principal is not None:
            stand_in_market_of(principal)
    csrf.rotate()
    if begun is None:
        assert principal is not None
        return arrive(principal, next_path)
    token, purpose = begun
    endpoint = "second_step.code" if purpose == CODE else "second_step.enrolment"
    return CARRIER.take(see_other(url_for(endpoint)), token)


def arrive(principal: StaffPrincipal, next_path: str | None) -> Response:
    """To a page of this shop, in the language of this one."""
    return see_other(request.script_root + (next_path or entrance.desk_of(principal)))


def stand_in_market_of(principal: StaffPrincipal) -> None:
    """Somebody who works for a dealer sees its market's clock; the house's own people keep the one they chose."""
    places = recipients(principal.recipient_ids)
    if places:
        here.choose(min(places.values(), key=lambda place: place.code).market_key)


def device() -> str:
    return devices.named(request.headers.get("User-Agent", ""))


def step_token() -> str:
    """Of the sign-in that this browser is in the middle of. Raises StepOver."""
    token = CARRIER.token()
    if token is None:
        raise StepOver(remedy_url=url_for("partners.sign_in"))
    return token
