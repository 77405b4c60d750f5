"""Contact data is covered until somebody on the staff says why they need it, and that is written down."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.errors import Forbidden, Refusal
from app.events import SYSTEM, Actor, EventRow
from app.ids import uuid7
from customers import reveals
from customers.masking import masked_email, masked_phone
from customers.models import ContactReveal, Customer
from customers.reveals import NoteNeeded, NoteTooLong, ReasonUnknown
from partners.models import Staff
from tests.customers.builders import ada
from tests.partners.builders import a_member_of_staff, the_market
from tests.partners.colleagues import hire


@pytest.fixture
def ben(database: None) -> Staff:
    with transaction():
        the_market()
        return a_member_of_staff(role="agent")


@pytest.fixture
def buyer(ben: Staff) -> Customer:
    with transaction():
        return ada()


def as_staff(staff: Staff) -> Actor:
    return Actor("staff", str(staff.id))


def rows() -> list[ContactReveal]:
    close_reading()
    return list(session().scalars(select(ContactReveal)))


def revealed() -> list[EventRow]:
    close_reading()
    return list(
        session().scalars(
            select(EventRow).where(EventRow.type == "customers.contact_revealed").order_by(EventRow.id)
        )
    )


def test_a_reason_opens_the_contact_for_a_quarter_of_an_hour(ben: Staff, buyer: Customer) -> None:
    lead, at = uuid7(), clock.now()
    assert reveals.shown(buyer, ben.id, lead, at).is_masked

    with transaction():
        contact = reveals.reveal(buyer, "lead", lead, "call_back", as_staff(ben), at)

    assert (contact.phone, contact.email) == (buyer.phone_e164 or "", buyer.email or "")
    assert reveals.shown(buyer, ben.id, lead, at + timedelta(minutes=14)) == contact
    assert reveals.shown(buyer, ben.id, lead, at + timedelta(minutes=15)).is_masked
    assert reveals.revealed_until(buyer.id, ben.id, lead, at) == at + reveals.SHOWN_FOR


def test_it_opens_for_this_person_and_this_subject_only(ben: Staff, buyer: Customer) -> None:
    lead, at = uuid7(), clock.now()
    with transaction():
        cleo = a_member_of_staff("cleo@tarn.example", "agent")
        reveals.reveal(buyer, "lead", lead, "call_back", as_staff(ben), at)

    assert reveals.shown(buyer, cleo.id, lead, at).is_masked
    assert reveals.shown(buyer, ben.id, uuid7(), at).is_masked


def test_who_looked_at_whom_and_why_is_kept_without_the_contact(ben: Staff, buyer: Customer) -> None:
    order, at = uuid7(), clock.now()

    with transaction():
        reveals.reveal(buyer, "order", order, "other", as_staff(ben), at, note="Plates office  asks")

    (row,) = rows()
    assert (row.customer_id, row.staff_id, row.subject_id, row.reason, row.note) == (
        buyer.id,
        ben.id,
        order,
        "other",
        "Plates office asks",
    )
    (fact,) = revealed()
    assert fact.actor_id == str(ben.id)
    told = str(fact.payload)
    assert "Plates" not in told and "@" not in told and (buyer.phone_e164 or "x") not in told


def test_looking_twice_is_written_once(ben: Staff, buyer: Customer) -> None:
    lead, at = uuid7(), clock.now()

    with transaction():
        for minutes in (0, 1, 14):
            reveals.reveal(buyer, "lead", lead, "call_back", as_staff(ben), at + timedelta(minutes=minutes))
        reveals.reveal(buyer, "lead", lead, "handover", as_staff(ben), at + timedelta(minutes=16))

    assert len(rows()) == len(revealed()) == 2


@pytest.mark.parametrize(
    ("reason", "note", "refusal"),
    [
        ("curious", "", ReasonUnknown),
        ("", "", ReasonUnknown),
        ("other", "  ", NoteNeeded),
        ("other", "x" * 201, NoteTooLong),
    ],
)
def test_without_a_reason_nothing_is_shown_and_nothing_written(
    ben: Staff, buyer: Customer, reason: str, note: str, refusal: type[Refusal]
) -> None:
    lead, at = uuid7(), clock.now()

    with pytest.raises(refusal), transaction():
        reveals.reveal(buyer, "lead", lead, reason, as_staff(ben), at, note=note)

    assert rows() == [] and revealed() == []
    assert reveals.shown(buyer, ben.id, lead, at).is_masked


@pytest.mark.parametrize("actor", [SYSTEM, Actor("visitor", str(uuid.uuid4())), Actor("customer", None)])
def test_nobody_but_staff_looks(buyer: Customer, actor: Actor) -> None:
    with pytest.raises(Forbidden), transaction():
        reveals.reveal(buyer, "lead", uuid7(), "call_back", actor, clock.now())

    assert rows() == []


def test_admins_read_who_looked_and_why(flask_app: Flask, ben: Staff, buyer: Customer) -> None:
    with transaction():
        reveals.reveal(buyer, "order", uuid7(), "dispute", as_staff(ben), clock.now())

    html = hire(flask_app, name="He Yan").see("/admin/audit?kind=contact")

    assert "Contact details were looked at" in html and "A payment is disputed" in html
    assert "Ben Sells" in html
    assert "Ada" not in html and "ada@example.com" not in html


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812344420", "138 •••• 4420"),
        ("+8613812344420", "138 •••• 4420"),
        ("+86 138 1234 4420", "138 •••• 4420"),
        ("+4930901820", "309 •••• 20"),
        ("40082077", "400 •••• 77"),
        ("95588", "•••• 88"),
        ("110", "••••"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_covered_number_is_recognised_and_cannot_be_dialled(number: str | None, shown: str) -> None:
    assert masked_phone(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ada@x.cn", "a••@x.cn"),
        ("a@x.cn", "a••@x.cn"),
        ("ada.lin+cars@mail.example.com", "a••@mail.example.com"),
        ("not-an-address", "••"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_covered_address_keeps_its_first_letter_and_its_house(address: str | None, shown: str) -> None:
    assert masked_email(address) == shown
