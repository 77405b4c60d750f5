# ruff: noqa: F811  (the fixtures of the desk are used under their own names)
"""What is written down around a handover, as the dealer's page does it: answers, tasks, notes, photos, signatures,
the door and the protocol.
"""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from orders import door, ink, photos, protocol_pdf, rehoming, sheet, signing, tasks, tracking
from orders.handover_records import DoorRun, OrderAnswer, OrderNote, OrderPhoto, OrderTask, Signature
from orders.models import Handover, Order
from orders.refusals import (
    ArrivalNotProved,
    DealerDeclined,
    DealerNotFit,
    DoorPhotoMissing,
    PhotoNotFound,
    SignBelow,
    TasksOpen,
    TooManyDrives,
)
from partners.models import Booking, Recipient
from tests.orders.builders import (
    BEN,
    a_car_order,
    a_dealer,
    a_photo,
    a_picture,
    a_slot,
    at_the_door,
    close_all,
    ready,
    sign_both,
)
from tests.orders.test_dealer_pages import Clerk, ben, cleo, nobody_tried_before, order  # noqa: F401
from tests.partners.builders import a_member_of_staff

DRAWN = "[[[20,100],[120,40],[220,150],[400,60]]]"
MARKUP = "<script>alert(1)</script> & \"'<img src=x onerror=1>"


def count(model: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def told(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0


def fresh(known: Order) -> Order:
    return Order.locked(known.id)


def now(known: Order) -> Order:
    close_reading()
    return session().get_one(Order, known.id)


def page_of(known: Order) -> str:
    return f"/dealer/orders/{known.public_id}"


def post_photo(clerk: Clerk, known: Order, file: bytes, name: str = "a.jpg", **form: str) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.see(page_of(known)))
    assert token
    data = {"csrf_token": token.group(1), "place": "workshop", **form, "photo": (io.BytesIO(file), name)}
    return clerk.client.post(f"{page_of(known)}/photos", data=data, content_type="multipart/form-data")


# The dealer's answer


def test_a_placed_order_waits_for_the_answer_of_its_dealer(ben: Clerk, order: Order) -> None:
    assert order.answer == "waiting"
    assert "Can you do this order?" in ben.see(page_of(order))

    assert ben.post(f"{page_of(order)}/answer", answer="accept").status_code == 303

    assert now(order).answer == "accepted"
    assert told("orders.order_accepted") == 1
    assert "Can you do this order?" not in ben.see(page_of(order))


def test_whoever_prepares_the_car_has_accepted(order: Order) -> None:
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())

    assert told("orders.order_accepted") == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": "decline"},
        {"answer": "decline", "reason": "mood"},
        {"answer": "decline", "reason": "other"},
        {"answer": "decline", "reason": "other", "note": " "},
        {"answer": "decline", "reason": "no_capacity", "note": "x" * 201},
        {"answer": "maybe"},
    ],
)
def test_a_no_without_its_reason_is_refused(ben: Clerk, order: Order, form: dict[str, str]) -> None:
    answer = ben.post(f"{page_of(order)}/answer", **form)

    assert answer.status_code == 422
    assert (count(OrderAnswer), told("orders.order_declined")) == (0, 0)
    assert now(order).answer == "waiting"


def test_a_declined_order_waits_for_the_house_and_is_not_prepared(ben: Clerk, order: Order) -> None:
    declined = ben.post(f"{page_of(order)}/answer", answer="decline", reason="other", note=MARKUP)
    assert declined.status_code == 303

    shown = ben.see(page_of(order))
    assert "The house must act" in shown and "<script>alert" not in shown
    with pytest.raises(DealerDeclined), transaction():
        fresh(order).move("preparing", BEN, clock.now())
    again = ben.post(f"{page_of(order)}/answer", answer="accept")
    assert again.status_code == 409
    assert [found.id for found, _answer in rehoming.waiting_for_house()] == [order.id]


@pytest.fixture
def binjiang(order: Order) -> Recipient:
    with transaction():
        return a_dealer("binjiang", name="Tarn Binjiang")


