"""What can be had on which model, and which options need or shut out one another. Data of the house, read by `build`."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, Model

KINDS = ("requires", "excludes")


class Fitment(Model):
    """This equipment, at its market's price, can be had on this model."""

    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id"), primary_key=True)
    equipment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("equipment.id"), primary_key=True, index=True)


class OptionRule(IdModel):
    """In every market: who takes the subject takes one of `others` (requires), or none of them (excludes).

    `others` are pairs of family and code; family `trim` says with which trims something can be had. The reason is
    shown to the buyer.
    """

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_option_rule_model", "model_id"),
    )

    model_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("model.id"))
    """None for every model."""
    kind: Mapped[str]
    family: Mapped[str]
    code: Mapped[str]
    others: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(server_default="")
    reason_zh: Mapped[str] = mapped_column(server_default="")
