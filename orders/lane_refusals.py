"""What a lane does not take, and the way on."""

from app.errors import Refusal
from app.i18n import N_


class NoSuchLane(Refusal):
    status = 422
    field = "lane"
    says = N_("Lane: choose one of this dealer’s lanes for this kind of work.")


class LaneNotFree(Refusal):
    field = "lane"
    says = N_("%(lane)s is taken %(times)s by %(name)s. Free at that time: %(free)s.")


class LaneShut(LaneNotFree):
    says = N_("%(lane)s is closed %(times)s: %(reason)s. Free at that time: %(free)s.")


class LaneHasWork(Refusal):
    says = N_("%(lane)s is still needed: %(work)s. Move that first, then retire it.")


class LastLane(Refusal):
    says = N_("%(lane)s is the last of its kind. Add another one first.")


class NoTimeAgreed(Refusal):
    says = N_("No time is agreed for this handover yet. It gets a lane with its time.")


class WorkDone(Refusal):
    says = N_("This is done already. Its lane stays as it was.")


class PreparationOver(Refusal):
    status = 422
    field = "starts"
    says = N_("From: this time is over. Choose a later one.")


class PreparationTooLate(Refusal):
    status = 422
    field = "starts"
    says = N_("From: the handover is at %(time)s. The preparation has to end before it.")