def test_the_house_gives_a_declined_order_to_another_dealer(
    ben: Clerk,
    flask_app: Any,
    order: Order,
    binjiang: Recipient,
) -> None:
    with transaction():
        slot = a_slot(binjiang)
        a_member_of_staff("agent@tarn.example", role="agent")
    ben.post(f"{page_of(order)}/answer", answer="decline", reason="no_capacity")
    agent = Clerk(flask_app.test_client(), "agent@tarn.example")
    assert order.number in agent.see("/house/orders")
    address = f"/house/orders/{order.public_id}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', agent.see(address))
    assert token

    moved = agent.client.post(
        f"{address}/dealer",
        data={"csrf_token": token.group(1), "recipient": binjiang.public_id, "slot": slot.public_id},
    )

    assert moved.status_code == 303
    moved_order = now(order)
    assert (moved_order.recipient_id, moved_order.slot_id, moved_order.answer) == (
        binjiang.id,
        slot.id,
        "waiting",
    )
    held = dict(
        session().execute(select(Booking.slot_id, Booking.state).where(Booking.holder == order.id)).all()
    )
    assert held == {order.slot_id: "released", slot.id: "booked"}
    assert {row.due_on for row in moved_order.amounts if row.due == "by_date"} == {moved_order.due_on}
    assert told("orders.order_moved_to_dealer") == 1
    assert ben.client.get(page_of(order)).status_code == 404


def test_an_order_does_not_go_where_it_cannot_be_done(ben: Clerk, order: Order, binjiang: Recipient) -> None:
    with transaction():
        foreign_slot = a_slot(a_dealer(), "handover")
        session().get_one(Recipient, binjiang.id).home_delivery = False
    ben.post(f"{page_of(order)}/answer", answer="decline", reason="wrong_place")

    with pytest.raises(DealerNotFit), transaction():
        rehoming.move_to(order.id, session().get_one(Recipient, binjiang.id), foreign_slot, BEN, clock.now())

    stays = now(order)
    assert (stays.recipient_id, stays.slot_id, stays.answer) == (
        order.recipient_id,
        order.slot_id,
        "declined",
    )


def test_a_dealer_does_not_see_the_orders_of_the_house(ben: Clerk, order: Order) -> None:
    assert ben.client.get("/house/orders").status_code == 403
    assert ben.client.get(f"/house/orders/{order.public_id}").status_code == 403


# Tasks and notes


def test_an_open_task_keeps_the_car_from_standing_ready(ben: Clerk, order: Order) -> None:
    assert ben.post(f"{page_of(order)}/tasks", what="Fit the tow bar").status_code == 303
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())
        close_all(fresh(order), "signatures")

    with pytest.raises(TasksOpen, match="TasksOpen") as refused, transaction():
        fresh(order).move("ready", BEN, clock.now())
    assert "Fit the tow bar" in refused.value.text

    task = session().scalars(select(OrderTask.public_id)).one()
    assert ben.post(f"{page_of(order)}/tasks/{task}/done").status_code == 303
    assert "Ben Sells" in ben.see(page_of(order))
    with transaction():
        fresh(order).move("ready", BEN, clock.now())


def test_a_task_that_came_late_stops_the_handover(order: Order) -> None:
    with transaction():
        tasks.add(ready(fresh(order)), "Fit the tow bar", None, BEN, clock.now())

    with pytest.raises(TasksOpen), transaction():
        fresh(order).hand_over(BEN, clock.now())

    assert count(Handover) == 0


def test_a_task_of_another_order_is_not_found(ben: Clerk, order: Order) -> None:
    with transaction():
        other = a_car_order()
    ben.post(f"{page_of(other)}/tasks", what="Wash it")
    task = session().scalars(select(OrderTask.public_id)).one()

    assert ben.post(f"{page_of(order)}/tasks/{task}/done").status_code == 404
    assert session().scalars(select(OrderTask.done_at)).one() is None


