"""Models and their figures, trims and equipment, and the offers that are no cars."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import ids
from app.db import IdModel, session
from app.i18n import localized
from app.money import Money
from catalog.refusals import OfferNotFound
from partners.models import HOME_MARKET

FAMILIES = ("charging", "credits", "subscription", "feature", "partner_product")
BILLINGS = ("once", "daily", "monthly", "yearly")
EQUIPMENT = ("paint", "wheels", "interior", "extra")


class Model(IdModel):
    """A model of the house, or one record of another make as its source tells it. Figures not stated are None."""

    __table_args__ = (
        CheckConstraint("origin IN ('house', 'imported')", name="origin"),
        Index("ix_model_listing", "origin", "make_slug", "slug"),
    )

    slug: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[str]
    brand_id: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default="0")
    make_slug: Mapped[str]
    make_name: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str | None]
    year: Mapped[int]
    trim_name: Mapped[str | None]
    variant_name: Mapped[str | None]
    tagline: Mapped[str | None]
    tagline_zh: Mapped[str | None]
    body_style: Mapped[str | None]
    seats: Mapped[int | None]
    doors: Mapped[int | None]
    drivetrain: Mapped[str | None]
    power_kw: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    torque_nm: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    battery_gross_kwh: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    battery_net_kwh: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    ac_kw: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    dc_kw: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    acceleration_s: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    top_speed_kmh: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    wheelbase_mm: Mapped[int | None]
    weight_kg: Mapped[int | None]
    cargo_l: Mapped[int | None]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The whole record as its source gave it."""
    source: Mapped[str | None]
    source_version: Mapped[str | None]
    licence: Mapped[str | None]
    content_hash: Mapped[str | None]

    ranges: Mapped[list["ModelRange"]] = relationship(
        order_by="ModelRange.position", cascade="all, delete-orphan", lazy="raise"
    )
    list_prices: Mapped[list["ModelListPrice"]] = relationship(cascade="all, delete-orphan", lazy="raise")
    trims: Mapped[list["Trim"]] = relationship(order_by="Trim.position", lazy="raise")

    @property
    def name_shown(self) -> str:
        return localized(self.name, f"{self.name_zh} {self.name}" if self.name_zh else None)


class ModelRange(IdModel):
    """A rated range with the cycle it was measured in. Never shown without it."""

    __table_args__ = (UniqueConstraint("model_id", "position"),)

    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    position: Mapped[int]
    cycle: Mapped[str]
    range_km: Mapped[int]
    note: Mapped[str | None]


class ModelListPrice(IdModel):
    """What the source says a model cost somewhere in a year. A fact to read, not an offer."""

    __table_args__ = (UniqueConstraint("model_id", "country", "currency", "year"),)

    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    country: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    year: Mapped[int]


class Trim(IdModel):
    """A version of a house model with its list price (VAT in, before purchase tax)."""

    __table_args__ = (UniqueConstraint("model_id", "code", "market_key"),)

    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id"))
    code: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    battery_kwh: Mapped[int]
    range_km: Mapped[int]
    range_cycle: Mapped[str] = mapped_column(server_default="cltc")
    acceleration_s: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    drivetrain: Mapped[str]
    lead_days: Mapped[int] = mapped_column(server_default="20")
    """From the order to the first day of the week in which it is delivered."""
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Equipment(IdModel):
    """A paint, a wheel, an interior or an extra, with what it costs and what it does to the range."""

    __table_args__ = (
        CheckConstraint(f"family IN {EQUIPMENT}", name="family"),
        UniqueConstraint("family", "code", "market_key"),
    )

    family: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    colour: Mapped[str | None]
    range_delta_km: Mapped[int] = mapped_column(server_default="0")
    lead_days: Mapped[int] = mapped_column(server_default="0")
    """On top of the trim's, where it is the longest that a build waits for."""
    note: Mapped[str] = mapped_column(server_default="")
    note_zh: Mapped[str] = mapped_column(server_default="")
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)


class Offer(IdModel):
    """What is sold beside cars. `starts` is today or, for what goes with a car, its handover.

    `grants` says what it gives: {"kwh": 250}, {"credits": 500}, {"feature": "pilot"}, {"model": "rill"}.
    """

    __table_args__ = (
        CheckConstraint(f"family IN {FAMILIES}", name="family"),
        CheckConstraint(f"billing IN {BILLINGS}", name="billing"),
        CheckConstraint("starts IN ('today', 'handover_if_vehicle')", name="starts"),
        CheckConstraint("price_minor >= 0", name="price"),
        UniqueConstraint("market_key", "sku"),
        Index("ix_offer_shelf", "market_key", "family", "position", postgresql_where="active"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    sku: Mapped[str]
    family: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str]
    summary: Mapped[str]
    summary_zh: Mapped[str]
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    billing: Mapped[str]
    starts: Mapped[str]
    grants: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seller_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    position: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default=true())
    on_sale_until: Mapped[date | None]

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)

    @property
    def summary_shown(self) -> str:
        return localized(self.summary, self.summary_zh)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @classmethod
    def by_sku(cls, sku: str, market_key: str = HOME_MARKET) -> "Offer":
        """What is sold under this name in a market. Raises OfferNotFound."""
        wanted = select(cls).where(cls.sku == sku, cls.market_key == market_key, cls.active)
        found = session().scalars(wanted).one_or_none()
        if found is None:
            raise OfferNotFound()
        return found
