"""A buyer's own cart, sent after them by mail: a link that shows what is in it and nobody's name.

In the browser in which the cart was filled it opens the cart itself. In any other it puts the same things into the cart
that is there, once; what was typed in checkout stays behind.
"""

import uuid
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.ids import public_id

GRANT = "cart_again"


class CartLetter(IdModel):
    __table_args__ = (
        UniqueConstraint("cart_id", "client_key"),
        Index("ix_cart_letter_cart_id", "cart_id", "sent_at"),
        Index("ix_cart_letter_customer_id", "customer_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    client_key: Mapped[uuid.UUID]
    language: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    """When everything in it was put into another browser's cart; it opens nothing more then."""

    @classmethod
    def of_public_id(cls, value: str) -> Self | None:
        return session().scalars(select(cls).where(cls.public_id == value)).one_or_none()

    @classmethod
    def locked(cls, letter_id: uuid.UUID) -> Self:
        wanted = select(cls).where(cls.id == letter_id).with_for_update()
        return session().scalars(wanted.execution_options(populate_existing=True)).one()

    def is_good(self, at: datetime) -> bool:
        return self.taken_at is None and self.expires_at > at
