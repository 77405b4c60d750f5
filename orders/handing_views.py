"""What the dealer does around a handover: answer, tasks, notes, photos, signatures, the way to the door, the paper."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, make_response, request, url_for

from app import clock
from app.access import Policy, require_recipient, staff, with_file
from app.db import close_reading, get_or_404, transaction
from app.errors import InvalidInput, NotFound, Refusal
from app.events import actor_now
from app.forms import parse
from app.pages import page, see_other
from orders import (
    answers,
    desk_page,
    door,
    handing,
    handover_records,
    ink,
    notes,
    own,
    photos,
    pictures,
    protocol,
    signing,
    tasks,
)
from orders.forms import (
    AddPhoto,
    AddTask,
    Answer,
    Because,
    Empty,
    EnterCode,
    SetOff,
    ShowPhoto,
    Sign,
    WriteNote,
)
from orders.order import Order
from orders.refusals import CodeMalformed, OrderNotFound
from partners.here import market_of
from partners.models import Recipient

blueprint = Blueprint("order_desk", __name__, url_prefix="/dealer/orders/<public_id>")

DEALER = staff("dealer", "admin")

policies: Mapping[str, Policy] = {
    "order_desk.answer": DEALER,
    "order_desk.add_task": DEALER,
    "order_desk.finish_task": DEALER,
    "order_desk.reopen_task": DEALER,
    "order_desk.write_note": DEALER,
    "order_desk.add_photo": with_file(DEALER, 2 * pictures.MOST_BYTES),
    "order_desk.photo": DEALER,
    "order_desk.remove_photo": DEALER,
    "order_desk.show_photo": DEALER,
    "order_desk.sign": DEALER,
    "order_desk.set_off": DEALER,
    "order_desk.enter_code": DEALER,
    "order_desk.go_without_code": DEALER,
    "order_desk.turn_back": DEALER,
    "order_desk.protocol_pdf": DEALER,
    "order_desk.news": DEALER,
}
"""A file that is too large by little is told so at its field; the rest is stopped before it is read."""


@blueprint.post("/answer")
def answer(public_id: str) -> Response:
    def give(order: Order) -> None:
        form = parse(Answer, request.form).get()
        if form.answer == "accept":
            answers.accept(order, actor_now(), clock.now())
            return
        if form.reason is None:
            raise InvalidInput({"reason": answers.reason_needed()})
        answers.decline(order, form.reason, form.note, actor_now(), clock.now())

    return _done(public_id, "answer", give)


@blueprint.post("/tasks")
def add_task(public_id: str) -> Response:
    def add(order: Order) -> None:
        form = parse(AddTask, request.form).get()
        tasks.add(order, form.what, form.for_staff, actor_now(), clock.now())

    return _done(public_id, "task", add, "tasks")


@blueprint.post("/tasks/<task_id>/done")
def finish_task(public_id: str, task_id: str) -> Response:
    def finish(order: Order) -> None:
        parse(Empty, request.form).get()
        tasks.finish(order, task_id, actor_now(), clock.now())

    return _done(public_id, "task", finish, "tasks")


@blueprint.post("/tasks/<task_id>/reopen")
def reopen_task(public_id: str, task_id: str) -> Response:
    def reopen(order: Order) -> None:
        parse(Empty, request.form).get()
        tasks.reopen(order, task_id, actor_now(), clock.now())

    return _done(public_id, "task", reopen, "tasks")


@blueprint.post("/notes")
def write_note(public_id: str) -> Response:
    def write(order: Order) -> None:
        notes.write(order, parse(WriteNote, request.form).get().body, actor_now(), clock.now())

    return _done(public_id, "note", write, "notes")


@blueprint.post("/photos")
def add_photo(public_id: str) -> Response:
    """The picture is decoded before the order is locked: nobody waits for it."""

    def add(order: Order) -> None:
        photos.add(order, picture, form.place, form.for_buyer, actor_now(), clock.now())

    require_recipient(Order.by_public_id(public_id).recipient_id, OrderNotFound)
    close_reading()
    try:
        form = parse(AddPhoto, request.form).get()
        file = request.files.get("photo")
        picture = pictures.read(file.stream.read(pictures.MOST_BYTES + 1) if file is not None else b"")
    except Refusal as refused:
        return desk_page.render(public_id, refused, form="photo")
    return _done(public_id, "photo", add, "photos")


@blueprint.get("/photos/<photo_id>.jpg")
def photo(public_id: str, photo_id: str) -> Response:
    order = Order.by_public_id(public_id)
    require_recipient(order.recipient_id, OrderNotFound)
    return picture_answer(photos.bytes_of(order, photo_id, request.args.get("size") == "small"))


@blueprint.post("/photos/<photo_id>/remove")
def remove_photo(public_id: str, photo_id: str) -> Response:
    def remove(order: Order) -> None:
        parse(Empty, request.form).get()
        photos.remove(order, photo_id, actor_now(), clock.now())

    return _done(public_id, "photo", remove, "photos")


@blueprint.post("/photos/<photo_id>/buyer")
def show_photo(public_id: str, photo_id: str) -> Response:
    def show(order: Order) -> None:
        form = parse(ShowPhoto, request.form).get()
        photos.show_to_buyer(order, photo_id, form.for_buyer, actor_now(), clock.now())

    return _done(public_id, "photo", show, "photos")


@blueprint.post("/signatures/<side>")
def sign(public_id: str, side: str) -> Response:
    if side not in handover_records.SIDES:
        raise NotFound()

    def put_name(order: Order) -> None:
        form = parse(Sign, request.form).get()
        drawn = ink.parse(form.strokes) if form.way == "drawn" else None
        signing.sign(order, side, form.name, drawn, actor_now(), clock.now())

    return _done(public_id, f"sign-{side}", put_name, "signatures")


@blueprint.post("/door/set-off")
def set_off(public_id: str) -> Response:
    def leave(order: Order) -> None:
        form = parse(SetOff, request.form).get()
        at = clock.now()
        door.set_off(order, door.expected_today(form.expected, _zone(order), at), actor_now(), at)

    return _done(public_id, "set-off", leave, "door")


@blueprint.post("/door/code")
def enter_code(public_id: str) -> Response:
    """A wrong try is committed before it is told."""
    told: list[Refusal] = []

    def enter(order: Order) -> None:
        typed = "".join(parse(EnterCode, request.form).get().code.split())
        if not (typed.isascii() and typed.isdigit() and len(typed) == door.DIGITS):
            raise CodeMalformed()
        refused = door.enter_code(order, typed, actor_now(), clock.now())
        told.extend([refused] if refused is not None else [])

    done = _done(public_id, "code", enter, "door")
    if told:
        close_reading()
        return desk_page.render(public_id, told[0], form="code")
    return done


@blueprint.post("/door/without-code")
def go_without_code(public_id: str) -> Response:
    def go(order: Order) -> None:
        door.go_without_code(order, parse(Because, request.form).get().because, actor_now(), clock.now())

    return _done(public_id, "without-code", go, "door")


@blueprint.post("/door/turn-back")
def turn_back(public_id: str) -> Response:
    def back(order: Order) -> None:
        door.turn_back(order, parse(Because, request.form).get().because, actor_now(), clock.now())

    return _done(public_id, "turn-back", back, "door")


@blueprint.get("/handover.pdf")
def protocol_pdf(public_id: str) -> Response:
    require_recipient(Order.by_public_id(public_id).recipient_id, OrderNotFound)
    return pdf_answer(protocol.of_order(public_id))


@blueprint.get("/news")
def news(public_id: str) -> Response:
    """Whether the order changed since the page was read: it says so, and never moves what somebody has in hand."""
    order = Order.by_public_id(public_id)
    require_recipient(order.recipient_id, OrderNotFound)
    seen = request.args.get("seen", "")[:60]
    dealer = get_or_404(Recipient, id=order.recipient_id) if order.recipient_id else None
    return page(
        "orders/_order_news.html",
        public_id=public_id,
        room=dealer.public_id if dealer is not None else "",
        seen=seen,
        is_news=seen != handing.seen_of(order.id),
    )


def picture_answer(jpeg: bytes) -> Response:
    answer = make_response(jpeg)
    answer.mimetype = pictures.TYPE
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def pdf_answer(made: tuple[str, bytes] | None) -> Response:
    """Raises NotFound for a car that is not handed over."""
    if made is None:
        raise NotFound()
    name, pdf = made
    answer = make_response(pdf)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _done(public_id: str, form: str, act: Callable[[Order], None], anchor: str | None = None) -> Response:
    """Does it on the locked order of this dealer; what is refused is told on the page, at its form."""
    try:
        with transaction():
            act(own.locked(public_id))
    except NotFound:
        raise
    except Refusal as refused:
        close_reading()
        return desk_page.render(public_id, refused, form=form)
    return see_other(url_for("dealer.order", public_id=public_id, _anchor=anchor))


def _zone(order: Order) -> str:
    dealer = get_or_404(Recipient, id=order.recipient_id) if order.recipient_id else None
    return dealer.time_zone if dealer is not None else market_of(order.market_key).time_zone
