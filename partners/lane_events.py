"""What was changed about a place's lanes: ids, and the words that its people chose for them."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.i18n import _
from partners.recipient_events import RecipientEvent


@dataclass(frozen=True, kw_only=True)
class OfLane(RecipientEvent):
    lane_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class LaneAdded(OfLane):
    type: ClassVar[str] = "partners.lane_added"

    kind: str
    name: str

    def sentence(self) -> str:
        return _("A lane was added: %(name)s", name=self.name)


@dataclass(frozen=True, kw_only=True)
class LaneRenamed(OfLane):
    type: ClassVar[str] = "partners.lane_renamed"

    before: str
    name: str

    def sentence(self) -> str:
        return _("A lane was renamed: %(before)s is %(name)s now", before=self.before, name=self.name)


@dataclass(frozen=True, kw_only=True)
class LaneMoved(OfLane):
    """One place up or down among its kind."""

    type: ClassVar[str] = "partners.lane_moved"

    def sentence(self) -> str:
        return _("The order of the lanes was changed")


@dataclass(frozen=True, kw_only=True)
class LaneRetired(OfLane):
    type: ClassVar[str] = "partners.lane_retired"

    name: str

    def sentence(self) -> str:
        return _("A lane was retired: %(name)s", name=self.name)


@dataclass(frozen=True, kw_only=True)
class LaneClosed(OfLane):
    type: ClassVar[str] = "partners.lane_closed"

    closure_id: uuid.UUID
    name: str
    reason: str

    def sentence(self) -> str:
        return _("%(name)s was closed for a time: %(reason)s", name=self.name, reason=self.reason)


@dataclass(frozen=True, kw_only=True)
class LaneOpened(OfLane):
    """Before the time that was told, or a closing that never came."""

    type: ClassVar[str] = "partners.lane_opened"

    closure_id: uuid.UUID
    name: str

    def sentence(self) -> str:
        return _("A closing of %(name)s was taken back", name=self.name)


ALL = (LaneAdded, LaneRenamed, LaneMoved, LaneRetired, LaneClosed, LaneOpened)
