from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import clock, deliveries, relay, settings
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from leads import dispatching, tasks
from partners.models import Recipient
from tests.checkout.builders import a_dealer
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff, a_recipient
from tests.receiver import Receiver

DESK_MAIL = "desk@tarn.example"
LINE_MAIL = "line@tarn.example"
DEALER_MAIL = "leads@west-lake.example"


@dataclass(frozen=True)
class House:
    desk: Recipient
    line: Recipient
    dealer: Recipient
    other_dealer: Recipient
    insurer: Recipient
    energy: Recipient


@pytest.fixture
def house(database: None) -> Iterator[House]:
    """Desks, two dealers and two partners, each with an address, and the people who work there."""
    with transaction():
        made = House(
            desk=a_recipient("tarn-online", kind="agent_desk", name="Tarn online", mail_to=DESK_MAIL),
            line=a_recipient("tarn-help-line", kind="call_centre", name="Tarn help line", mail_to=LINE_MAIL),
            dealer=a_dealer(),
            other_dealer=a_recipient("binjiang", name="Tarn Binjiang", mail_to="leads@binjiang.example"),
            insurer=a_recipient(
                "anping", kind="insurance_partner", name="Anping", mail_to="a@anping.example"
            ),
            energy=a_recipient(
                "green-tide", kind="energy_partner", name="Green Tide", mail_to="g@tide.example"
            ),
        )
        made.dealer.mail_to = DEALER_MAIL
        a_member_of_staff("zhou.min@tarn.example", role="agent", name="Zhou Min")
        a_member_of_staff("ben@tarn.example", role="dealer", recipient=made.dealer)
        a_member_of_staff("cleo@tarn.example", role="dealer", name="Cleo", recipient=made.other_dealer)
        a_member_of_staff("admin@tarn.example", role="admin", name="Admin")
    yield made
    close_reading()
    clock.move(timedelta(0))


@pytest.fixture
def ada(flask_app: Flask, house: House) -> Browser:
    return Browser(flask_app.test_client())


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left carts wait two minutes before anybody is told, as in the shop."""
    waits = settings.settings().model_copy(update={"lead_hold_s": 120})
    monkeypatch.setattr(dispatching, "settings", lambda: waits)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def go_on(house: House) -> Callable[[], None]:
    """Hands events to their listeners, sends what is due, and writes down what became of it."""

    def run() -> None:
        relay.relay()
        deliveries.deliver_due()
        tasks.send_due()
        close_reading()

    return run


@pytest.fixture
def all_due(database: None) -> Callable[[], None]:
    """What waits for its next try, or for its time, waits no longer."""

    def run() -> None:
        with transaction():
            session().execute(
                update(Delivery).where(Delivery.state == "pending").values(next_at=clock.sql_now)
            )

    return run
