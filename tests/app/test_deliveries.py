"""What leaves the house arrives, is tried again, or is visibly parked or dead; never silently gone."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook

from app import clock, deliveries, mail, settings, webhooks
from app.db import close_reading, session, transaction
from app.deliveries import Delivery, DeliveryAttempt, Mail, WebhookCall, Withhold
from app.ids import uuid7
from app.mail import MailboxMessage
from app.processes import free_port
from tests.receiver import Receiver

SECRET = "whsec_" + "c2VjcmV0LWZvci10ZXN0cy1vbmx5"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


message: list[Any] = []


@pytest.fixture(autouse=True)
def a_composer(database: None) -> Iterator[None]:
    before = deliveries._composers, deliveries._transports
    deliveries.install({"tests.note": lambda _: message[0]}, {Mail: mail.send, WebhookCall: webhooks.send})
    yield
    deliveries.install(*before)


def queued(key: str = "note:1", group: str | None = None) -> Delivery:
    with transaction():
        return deliveries.queue("tests.note", "ben", None, {}, key=key, group=group)


def now_due() -> None:
    with transaction():
        session().execute(update(Delivery).where(Delivery.state == "pending").values(next_at=clock.sql_now))


def state_of(delivery: Delivery) -> Delivery:
    close_reading()
    return session().get_one(Delivery, delivery.id, populate_existing=True)


def test_the_same_key_is_queued_once() -> None:
    first, second = queued(), queued()

    assert first.id == second.id
    assert len(session().scalars(select(Delivery)).all()) == 1


def test_a_webhook_is_signed_and_keeps_its_id_over_every_try(receiver: Receiver) -> None:
    message[:] = [
        WebhookCall(receiver.url, SECRET, "lead.created", {"number": "L-1", "name": "O'Brien & Söhne <x>"})
    ]
    receiver.answers[:] = [500, 200]
    delivery = queued()

    deliveries.deliver_due()
    now_due()
    deliveries.deliver_due()

    assert state_of(delivery).state == "delivered"
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {f"msg_{delivery.id.hex}"}
    for headers, body in receiver.got:
        Webhook(SECRET).verify(body, headers)
    assert json.loads(receiver.got[1][1])["data"]["name"] == "O'Brien & Söhne <x>"
    attempts = session().scalars(select(DeliveryAttempt.outcome).order_by(DeliveryAttempt.number)).all()
    assert attempts == ["failed", "delivered"]


def test_a_receiver_that_refuses_three_times_parks_the_delivery(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.answers[:] = [400, 400, 400]
    delivery = queued()

    for _ in range(3):
        now_due()
        deliveries.deliver_due()

    assert state_of(delivery).state == "parked"


def test_a_redirect_is_not_followed_and_counts_as_a_failure(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.answers[:] = [302]
    delivery = queued()

    deliveries.deliver_due()

    assert state_of(delivery).state == "pending"
    assert len(receiver.got) == 1


def test_a_receiver_that_is_never_there_ends_dead_after_ten_tries_and_can_be_replayed(
    receiver: Receiver,
) -> None:
    message[:] = [WebhookCall("http://127.0.0.1:9/none", SECRET, "lead.created", {})]
    delivery = queued()
    for _ in range(10):
        now_due()
        deliveries.deliver_due()
    assert state_of(delivery).state == "dead"

    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    with transaction():
        deliveries.replay(delivery.id)
    deliveries.deliver_due()

    assert state_of(delivery).state == "delivered"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/x", "http://192.168.1.1/", "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd", "ftp://example.com/", "http://user:word@example.com/", "http://0.0.0.0/", "http://[fe80::1]/",
        "http://100.64.0.1/", "http://224.0.0.1/",
    ],
)  # fmt: skip
def test_a_target_on_an_inner_network_is_never_called(url: str) -> None:
    with pytest.raises(webhooks.TargetRefused):
        webhooks.check_target(url)


def test_what_is_withheld_for_a_while_is_looked_at_again_and_what_is_withheld_for_good_is_cancelled() -> None:
    message[:] = [Withhold("no consent", clock.now() + timedelta(hours=1))]
    later = queued("note:later")
    deliveries.deliver_due()
    message[:] = [Withhold("bought meanwhile")]
    never = queued("note:never")
    deliveries.deliver_due()

    assert (state_of(later).state, state_of(later).reason) == ("pending", "no consent")
    assert (state_of(never).state, state_of(never).reason) == ("cancelled", "bought meanwhile")


def test_the_second_of_a_group_waits_for_the_first(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.answers[:] = [500]
    queued("note:1", group="lead:1")
    second = queued("note:2", group="lead:1")

    deliveries.deliver_due()

    assert len(receiver.got) == 1
    assert state_of(second).attempts == 0


def test_a_message_that_cannot_be_written_waits_for_a_person_and_blocks_no_other(receiver: Receiver) -> None:
    message[:] = [None]
    bad = queued("note:bad")
    deliveries.deliver_due()
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    good = queued("note:good")
    deliveries.deliver_due()

    assert state_of(bad).state == "parked"
    assert state_of(good).state == "delivered"


def test_a_sender_that_died_in_the_middle_is_taken_over_after_its_lease(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    delivery = queued()
    with transaction():
        session().execute(
            update(Delivery).values(state="sending", leased_until=clock.now() - timedelta(seconds=1))
        )

    deliveries.deliver_due()

    assert state_of(delivery).state == "delivered"


def test_a_recipient_that_breaks_the_sender_counts_as_one_try_and_blocks_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message[:] = [WebhookCall("http://127.0.0.1:99999/", SECRET, "lead.created", {})]
    odd = queued("note:odd")
    deliveries.deliver_due()
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    good = queued("note:good")

    deliveries.deliver_due()

    assert (state_of(odd).state, state_of(odd).attempts) == ("pending", 1)
    assert state_of(good).state == "delivered"


@pytest.mark.parametrize("after", ["\u00b2", "9" * 30, "-1", "soon"])
def test_an_odd_retry_after_is_ignored(receiver: Receiver, after: str) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.answers[:] = [503]
    receiver.retry_after = after
    delivery = queued()

    deliveries.deliver_due()

    assert state_of(delivery).state == "pending"
    assert state_of(delivery).next_at < clock.now() + timedelta(minutes=1)


def test_an_answer_that_drips_is_cut_and_tried_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.5)
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.drips_for_s = 20
    delivery = queued()
    began = time.monotonic()

    deliveries.deliver_due()

    assert time.monotonic() - began < 15
    assert (state_of(delivery).state, state_of(delivery).attempts) == ("pending", 1)


def test_a_recipient_that_hangs_holds_up_neither_the_others_nor_what_comes_meanwhile(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_has_come = threading.Event()
    waited: list[bool] = []

    def told(delivery: Delivery, _: WebhookCall) -> deliveries.Answer:
        if delivery.key == "note:hangs":
            queued("note:late")
            waited.append(late_has_come.wait(10))
        if delivery.key == "note:late":
            late_has_come.set()
        return deliveries.Answer("delivered")

    monkeypatch.setitem(deliveries._transports, WebhookCall, told)
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    waiting = [queued("note:hangs"), queued("note:other")]

    tries = deliveries.deliver_due()

    assert tries == 3
    assert waited == [True]
    assert all(state_of(delivery).state == "delivered" for delivery in waiting)


def test_mail_without_a_server_lands_in_the_mailbox() -> None:
    message[:] = [Mail("lin@example.com", "Your car", "It is ready.")]
    queued()

    deliveries.deliver_due()

    kept = session().scalars(select(MailboxMessage)).one()
    assert (kept.to, kept.subject) == ("lin@example.com", "Your car")


class Kept(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


def test_mail_goes_over_smtp_where_a_server_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Kept()
    port = free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    with_smtp = settings.settings().model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
    monkeypatch.setattr(mail, "settings", lambda: with_smtp)
    message[:] = [Mail("lin@example.com", "林悦的车", "可以提车了。", language="zh")]
    delivery = queued()

    deliveries.deliver_due()
    server.stop()

    assert state_of(delivery).state == "delivered"
    assert handler.mails[0]["Message-ID"] == f"<{delivery.id}@tarn.example>"
    assert handler.mails[0].get_payload(decode=True).decode().strip() == "可以提车了。"


def test_an_address_with_a_line_break_is_never_put_into_a_header() -> None:
    delivery = Delivery(id=uuid7())

    with pytest.raises(ValueError):
        mail.written(delivery, Mail("lin@example.com\nBcc: all@example.com", "Hello", "x"))
    with pytest.raises(ValueError):
        mail.written(delivery, Mail("lin@example.com", "Hello\nBcc: all@example.com", "x"))


def test_the_body_says_when_it_became_so_on_every_try_alike(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {"number": "L-1"})]
    receiver.answers[:] = [500, 200]
    delivery = queued()
    for _ in range(2):
        now_due()
        deliveries.deliver_due()

    first, second = (body for _headers, body in receiver.got)
    assert first == second
    assert json.loads(first)["timestamp"] == state_of(delivery).created_at.isoformat()


@pytest.mark.parametrize(("after", "least_s"), [("1", 4), ("0", 4), ("600", 600)])
def test_whoever_wants_us_back_at_once_is_not_called_ten_times_in_a_row(
    receiver: Receiver, after: str, least_s: int
) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    receiver.answers[:] = [503]
    receiver.retry_after = after
    before = clock.now()
    delivery = queued()
    deliveries.deliver_due()

    assert (state_of(delivery).next_at - before).total_seconds() >= least_s


def test_ten_tries_take_about_seventy_five_hours() -> None:
    assert deliveries.MOST_TRIES == 10
    assert 74 * 3600 <= sum(deliveries.BACKOFF_S) <= 76 * 3600


def test_each_try_tells_what_was_sent_and_of_which_repeat_it_is(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    delivery = queued()
    deliveries.deliver_due()
    with transaction():
        deliveries.replay(delivery.id)
    deliveries.deliver_due()

    close_reading()
    tries = session().scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.number)).all()
    assert [one.replay for one in tries] == [0, 1]
    assert tries[0].sent_digest == tries[1].sent_digest == hashlib.sha256(receiver.got[0][1]).hexdigest()


def test_a_database_that_is_away_for_a_moment_parks_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    delivery = queued()

    def away(_: Delivery) -> WebhookCall:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(deliveries, "_composers", {"tests.note": away})
    deliveries.deliver_due()

    assert (state_of(delivery).state, state_of(delivery).attempts) == ("sending", 0)


def test_what_was_called_back_and_is_wanted_after_all_goes(receiver: Receiver) -> None:
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    delivery = queued()
    with transaction():
        deliveries.cancel("note:", "changed")
    queued()
    deliveries.deliver_due()

    assert state_of(delivery).state == "delivered"
    assert len(receiver.got) == 1


def test_what_a_mail_server_says_is_kept_without_the_address(receiver: Receiver) -> None:
    assert deliveries._impersonal("550 <lin.yue@example.com> unknown") == "550 <…@…> unknown"


def test_many_recipients_that_hang_leave_senders_to_the_others(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_has_come = threading.Event()
    hung: list[bool] = []
    monkeypatch.setattr(deliveries, "SLOW_S", 0.05)

    def told(delivery: Delivery, _: WebhookCall) -> deliveries.Answer:
        if delivery.recipient_key == "quick":
            quick_has_come.set()
        elif delivery.key.endswith(":0"):
            time.sleep(0.2)
        else:
            hung.append(quick_has_come.wait(5))
        return deliveries.Answer("delivered")

    monkeypatch.setitem(deliveries._transports, WebhookCall, told)
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    with transaction():
        for number in range(4):
            for place in range(4):
                deliveries.queue("tests.note", f"hangs-{place}", None, {}, key=f"{place}:{number}")
        deliveries.queue("tests.note", "quick", None, {}, key="quick")

    deliveries.deliver_due()

    assert all(hung)
    deliveries._slow_until.clear()


def test_a_sender_whose_lease_ran_out_takes_nothing_from_the_one_after(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(minutes=9)

    def told(delivery: Delivery, _: WebhookCall) -> deliveries.Answer:
        with transaction():
            session().execute(update(Delivery).values(leased_until=later))
        return deliveries.Answer("failed")

    monkeypatch.setitem(deliveries._transports, WebhookCall, told)
    message[:] = [WebhookCall(receiver.url, SECRET, "lead.created", {})]
    delivery = queued()
    deliveries.deliver_due()

    now = state_of(delivery)
    assert (now.state, now.leased_until, now.attempts) == ("sending", later, 0)
