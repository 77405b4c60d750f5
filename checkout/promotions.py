"""Money off the first charge of a service, for some days, as long as it is switched on.

Of several for one thing the largest counts; none adds to another. An order keeps what its buyer was promised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app import ids
from app.db import IdModel, session
from app.events import Actor, record
from catalog.models import Offer
from checkout.events import PromotionAdded, PromotionSwitched
from checkout.quote import Reduction


class Promotion(IdModel):
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("starts_on <= ends_on", name="starts_before_it_ends"),
        Index("ix_promotion_running", "market_key", "ends_on", postgresql_where=text("is_on")),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    sku: Mapped[str]
    """Of the offer that it makes cheaper."""
    percent: Mapped[int]
    title: Mapped[str]
    title_zh: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day; both by the market's own calendar."""
    is_on: Mapped[bool] = mapped_column(server_default="false", default=False)

    @property
    def reduction(self) -> Reduction:
        return Reduction(self.percent, {"en": self.title, "zh": self.title_zh})

    def is_running(self, today: date) -> bool:
        return self.is_on and self.starts_on <= today <= self.ends_on

    def switch(self, is_on: bool, actor: Actor) -> bool:
        """Tells whether it was the other way before."""
        if self.is_on == is_on:
            return False
        self.is_on = is_on
        record(PromotionSwitched(promotion_id=self.id, sku=self.sku, is_on=is_on), actor)
        return True


@dataclass(frozen=True)
class Terms:
    offer: Offer
    percent: int
    title: str
    title_zh: str
    starts_on: date
    ends_on: date


def add(terms: Terms, actor: Actor) -> Promotion:
    """Off until somebody switches it on."""
    made = Promotion(
        id=ids.uuid7(),
        market_key=terms.offer.market_key,
        sku=terms.offer.sku,
        percent=terms.percent,
        title=terms.title,
        title_zh=terms.title_zh,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
    )
    session().add(made)
    session().flush()
    record(PromotionAdded(promotion_id=made.id, sku=made.sku, percent=made.percent), actor)
    return made


def running(market_key: str, today: date) -> Mapping[str, Reduction]:
    """By SKU, the largest of those that run. One statement."""
    found = session().scalars(
        select(Promotion)
        .where(
            Promotion.market_key == market_key,
            Promotion.is_on,
            Promotion.starts_on <= today,
            Promotion.ends_on >= today,
        )
        .order_by(Promotion.percent, Promotion.id)
    )
    return {promotion.sku: promotion.reduction for promotion in found}


def by_public_id(value: str) -> Promotion | None:
    return (
        session()
        .scalars(select(Promotion).where(Promotion.public_id == value).with_for_update())
        .one_or_none()
    )
