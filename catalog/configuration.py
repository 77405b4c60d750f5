"""A configuration is a build that somebody kept: it has a design code, and the price of the day it was kept."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ForeignKey, Index, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import ids
from app.db import IdModel, session
from app.i18n import localized
from app.money import Money
from catalog import assortments, design_code
from catalog.build import Assortment, Build, BuildPrice, Choice, price
from catalog.finance import terms_of
from catalog.products import Equipment, Model, Trim
from catalog.refusals import BuildNotPossible, DesignNotFound, NotOnOfferAnyMore
from catalog.stock import Look
from partners.models import Market

MOST_LISTED = 50
CODE_TRIES = 5


class Configuration(IdModel):
    """One kept build of one visitor. It never changes; another build is another row."""

    __table_args__ = (
        Index(
            "uq_configuration_same_build",
            "visitor_id",
            "trim_id",
            "paint",
            "wheels",
            "interior",
            "extras",
            "market_key",
            "priced_on",
            "price_minor",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_configuration_account", "account_id", postgresql_where="account_id IS NOT NULL"),
    )

    design_code: Mapped[str] = mapped_column(unique=True)
    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id"))
    trim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trim.id"))
    paint: Mapped[str]
    wheels: Mapped[str]
    interior: Mapped[str]
    extras: Mapped[list[str]]
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    """The car as configured, on `priced_on`: before what the state lays on it."""
    priced_on: Mapped[date]
    visitor_id: Mapped[uuid.UUID | None]
    account_id: Mapped[uuid.UUID | None]

    model: Mapped[Model] = relationship(lazy="joined", innerjoin=True)
    trim: Mapped[Trim] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def keep(
        cls,
        build: Build,
        market: Market,
        visitor_id: uuid.UUID | None,
        at: datetime,
        account_id: uuid.UUID | None = None,
    ) -> "Configuration":
        """The same build of the same visitor on the same day at the same price is the same row and code.

        Raises BuildNotPossible.
        """
        assortment = assortments.read_now(market.key).get(build.model)
        if assortment is None or not assortment.can_make(build):
            raise BuildNotPossible()
        facts = {
            "model_id": assortment.model_id,
            "trim_id": _trim_id(assortment, build, market),
            "paint": build.paint,
            "wheels": build.wheels,
            "interior": build.interior,
            "extras": list(build.extras),
            "market_key": market.key,
            "currency": market.currency,
            "price_minor": _priced(assortment, build, market).car.amount_minor,
            "priced_on": at.astimezone(ZoneInfo(market.time_zone)).date(),
            "visitor_id": visitor_id,
        }
        for _try in range(CODE_TRIES):
            session().execute(
                insert(cls)
                .values(
                    id=ids.uuid7(),
                    created_at=at,
                    design_code=design_code.make(build.model),
                    account_id=account_id,
                    **facts,
                )
                .on_conflict_do_nothing()
            )
            kept = session().scalars(select(cls).filter_by(**facts)).one_or_none()
            if kept is not None:
                return kept
        raise RuntimeError("No free design code was found")

    @classmethod
    def by_code(cls, code: str) -> "Configuration":
        """However it was typed. Raises DesignNotFound."""
        meant = design_code.normalized(code)
        found = meant and session().scalars(select(cls).where(cls.design_code == meant)).one_or_none()
        if not found:
            raise DesignNotFound()
        return found

    @classmethod
    def by_id(cls, id: uuid.UUID) -> "Configuration":
        """Raises DesignNotFound."""
        found = session().get(cls, id)
        if found is None:
            raise DesignNotFound()
        return found

    @property
    def build(self) -> Build:
        return Build(
            self.model.slug, self.trim.code, self.paint, self.wheels, self.interior, tuple(self.extras)
        )

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    def is_of(self, visitor_id: uuid.UUID | None, account_id: uuid.UUID | None) -> bool:
        """Whether this visitor, or who is signed in, kept it."""
        is_visitors = self.visitor_id is not None and self.visitor_id == visitor_id
        return is_visitors or (self.account_id is not None and self.account_id == account_id)

    def url_path(self) -> str:
        """Where it opens again."""
        return f"/designs/{self.design_code}"

    def configure_path(self) -> str:
        """Where it can be changed."""
        return configure_path(self.build)

    def look(self) -> Look:
        return Look(self.model.slug, self.paint, self.wheels)

    def titles(self) -> tuple[dict[str, str], dict[str, str]]:
        """Title and detail in both languages, as a cart and an order keep them."""
        names = {
            (family, code): (name, name_zh)
            for family, code, name, name_zh in session().execute(
                select(Equipment.family, Equipment.code, Equipment.name, Equipment.name_zh).where(
                    Equipment.market_key == self.market_key
                )
            )
        }
        parts = [names.get(choice, (choice[1], choice[1])) for choice in self.build.choices[1:]]
        model_zh = f"{self.model.name_zh or ''} {self.model.name}".strip()
        return (
            {"en": f"{self.model.name} {self.trim.name}", "zh": f"{model_zh} {self.trim.name_zh}"},
            {"en": ", ".join(en for en, _zh in parts), "zh": "、".join(zh for _en, zh in parts)},
        )

    @property
    def title_shown(self) -> str:
        model = localized(self.model.name, f"{self.model.name_zh or ''} {self.model.name}".strip())
        return f"{model} {self.trim.name_shown}"

    def priced_now(self, market: Market) -> BuildPrice:
        """By today's catalogue. Raises NotOnOfferAnyMore, which knows what is gone."""
        assortment = assortments.read_now(market.key).get(self.model.slug)
        if assortment is None or not assortment.can_make(self.build):
            raise NotOnOfferAnyMore(gone=gone(assortment, self.build))
        return _priced(assortment, self.build, market)