def test_markup_in_a_note_is_read_as_it_was_written(ben: Clerk, order: Order) -> None:
    assert ben.post(f"{page_of(order)}/notes", body=MARKUP).status_code == 303
    ben.post(f"{page_of(order)}/tasks", what=MARKUP)

    shown = ben.see(page_of(order))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown and "<img src=x" not in shown


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4_001, "a\x00b"])
def test_a_note_that_does_not_fit_is_refused_and_kept_in_its_field(
    ben: Clerk,
    order: Order,
    body: str,
) -> None:
    answer = ben.post(f"{page_of(order)}/notes", body=body)

    assert answer.status_code == 422
    assert 'href="#body"' in answer.get_data(as_text=True)
    assert (count(OrderNote), told("orders.note_written")) == (0, 0)


def test_a_hundred_kilobytes_are_no_note(ben: Clerk, order: Order) -> None:
    answer = ben.post(f"{page_of(order)}/notes", body="x" * 100_000)

    assert answer.status_code == 422 and "4000 characters" in answer.get_data(as_text=True)
    assert count(OrderNote) == 0


# Photos


def test_a_photo_is_seen_by_the_dealer_and_by_the_buyer_only_when_marked(
    ben: Clerk,
    cleo: Clerk,
    order: Order,
) -> None:
    assert post_photo(ben, order, a_photo(600, 400)).status_code == 303
    photo = session().scalars(select(OrderPhoto.public_id)).one()

    seen = ben.client.get(f"{page_of(order)}/photos/{photo}.jpg?size=small")
    assert (seen.status_code, seen.mimetype) == (200, "image/jpeg")
    assert cleo.client.get(f"{page_of(order)}/photos/{photo}.jpg").status_code == 404
    with pytest.raises(PhotoNotFound):
        photos_bytes(order, photo)

    ben.post(f"{page_of(order)}/photos/{photo}/buyer", for_buyer="1")

    assert photos_bytes(order, photo).startswith(b"\xff\xd8")


def photos_bytes(known: Order, public_id: str) -> bytes:
    close_reading()
    return photos.bytes_of(known, public_id, False, only_for_buyer=True)


@pytest.mark.parametrize(
    ("file", "status"),
    [
        (b"", 422),
        (b"MZ\x90 no picture", 422),
        (a_photo(10, 10, "GIF"), 422),
        (b"x" * (8 * 1024 * 1024 + 5), 413),
    ],
)
def test_a_file_that_is_no_photo_is_refused_at_its_field(
    ben: Clerk,
    order: Order,
    file: bytes,
    status: int,
) -> None:
    answer = post_photo(ben, order, file)

    assert answer.status_code == status
    assert 'id="photo-error"' in answer.get_data(as_text=True)
    assert count(OrderPhoto) == 0


def test_a_file_beyond_all_measure_is_stopped(ben: Clerk, order: Order) -> None:
    assert post_photo(ben, order, b"x" * (18 * 1024 * 1024)).status_code == 413
    assert count(OrderPhoto) == 0


def test_a_note_may_not_be_as_large_as_a_photo(ben: Clerk, order: Order) -> None:
    assert ben.post(f"{page_of(order)}/notes", body="x" * 300_000).status_code == 413


def test_an_order_takes_twelve_photos(ben: Clerk, order: Order) -> None:
    with transaction():
        for _ in range(12):
            photos.add(fresh(order), a_picture(), "workshop", False, BEN, clock.now())

    assert post_photo(ben, order, a_photo()).status_code == 409
    assert count(OrderPhoto) == 12


# Signatures


def all_but_signed(known: Order) -> None:
    with transaction():
        fresh(known).move("preparing", BEN, clock.now())
        close_all(fresh(known), "signatures")
        fresh(known).move("ready", BEN, clock.now())


