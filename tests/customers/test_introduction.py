"""A person tells who they are; nobody becomes somebody else by typing their e-mail."""

import threading

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.ids import uuid7
from customers.models import Customer
from tests.customers.builders import ada, cleo
from tests.partners.builders import the_market

pytestmark = pytest.mark.usefixtures("database")


def customers() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(Customer)) or 0


def test_a_visitor_who_tells_more_has_one_record_with_all_of_it() -> None:
    visitor = uuid7()
    with transaction():
        first = ada(visitor, email="Ada@Example.COM ")

    with transaction():
        again = ada(visitor, name="", email=None, phone="+8613805714420", language="zh")

    assert again.id == first.id
    assert (again.name, again.email, again.phone_e164, again.language) == (
        "Ada Buys",
        "ada@example.com",
        "+8613805714420",
        "zh",
    )
    assert customers() == 1


def test_typing_somebody_elses_email_opens_nothing_of_theirs() -> None:
    with transaction():
        hers = ada(phone="+8613805714420")

    with transaction():
        typed = cleo(email="ada@example.com")

    assert typed.id != hers.id
    assert typed.phone_e164 is None
    assert customers() == 2


def test_a_verified_record_is_not_changed_by_a_form() -> None:
    visitor = uuid7()
    with transaction():
        hers = ada(visitor)
        hers.verified_at = clock.now()

    with transaction():
        typed = cleo(visitor)

    close_reading()
    kept = session().get_one(Customer, hers.id)
    assert typed.id != hers.id
    assert kept.name == "Ada Buys"


def test_names_of_any_script_stand_as_written() -> None:
    with transaction():
        written = ada(name="O'Brien & Söhne <x> 林悦")

    close_reading()
    assert session().get_one(Customer, written.id).name == "O'Brien & Söhne <x> 林悦"


def test_telling_twice_at_once_makes_one_record() -> None:
    visitor, starting = uuid7(), threading.Barrier(6)
    with transaction():
        the_market()

    def tell() -> None:
        starting.wait()
        with transaction():
            ada(visitor)

    told = [threading.Thread(target=tell) for _ in range(6)]
    for one in told:
        one.start()
    for one in told:
        one.join()

    assert customers() == 1


def test_how_somebody_can_be_reached() -> None:
    with transaction():
        assert ada().first_contact == "email"
        assert ada(email=None, phone="+8613805714420").first_contact == "phone"
        assert ada(email=None).first_contact == "none"
