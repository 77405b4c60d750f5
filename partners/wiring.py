"""What partners plug into the house."""

from app.access import PUBLIC
from app.wiring import Sweep, Wiring
from partners import calendar, demo, here, views
from partners.commands import partners
from partners.events import RecipientAdded, SlotBooked, SlotReleased, StaffAdded, StaffSignedIn

wiring = Wiring(
    name="partners",
    blueprints=(views.blueprint,),
    policies={
        "partners.sign_in": PUBLIC,
        "partners.send_sign_in": PUBLIC,
        "partners.staff_sign_out": PUBLIC,
    },
    record_only=(RecipientAdded, SlotBooked, SlotReleased, StaffAdded, StaffSignedIn),
    timetable=(
        Sweep("partners.calendar", every_s=3600, run=calendar.extend),
        Sweep("partners.lapsed_holds", every_s=600, run=calendar.release_lapsed),
    ),
    commands=partners,
    demo=demo.demo,
    sign_ins=demo.sign_ins,
    locality=here.locality_here,
)
