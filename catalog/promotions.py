"""Money off: the first charge of a service, or the delivery to the door, for some days, as long as it is switched on.

Of several for one thing the largest counts; none adds to another. An order keeps what its buyer was promised. Set up
and switched further up; read here, so that a price shows before the cart as the cart will charge it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, ids
from app.db import IdModel, session
from app.kept import Kept
from app.money import Money, half_up
from partners.models import Market

SERVICE, DELIVERY = "service", "delivery"
LIVE_S = 2
"""What the shop window says about a promotion is older than this nowhere; the cart always asks."""


@dataclass(frozen=True)
class Reduction:
    """So many hundredths off, under this name."""

    percent: int
    title: dict[str, str]

    def of(self, amount: Money) -> Money:
        """What comes off, half up."""
        return Money(half_up(Decimal(amount.amount_minor * self.percent) / 100), amount.currency)

    def leaves(self, amount: Money) -> Money:
        return amount - self.of(amount)


@dataclass(frozen=True)
class Running:
    """What is off today, by SKU, and off the delivery."""

    services: Mapping[str, Reduction] = field(default_factory=dict)
    delivery: Reduction | None = None


class Promotion(IdModel):
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("starts_on <= ends_on", name="starts_before_it_ends"),
        CheckConstraint("subject IN ('service', 'delivery')", name="subject"),
        CheckConstraint("(subject = 'service') = (sku IS NOT NULL)", name="service_has_its_sku"),
        Index("ix_promotion_running", "market_key", "ends_on", postgresql_where=text("is_on")),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    subject: Mapped[str] = mapped_column(server_default=SERVICE, default=SERVICE)
    """service or delivery: what becomes cheaper."""
    sku: Mapped[str | None]
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


_kept = Kept[tuple[str, date], Running](LIVE_S)


def running(market_key: str, today: date) -> Running:
    """The largest of those that run, for each thing. One statement."""
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
    services: dict[str, Reduction] = {}
    delivery = None
    for promotion in found:
        if promotion.sku is None:
            delivery = promotion.reduction
        else:
            services[promotion.sku] = promotion.reduction
    return Running(services, delivery)


def shown(market: Market) -> Running:
    """For the shop window: at most two seconds old."""
    today = clock.today(market.time_zone)
    return _kept.get((market.key, today), lambda: running(market.key, today))


def forget() -> None:
    _kept.forget()
