"""Another look suggested for a car that is made to order, and such a car put aside and back."""

import uuid
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.ids import uuid7
from catalog.build import Build
from catalog.fitment import Fitment
from catalog.models import Configuration
from catalog.products import Equipment
from catalog.refusals import NotOnOfferAnyMore
from checkout import basket, comments, journey, saving, sharing, sharing_showing
from checkout.cart import Cart, CartLine
from checkout.comments import CartComment, Words
from checkout.sharing_refusals import NothingToSuggest
from partners.models import Market
from tests.catalog.builders import a_shelf
from tests.checkout.builders import ADA

MERE = Build("mere", "long-range", "tarn", "blade", "sand")


@pytest.fixture
def shared(database: None) -> dict[str, Any]:
    """Ada's cart with a Mere to be built, and Dora in it."""
    a_shelf()
    visitor, guest = uuid7(), uuid7()
    with transaction():
        cart = Cart.begin(visitor, "CN", "CNY", "en")
        kept = Configuration.keep(MERE, Market.home(), visitor, clock.now())
        journey.add_configuration(cart, kept, ADA, clock.now())
        invitation, _token = sharing.invite(cart, "Ada", ADA, clock.now())
        visit = sharing.Visit(cart, invitation, None)
        dora = sharing.join(visit, guest, "Dora", ADA, clock.now())
        return {"cart": cart.id, "dora": dora, "line": cart.lines()[0].public_id, "visitor": visitor}


def suggest(shared: dict[str, Any], **look: str) -> CartComment:
    with transaction():
        cart = Cart.locked(shared["cart"])
        words = Words(uuid.uuid4(), "What about this?")
        return comments.suggest_look(cart, shared["dora"], shared["line"], look, words, ADA, clock.now())


def accept(shared: dict[str, Any], comment: CartComment) -> None:
    with transaction():
        comments.accept(Cart.locked(shared["cart"]), comment.public_id, ADA, clock.now())


def lines(shared: dict[str, Any]) -> list[CartLine]:
    close_reading()
    live = select(CartLine).where(CartLine.cart_id == shared["cart"], CartLine.removed_at.is_(None))
    return list(session().scalars(live.order_by(CartLine.position, CartLine.id)))


def shown(shared: dict[str, Any]) -> sharing_showing.Suggestion:
    close_reading()
    now = basket.load(session().get_one(Cart, shared["cart"]))
    told = sharing_showing.shared(now, shared["visitor"], 20, clock.now())
    assert told is not None
    (remark,) = (*told.about_all, *(one for those in told.by_line.values() for one in those))
    assert remark.suggestion is not None
    return remark.suggestion


def test_another_paint_is_suggested_with_what_it_costs_and_a_way_to_compare(shared: dict[str, Any]) -> None:
    suggest(shared, paint="lichen")

    told = shown(shared)

    assert told.words == "Lichen instead"
    assert told.amount
    assert "/compare?with=" in told.compare_url
    assert told.is_open


def test_taking_it_up_puts_the_other_build_in_its_place_with_the_words_said(shared: dict[str, Any]) -> None:
    with transaction():
        cart = Cart.locked(shared["cart"])
        journey.add_offer(cart, "charge-250", 1, None, ADA, clock.now())
    comment = suggest(shared, paint="lichen", interior="cedar")

    accept(shared, comment)

    car, plan = lines(shared)
    assert car.is_build
    assert car.configuration_id == comment.configuration_id
    assert plan.sku == "charge-250"
    told = session().scalars(select(CartComment)).one()
    assert (told.state, told.line_id) == ("accepted", car.id)
    assert shown(shared).words == "Lichen, 20″ Blade, Cedar"
    assert shown(shared).outcome == "Taken up"


def test_the_same_again_is_nothing_to_suggest(shared: dict[str, Any]) -> None:
    with pytest.raises(NothingToSuggest):
        suggest(shared, paint="tarn", wheels="blade")

    assert session().scalars(select(CartComment)).all() == []


def test_a_look_that_is_not_offered_any_more_says_so_and_changes_nothing(shared: dict[str, Any]) -> None:
    comment = suggest(shared, paint="lichen")
    with transaction():
        gone = select(Equipment.id).where(Equipment.code == "lichen")
        session().execute(delete(Fitment).where(Fitment.equipment_id.in_(gone)))

    with pytest.raises(NotOnOfferAnyMore):
        accept(shared, comment)

    assert [line.sku for line in lines(shared)] == [line.sku for line in lines(shared) if line.is_build]
    assert shown(shared).trouble == "It cannot be had like this any more."
    assert session().scalars(select(CartComment.state)).one() == "open"


def test_a_build_put_aside_comes_back_and_a_new_price_is_told(shared: dict[str, Any]) -> None:
    with transaction():
        cart = Cart.locked(shared["cart"])
        saving.save_for_later(cart, shared["line"], ADA, clock.now())
    with transaction():
        session().execute(
            update(Equipment)
            .where(Equipment.code == "blade")
            .values(price_minor=Equipment.price_minor + 100_000)
        )
    (kept,) = sharing_showing.saved(shared["visitor"], Market.home(), clock.now())
    assert kept.note.startswith("It was ")
    assert not lines(shared)
    close_reading()

    with transaction():
        saving.put_back(Cart.locked(shared["cart"]), shared["line"], ADA, clock.now())

    assert [line.is_build for line in lines(shared)] == [True]
