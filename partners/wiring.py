"""What partners plug into the house."""

from app import clock
from app.access import PUBLIC
from app.db import transaction
from app.wiring import Sweep, Wiring
from partners import (
    admin,
    audit,
    audit_page,
    calendar,
    demo,
    here,
    hours_desk,
    invitations,
    lane_events,
    my_page,
    recipient_desk,
    recipient_events,
    second_step,
    staff_desk,
    steps,
    views,
    welcome,
)
from partners.commands import partners
from partners.composers import COMPOSERS
from partners.events import (
    AccessRefused,
    RecipientAdded,
    SlotBooked,
    SlotReleased,
    StaffAdded,
    StaffSignedIn,
)
from partners.letter_samples import SAMPLES
from partners.staff_events import STAFF_EVENTS


def _forget_the_old() -> int:
    with transaction():
        at = clock.now()
        return invitations.purge(at) + steps.purge(at)


wiring = Wiring(
    name="partners",
    blueprints=(
        views.blueprint,
        second_step.blueprint,
        welcome.blueprint,
        my_page.blueprint,
        staff_desk.blueprint,
        audit_page.blueprint,
        admin.blueprint,
        recipient_desk.blueprint,
        hours_desk.blueprint,
    ),
    policies={
        "partners.sign_in": PUBLIC,
        "partners.send_sign_in": PUBLIC,
        "partners.staff_sign_out": PUBLIC,
        **second_step.policies,
        **welcome.policies,
        **my_page.policies,
        **staff_desk.policies,
        **audit_page.policies,
        **admin.policies,
        **recipient_desk.policies,
        **hours_desk.policies,
    },
    record_only=(
        AccessRefused,
        *recipient_events.ALL,
        *lane_events.ALL,
        *STAFF_EVENTS,
        RecipientAdded,
        SlotBooked,
        SlotReleased,
        StaffAdded,
        StaffSignedIn,
    ),
    timetable=(
        Sweep("partners.calendar", every_s=3600, run=calendar.extend),
        Sweep("partners.lapsed_holds", every_s=600, run=calendar.release_lapsed),
        Sweep("partners.old_invitations", every_s=3600, run=_forget_the_old),
    ),
    composers=COMPOSERS,
    letters=SAMPLES,
    refused=audit.note_refusal,
    commands=partners,
    demo=demo.demo,
    sign_ins=demo.sign_ins,
    locality=here.locality_here,
)