def test_both_sides_sign_and_the_point_closes_by_itself(ben: Clerk, order: Order) -> None:
    all_but_signed(order)

    ben.post(f"{page_of(order)}/signatures/buyer", name="Ada Buys", way="drawn", strokes=DRAWN)
    assert order.checklist()["signatures"].is_open
    ben.post(f"{page_of(order)}/signatures/dealer", name="Ben Sells", way="typed", strokes="")

    assert not order.checklist()["signatures"].is_open
    assert 'd="M20 100L120 40L220 150L400 60"' in ben.see(page_of(order))
    assert told("orders.handover_signed") == 2


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": "Ada", "way": "drawn"},
        {"name": "Ada", "way": "drawn", "strokes": "[]"},
        {"name": "Ada", "way": "drawn", "strokes": "<svg/>"},
        {"name": "Ada", "way": "drawn", "strokes": "[[[1,1],[9999,1]]]"},
        {"name": "Ada", "way": "drawn", "strokes": "[[[1,1]]]"},
        {"name": "", "way": "typed"},
        {"name": "x" * 81, "way": "typed"},
        {"name": "Ada", "way": "stamped"},
    ],
)
def test_a_signature_that_is_none_is_refused_at_its_field(
    ben: Clerk,
    order: Order,
    form: dict[str, str],
) -> None:
    all_but_signed(order)

    answer = ben.post(f"{page_of(order)}/signatures/buyer", **form)

    assert answer.status_code == 422
    assert 'href="#sign-buyer"' in answer.get_data(as_text=True)
    assert count(Signature) == 0


def test_nobody_signs_for_what_is_open_and_a_change_takes_the_signatures_back(
    ben: Clerk,
    order: Order,
) -> None:
    early = ben.post(f"{page_of(order)}/signatures/buyer", name="Ada", way="typed")
    assert (early.status_code, count(Signature)) == (409, 0)
    all_but_signed(order)
    with transaction():
        sign_both(fresh(order))

    ben.post(f"{page_of(order)}/checklist/odometer_read/reopen")

    assert count(Signature) == 0
    assert order.checklist()["signatures"].is_open
    assert told("orders.signatures_voided") == 1


def test_a_tick_is_no_signature(order: Order) -> None:
    with pytest.raises(SignBelow), transaction():
        fresh(order).close_item("signatures", BEN, clock.now())


def test_only_two_sides_sign(ben: Clerk, order: Order) -> None:
    assert ben.post(f"{page_of(order)}/signatures/witness", name="Cleo", way="typed").status_code == 404


# The door


@pytest.fixture
def on_the_way(ben: Clerk, order: Order) -> Order:
    all_but_signed(order)
    with transaction():
        sign_both(fresh(order))
        door.set_off(fresh(order), clock.now() + door.LATEST / 2, BEN, clock.now())
    return order


def a_run() -> DoorRun:
    close_reading()
    return session().scalars(select(DoorRun)).one()


def a_wrong(run: DoorRun) -> str:
    return f"{(int(door.code_of(run)) + 1) % 1_000_000:06d}"


def test_the_buyers_code_proves_the_arrival_once(ben: Clerk, on_the_way: Order) -> None:
    code = door.code_of(a_run())

    assert ben.post(f"{page_of(on_the_way)}/door/code", code=f"{code[:3]} {code[3:]}").status_code == 303
    assert ben.post(f"{page_of(on_the_way)}/door/code", code=code).status_code == 303

    run = a_run()
    assert (run.proof, run.wrong_tries, told("orders.car_arrived")) == ("code", 0, 1)
    assert code not in ben.see(page_of(on_the_way))
    assert code.encode() not in bytes(run.code_hash) + bytes(run.nonce)


def test_five_wrong_codes_end_the_code_and_leave_the_reason(ben: Clerk, on_the_way: Order) -> None:
    wrong, address = a_wrong(a_run()), f"{page_of(on_the_way)}/door"

    answers = [ben.post(f"{address}/code", code=wrong) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 409]
    assert "Tries left: 4" in answers[0].get_data(as_text=True)
    assert a_run().wrong_tries == 5
    assert ben.post(f"{address}/code", code=door.code_of(a_run())).status_code == 409
    assert a_run().arrived_at is None
    assert ben.post(f"{address}/without-code", because=" ").status_code == 422
    assert ben.post(f"{address}/without-code", because="Her phone is empty; passport seen").status_code == 303
    assert (a_run().proof, a_run().why) == ("reason", "Her phone is empty; passport seen")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12a456", "١٢٣٤٥٦", "' OR 1=1"])
