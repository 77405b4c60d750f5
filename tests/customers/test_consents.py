"""What was agreed, with whom, in which words; and taken back as easily."""

import threading
import uuid

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.db import close_reading, session, statement_count, transaction
from app.events import SYSTEM, EventRow
from customers import consent_texts, consents
from customers.models import Consent, Customer
from partners.models import Recipient
from tests.customers.builders import a_consent, ada, cleo
from tests.partners.builders import a_recipient

pytestmark = pytest.mark.usefixtures("database")


def rows(customer_id: uuid.UUID) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(Consent.customer_id == customer_id)) or 0


def covered(customer: Customer, recipient: Recipient) -> uuid.UUID | None:
    consent = consents.covering(customer.id, recipient)
    return consent.id if consent else None


def facts() -> list[str]:
    close_reading()
    return list(
        session().scalars(
            select(EventRow.type).where(EventRow.type.like("customers.%")).order_by(EventRow.id)
        )
    )


def test_a_wish_to_be_answered_covers_the_house_and_nobody_else() -> None:
    with transaction():
        buyer = ada()
        consent = a_consent(buyer)
        desk, dealer = a_recipient("desk", "agent_desk"), a_recipient()
        line, insurer = a_recipient("line", "call_centre"), a_recipient("anping", "insurance_partner")

    assert [covered(buyer, who) for who in (desk, line)] == [consent.id, consent.id]
    assert [covered(buyer, who) for who in (dealer, insurer)] == [None, None]


def test_sharing_covers_the_one_named_and_not_its_neighbour() -> None:
    with transaction():
        buyer, stranger = ada(), cleo()
        named, neighbour = a_recipient("west-lake"), a_recipient("binjiang")
        consent = a_consent(buyer, "share_with_recipient", named)

    assert covered(buyer, named) == consent.id
    assert covered(buyer, neighbour) is None
    assert covered(stranger, named) is None
    assert consents.covering(None, named) is None


def test_what_was_taken_back_covers_nobody() -> None:
    with transaction():
        buyer, dealer = ada(), a_recipient()
        a_consent(buyer)
        a_consent(buyer, "share_with_recipient", dealer)

    with transaction():
        consents.withdraw(buyer.id, "share_with_recipient", dealer.id, language="en", actor=SYSTEM)

    assert consents.covering(buyer.id, dealer) is None
    assert [(state.purpose, state.granted) for state in consents.state(buyer.id)] == [
        ("answer_me", True),
        ("share_with_recipient", False),
    ]
    assert rows(buyer.id) == 3
    assert facts() == ["customers.consent_given", "customers.consent_given", "customers.consent_withdrawn"]


def test_nothing_can_be_taken_back_twice() -> None:
    with transaction():
        buyer = ada()
        a_consent(buyer)
        consents.withdraw(buyer.id, "answer_me", None, language="en", actor=SYSTEM)

    with transaction():
        consents.withdraw(buyer.id, "answer_me", None, language="en", actor=SYSTEM)
        consents.withdraw(buyer.id, "marketing", None, language="en", actor=SYSTEM)

    assert rows(buyer.id) == 2


def test_the_same_answer_on_the_same_evidence_is_one_row_and_on_another_its_own() -> None:
    with transaction():
        buyer = ada()
        first = a_consent(buyer, help_request_id="one")
        same = a_consent(buyer, help_request_id="one")
        other = a_consent(buyer, help_request_id="two")

    assert same.id == first.id
    assert other.id != first.id
    assert rows(buyer.id) == 2


def test_a_no_that_was_never_a_yes_is_kept_and_is_no_withdrawal() -> None:
    with transaction():
        buyer = ada()
        a_consent(buyer, "marketing", granted=False)

    assert rows(buyer.id) == 1
    assert facts() == []


def test_an_untouched_yes_and_a_later_no_is_a_withdrawal() -> None:
    with transaction():
        buyer = ada()
        a_consent(buyer, "marketing")
        a_consent(buyer, "marketing", granted=False)

    assert facts() == ["customers.consent_given", "customers.consent_withdrawn"]


def test_the_row_proves_the_words_that_were_shown() -> None:
    with transaction():
        buyer = ada()
        dealer = a_recipient(address="18 Tianmushan Road", phone="0571 8700 1101")
        consent = a_consent(buyer, "share_with_recipient", dealer)

    shown = consent_texts.wording("share_with_recipient", "en", dealer)
    assert (consent.text_version, consent.text_hash) == (shown.version, shown.hash)
    assert "Tarn West Lake (18 Tianmushan Road, 0571 8700 1101)" in shown.wording


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["dealer", "insurance_partner", "energy_partner"])
def test_sharing_always_names_its_recipient(language: str, kind: str) -> None:
    with transaction():
        named = a_recipient("x", kind, name="O'Brien & Söhne", name_zh="欧布莱恩")

    text = consent_texts.wording("share_with_recipient", language, named)

    assert named.label(language) in text.wording
    assert named.label(language) in text.label


def test_sharing_with_nobody_in_particular_cannot_be_asked_or_stored() -> None:
    with transaction():
        buyer = ada()

    with pytest.raises(ValueError):
        consent_texts.wording("share_with_recipient", "en")
    with pytest.raises(IntegrityError), transaction():
        session().add(
            Consent(
                customer_id=buyer.id,
                purpose="share_with_recipient",
                granted=True,
                text_version="x",
                text_hash="x",
                language="en",
                method="checkout",
                evidence={},
                at=buyer.created_at,
            )
        )
    assert rows(buyer.id) == 0


def test_coverage_of_many_takes_one_statement() -> None:
    with transaction():
        people = [ada(), cleo(), ada()]
        desk, dealer = a_recipient("desk", "agent_desk"), a_recipient()
        a_consent(people[0])
        a_consent(people[1], "share_with_recipient", dealer)
    close_reading()
    session()

    with statement_count() as count:
        covered = consents.coverage([person.id for person in people], [desk, dealer])

    assert count() == 1
    assert set(covered) == {(people[0].id, desk.id), (people[1].id, dealer.id)}


def test_the_same_yes_sent_four_times_at_once_is_one_row() -> None:
    starting = threading.Barrier(4)
    with transaction():
        buyer = ada()

    def tick() -> None:
        starting.wait()
        with transaction():
            a_consent(buyer)

    ticks = [threading.Thread(target=tick) for _ in range(4)]
    for one in ticks:
        one.start()
    for one in ticks:
        one.join()

    assert rows(buyer.id) == 1
    assert facts() == ["customers.consent_given"]
