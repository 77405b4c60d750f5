"""Letters to people who are invited to work here."""

from app import clock
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.letters import letter
from app.settings import settings
from partners.invitations import KIND, LIFE, StaffInvitation, link
from partners.models import Staff
from partners.staffing import ADDRESS_CHANGED


def compose_invitation(delivery: Delivery) -> Mail | Withhold:
    invitation = session().get(StaffInvitation, delivery.subject_id)
    if invitation is None or invitation.withdrawn_at is not None or invitation.accepted_at is not None:
        return Withhold("the invitation was withdrawn or accepted")
    if delivery.payload.get("send") != invitation.sends:
        return Withhold("a later mail carries the invitation")
    by = session().get(Staff, invitation.invited_by)
    return letter(
        "partners/mail/invitation.txt",
        invitation.email,
        invitation.language,
        by=by.name if by else "",
        link=link(invitation.mint(clock.now()), invitation.language),
        days=LIFE.days,
        house=settings().public_url.rstrip("/"),
    )


def compose_address_changed(delivery: Delivery) -> Mail | Withhold:
    staff = session().get(Staff, delivery.subject_id)
    if staff is None:
        return Withhold("the person is gone")
    to = staff.earlier_email if delivery.payload.get("to") == "earlier" else staff.email
    if not to:
        return Withhold("there is no earlier address")
    return letter(
        "partners/mail/address_changed.txt",
        to,
        staff.language,
        name=staff.name_shown,
        house=settings().public_url.rstrip("/"),
    )


COMPOSERS = {KIND: compose_invitation, ADDRESS_CHANGED: compose_address_changed}