def configure_path(build: Build) -> str:
    return f"/models/{build.model}/configure?{urlencode(build.query())}"


def priced(configurations: Sequence[Configuration], market: Market) -> Mapping[uuid.UUID, BuildPrice]:
    """Id -> price by today's catalogue, in three statements however many; what is no longer offered is not in it."""
    if not configurations:
        return {}
    shelf = assortments.read_now(market.key)
    found: dict[uuid.UUID, BuildPrice] = {}
    for configuration in configurations:
        assortment = shelf.get(configuration.model.slug)
        if assortment is not None and assortment.can_make(configuration.build):
            found[configuration.id] = _priced(assortment, configuration.build, market)
    return found


def of_visitor(visitor_id: uuid.UUID | None, account_id: uuid.UUID | None = None) -> Sequence[Configuration]:
    """What somebody kept, newest first, on this device or signed in."""
    whose = [
        column == id
        for column, id in ((Configuration.visitor_id, visitor_id), (Configuration.account_id, account_id))
        if id is not None
    ]
    if not whose:
        return []
    return (
        session()
        .scalars(
            select(Configuration)
            .where(or_(*whose))
            .order_by(Configuration.created_at.desc(), Configuration.id.desc())
            .limit(MOST_LISTED)
        )
        .all()
    )


def adopt(visitor_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """What a visitor kept before signing in belongs to the account from now on."""
    session().execute(
        update(Configuration)
        .where(Configuration.visitor_id == visitor_id, Configuration.account_id.is_(None))
        .values(account_id=account_id)
    )


def gone(assortment: Assortment | None, build: Build) -> tuple[Choice, ...]:
    """What of a build cannot be had any more: what left the shelf, else what no longer goes together."""
    if assortment is None:
        return build.choices[:1]
    missing = assortment.missing(build)
    return missing or tuple(rule.subject for rule in assortment.broken(build))


def _priced(assortment: Assortment, build: Build, market: Market) -> BuildPrice:
    return price(assortment, build, market.tax_policy, terms_of(market))


def _trim_id(assortment: Assortment, build: Build, market: Market) -> uuid.UUID:
    return (
        session()
        .scalars(
            select(Trim.id).where(
                Trim.model_id == assortment.model_id, Trim.code == build.trim, Trim.market_key == market.key
            )
        )
        .one()
    )
