"""Recipients and staff come in by verbs and by the command line."""

from datetime import datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.errors import InvalidInput
from app.events import SYSTEM
from partners import demo
from partners.commands import partners
from partners.enrolment import Enrolment, employ, enrol
from partners.models import OpeningHours, Recipient, Slot, Staff, StaffRole
from tests.partners.builders import a_member_of_staff, a_recipient, the_market

pytestmark = pytest.mark.usefixtures("database")


def counted(model: type) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_a_dealer_comes_with_hours_and_a_webhook_secret() -> None:
    with transaction():
        dealer = a_recipient()

    assert counted(OpeningHours) > 0
    assert (dealer.webhook_secret or "").startswith("whsec_")
    assert dealer.time_zone == "Asia/Shanghai"
    assert dealer.label("zh") == "泰然西湖店"


def test_the_same_code_again_updates_and_keeps_the_secret() -> None:
    with transaction():
        first = a_recipient(mail_to="a@dealer.example")
        secret = first.webhook_secret
    hours = counted(OpeningHours)

    with transaction():
        again = a_recipient(name="O’Brien & Söhne <x>", mail_to="b@dealer.example")

    assert again.id == first.id
    assert (again.name, again.mail_to, again.webhook_secret) == (
        "O’Brien & Söhne <x>",
        "b@dealer.example",
        secret,
    )
    assert counted(OpeningHours) == hours
    assert counted(Recipient) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/",
        "https://me:secret@x.example/",
        "javascript:alert(1)",
        "https://",
        "https://x.example:99999/",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    with transaction():
        the_market()

    with pytest.raises(InvalidInput) as refused, transaction():
        enrol(Enrolment("x", "dealer", "X", "X", "", "", webhook_url=url), SYSTEM)

    assert set(refused.value.errors) == {"webhook_url"}
    assert counted(Recipient) == 0


def test_an_unknown_market_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused, transaction():
        enrol(Enrolment("x", "dealer", "X", "X", "", "", market_key="NL"), SYSTEM)

    assert set(refused.value.errors) == {"market"}


def test_the_command_line_adds_and_lists() -> None:
    with transaction():
        the_market()
    told = [
        "add-recipient",
        "--code",
        "ningbo",
        "--kind",
        "dealer",
        "--name",
        "Tarn Ningbo",
        "--city",
        "Ningbo",
    ]

    added = CliRunner().invoke(partners, told)
    again = CliRunner().invoke(partners, told)
    listed = CliRunner().invoke(partners, ["list-recipients"])

    assert added.exit_code == 0 and added.output.startswith("added ningbo ")
    assert again.exit_code == 0 and again.output.startswith("updated ningbo ")
    assert "Tarn Ningbo" in listed.output
    assert counted(Slot) > 0


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InvalidInput), transaction():
        employ("ben@tarn.example", "Ben", "short", [("agent", None)], SYSTEM)

    assert counted(Staff) == 0


def test_somebody_known_gets_the_roles_that_are_missing() -> None:
    with transaction():
        dealer = a_recipient()
        a_member_of_staff(recipient=dealer)

    with transaction():
        again = a_member_of_staff(email="Ben@Tarn.example", role="agent")

    assert counted(Staff) == 1
    assert {role.role for role in again.roles} == {"dealer", "agent"}
    with transaction():
        a_member_of_staff(role="agent")
    assert counted(StaffRole) == 2


def test_the_demo_stands_up_once_and_only_once() -> None:
    at: datetime = clock.now()
    demo.demo(at)
    recipients, staff, slots = counted(Recipient), counted(Staff), counted(Slot)

    demo.demo(at)

    assert (recipients, staff) == (18, 7)
    assert (counted(Recipient), counted(Staff), counted(Slot)) == (recipients, staff, slots)
    assert len(Recipient.dealers()) == 6
    assert len(Recipient.dealers("DE")) == 2
    assert Recipient.of_kind("agent_desk") is not None
    assert len(demo.sign_ins()) == 7