def test_what_is_no_code_costs_no_try(ben: Clerk, on_the_way: Order, code: str) -> None:
    assert ben.post(f"{page_of(on_the_way)}/door/code", code=code).status_code == 422
    assert a_run().wrong_tries == 0


@pytest.mark.parametrize("expected", ["", "25:00", "noon", "00:00", "14:30; --"])
def test_a_time_that_is_none_sets_nothing_off(ben: Clerk, order: Order, expected: str) -> None:
    all_but_signed(order)

    assert ben.post(f"{page_of(order)}/door/set-off", expected=expected).status_code == 422
    assert count(DoorRun) == 0


def test_a_car_that_is_not_ready_does_not_set_off(ben: Clerk, order: Order) -> None:
    assert ben.post(f"{page_of(order)}/door/set-off", expected="23:59").status_code == 409
    assert (count(DoorRun), told("orders.car_on_the_way")) == (0, 0)


def test_the_next_drive_has_another_code(ben: Clerk, on_the_way: Order) -> None:
    before = door.code_of(a_run())

    assert ben.post(f"{page_of(on_the_way)}/door/turn-back", because="Nobody at home").status_code == 303
    with transaction():
        again = door.set_off(fresh(on_the_way), clock.now() + door.LATEST / 3, BEN, clock.now())
        assert door.enter_code(
            fresh(on_the_way), before, BEN, clock.now()
        ) is not None or before == door.code_of(again)


def test_at_the_door_the_handover_wants_proof_and_a_photo(on_the_way: Order) -> None:
    with pytest.raises(ArrivalNotProved), transaction():
        fresh(on_the_way).hand_over(BEN, clock.now())
    with transaction():
        door.go_without_code(fresh(on_the_way), "Her phone is empty", BEN, clock.now())
    with pytest.raises(DoorPhotoMissing), transaction():
        fresh(on_the_way).hand_over(BEN, clock.now())

    assert count(Handover) == 0


def test_the_buyer_sees_the_code_and_a_shared_link_does_not(client: FlaskClient, on_the_way: Order) -> None:
    close_reading()
    shown = tracking.show(sheet.load(on_the_way.public_id)).on_the_way

    assert shown is not None and shown.code.replace(" ", "") == door.code_of(a_run())
    glance = tracking.glance(sheet.load(on_the_way.public_id))
    assert shown.code not in repr(glance)


# The protocol


def protocol_text(clerk: Clerk, known: Order) -> tuple[bytes, str]:
    answer = clerk.client.get(f"{page_of(known)}/handover.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    return answer.data, text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Handover protocol",
                "State of charge",
                "80 %",
                "12 km",
                "Mere Long Range",
                "Both sides have signed",
            ),
        ),
        (
            "zh",
            (
                "交车确认书",
                "订单号",
                "随车钥匙",
                "UTC+08:00",
                "电量",
                "80 %",
                "12",
                "澄 Mere 长续航",
                "买家",
                "双方",
            ),
        ),
    ],
)
def test_the_protocol_is_a_pdf_in_the_buyers_language(
    ben: Clerk,
    order: Order,
    language: str,
    words: tuple[str, ...],
) -> None:
    all_but_signed(order)
    with transaction():
        mine = fresh(order)
        mine.language = language
        signing.sign(mine, "buyer", "林 Ada", ink.parse(DRAWN), BEN, clock.now())
        signing.sign(mine, "dealer", "Ben Sells", None, BEN, clock.now())
        at_the_door(mine).hand_over(BEN, clock.now())

    pdf, text = protocol_text(ben, order)

    for word in (*words, order.number, "林 Ada", "Ben Sells"):
        assert word in text, word
    # words that mean something else on other pages: sort, price of the car, how many
    assert not any(word in text for word in ("排序", "车价", "几把", "CST"))
    assert ("buyer gave the arrival code" if language == "en" else "买家报出到达码") in text
    vin = now(order).lines[0].vin
    assert vin and vin in text
    assert protocol_text(ben, order)[0] == pdf


