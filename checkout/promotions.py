"""Promotions, set up and switched; what they are and which run, the catalogue knows."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app import ids
from app.db import after_commit, session
from app.events import Actor, record
from catalog import promotions as shelf
from catalog.models import Offer
from catalog.promotions import DELIVERY, SERVICE, Promotion
from checkout.events import PromotionAdded, PromotionSwitched


@dataclass(frozen=True)
class Terms:
    """Off the first charge of an offer, or off the delivery where there is none."""

    offer: Offer | None
    market_key: str
    percent: int
    title: str
    title_zh: str
    starts_on: date
    ends_on: date


def add(terms: Terms, actor: Actor) -> Promotion:
    """Off until somebody switches it on."""
    made = Promotion(
        id=ids.uuid7(),
        market_key=terms.market_key,
        subject=SERVICE if terms.offer is not None else DELIVERY,
        sku=terms.offer.sku if terms.offer is not None else None,
        percent=terms.percent,
        title=terms.title,
        title_zh=terms.title_zh,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
    )
    session().add(made)
    session().flush()
    record(PromotionAdded(promotion_id=made.id, sku=_told(made), percent=made.percent), actor)
    return made


def switch(promotion: Promotion, is_on: bool, actor: Actor) -> bool:
    """Tells whether it was the other way before. The shop window says so with the next page of this process."""
    if promotion.is_on == is_on:
        return False
    promotion.is_on = is_on
    after_commit(shelf.forget)
    record(PromotionSwitched(promotion_id=promotion.id, sku=_told(promotion), is_on=is_on), actor)
    return True


def by_public_id(value: str) -> Promotion | None:
    """Locked."""
    wanted = select(Promotion).where(Promotion.public_id == value).with_for_update()
    return session().scalars(wanted).one_or_none()


def _told(promotion: Promotion) -> str:
    return promotion.sku if promotion.sku is not None else DELIVERY
