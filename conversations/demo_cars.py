"""The cars that a dealer keeps to be driven, and the drives booked with them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.i18n import localized
from app.ids import public_id

DRIVE_STATES = ("booked", "driven", "no_show", "cancelled")


class DemoCar(IdModel):
    """One car of a model, or of one trim of it, at a dealer."""

    __table_args__ = (UniqueConstraint("recipient_id", "name"),)

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id"))
    trim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trim.id"))
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="", default="")
    active: Mapped[bool] = mapped_column(server_default=true(), default=True)

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh or None)


class TestDrive(IdModel):
    """booked -> driven, no_show or cancelled. Without a demo car it is the car in stock itself that is driven."""

    __test__ = False
    __table_args__ = (
        CheckConstraint(f"state IN {DRIVE_STATES}", name="state"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("(state = 'booked') = (settled_at IS NULL)", name="settled_somewhen"),
        Index(
            "uq_test_drive_booked",
            "demo_car_id",
            "starts_at",
            unique=True,
            postgresql_where="state = 'booked'",
        ),
    )

    help_request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("help_request.id"), unique=True)
    demo_car_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("demo_car.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="booked", default="booked")
    note: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    @classmethod
    def of_request(cls, help_request_id: uuid.UUID) -> "TestDrive | None":
        return session().scalars(select(cls).where(cls.help_request_id == help_request_id)).one_or_none()


def of_model(recipient_id: uuid.UUID, model_id: uuid.UUID, trim_id: uuid.UUID | None) -> Sequence[DemoCar]:
    """The cars that this dealer keeps for this model; those of the very trim first. Another trim drives alike."""
    wanted = select(DemoCar).where(
        DemoCar.recipient_id == recipient_id, DemoCar.model_id == model_id, DemoCar.active
    )
    cars = session().scalars(wanted.order_by(DemoCar.name)).all()
    return sorted(cars, key=lambda car: car.trim_id != trim_id)