def test_there_is_no_protocol_before_the_handover(ben: Clerk, cleo: Clerk, order: Order) -> None:
    with transaction():
        ready(fresh(order))

    assert ben.client.get(f"{page_of(order)}/handover.pdf").status_code == 404
    with transaction():
        fresh(order).hand_over(BEN, clock.now())
    assert cleo.client.get(f"{page_of(order)}/handover.pdf").status_code == 404
    assert ben.client.get(f"{page_of(order)}/handover.pdf").status_code == 200


# Another dealer


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/answer", {"answer": "accept"}),
        ("/tasks", {"what": "mine"}),
        ("/notes", {"body": "mine"}),
        ("/photos", {"place": "workshop"}),
        ("/signatures/buyer", {"name": "Cleo", "way": "typed"}),
        ("/door/set-off", {"expected": "23:59"}),
        ("/door/code", {"code": "123456"}),
        ("/door/without-code", {"because": "mine"}),
        ("/door/turn-back", {"because": "mine"}),
    ],
)
def test_another_dealer_finds_nothing_and_moves_nothing(
    cleo: Clerk,
    order: Order,
    path: str,
    form: dict[str, str],
) -> None:
    assert cleo.post(f"{page_of(order)}{path}", **form).status_code == 404
    assert cleo.client.get(f"{page_of(order)}/news").status_code == 404

    assert (
        sum(count(model) for model in (OrderAnswer, OrderTask, OrderNote, OrderPhoto, Signature, DoorRun))
        == 0
    )
    assert now(order).answer == "waiting"


class Recorded(protocol_pdf._Sheet):
    """Writes down where each piece of text stands: page, from, to, and the height of its line."""

    def draw(self) -> None:
        self.written: list[tuple[int, float, float, float]] = []
        super().draw()

    def _text(self, x: float, words: str, size: float, *looks: bool, **more: bool) -> None:
        width = protocol_pdf._width(words, size, more.get("bold", False))
        left = x - width if more.get("to_the_right") else x
        self.written.append((self.number, left, left + width, self.y))
        super()._text(x, words, size, *looks, **more)


def test_no_words_of_the_protocol_run_into_others() -> None:
    long = "Plates, registration, insurance, both copies to sign, and all else that somebody may ask for"
    item = protocol_pdf.Item("Papers ready and a good many other things", long, "21 November 2026 11:08")
    facts = protocol_pdf.Protocol(
        title="Handover protocol",
        house="tarn",
        subject="Order 1",
        pairs=[("Buyer", "A" * 200)],
        items_heading="Checked",
        items=[item, item],
        signatures_heading="Signatures",
        marks=[protocol_pdf.Mark(side, "W" * 80, "now", "", ()) for side in ("Buyer", "Dealer")],
        foot="",
        language="en",
        at=clock.now(),
    )
    sheet = Recorded(Canvas(io.BytesIO(), pagesize=A4), facts)

    sheet.draw()

    for page, left, right, y in sheet.written:
        assert right <= protocol_pdf.RIGHT + 1
        beside = [one for one in sheet.written if one[0] == page and abs(one[3] - y) < 7 and one[1] > left]
        assert all(one[1] >= right for one in beside), (left, right, y)


def test_a_car_does_not_set_off_again_and_again(ben: Clerk, on_the_way: Order) -> None:
    at = clock.now()
    for _ in range(door.MOST_RUNS_A_DAY - 1):
        with transaction():
            door.turn_back(fresh(on_the_way), "Nobody at home", BEN, at)
            door.set_off(fresh(on_the_way), at + door.LATEST / 3, BEN, at)
    with transaction():
        door.turn_back(fresh(on_the_way), "Nobody at home", BEN, at)

    with pytest.raises(TooManyDrives), transaction():
        door.set_off(fresh(on_the_way), at + door.LATEST / 3, BEN, at)

    tomorrow = at + timedelta(days=1, minutes=1)
    with transaction():
        door.set_off(fresh(on_the_way), tomorrow + door.LATEST / 3, BEN, tomorrow)
