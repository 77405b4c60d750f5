"""The way to the buyer's door: the car sets off, the buyer has a code, the driver enters it at the door.

The code is told to the buyer only. It is made from the row and the house's key when it is shown or mailed, and kept
nowhere; what is typed is compared by a keyed hash.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.db import session
from app.events import Actor, record
from app.settings import settings
from orders import board_room, handover_records, statuses
from orders.handover_events import ArrivalCodeRefused, CarArrived, CarOnTheWay, CarTurnedBack, ids_of
from orders.handover_records import DoorRun
from orders.order import Order
from orders.refusals import (
    AlreadyOnTheWay,
    CodeLocked,
    CodeWrong,
    ExpectedTimeNotFit,
    NotOnTheWay,
    NotReadyToDrive,
    ReasonNeeded,
    TooManyDrives,
)

DIGITS = 6
LATEST = timedelta(hours=14)
MOST_RUNS_A_DAY = 4


def set_off(order: Order, expected_at: datetime, actor: Actor, at: datetime) -> DoorRun:
    """The buyer is told by mail and on the tracker. The caller holds the order's lock.

    Raises NotReadyToDrive, AlreadyOnTheWay, ExpectedTimeNotFit, TooManyDrives.
    """
    if order.status != statuses.READY or order.method != "home_delivery":
        raise NotReadyToDrive()
    if handover_records.run_of(order.id) is not None:
        raise AlreadyOnTheWay()
    if not at < expected_at <= at + LATEST:
        raise ExpectedTimeNotFit()
    _refuse_too_many(order, at)
    nonce = secrets.token_bytes(16)
    row = DoorRun(
        order_id=order.id,
        set_off_at=at,
        expected_at=expected_at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        nonce=nonce,
        code_hash=_hash(_code(nonce), nonce),
        wrong_tries=0,
    )
    session().add(row)
    session().flush()
    record(CarOnTheWay(**ids_of(order), run_id=row.id, expected_at=expected_at), actor, at)
    board_room.ring(order.recipient_id)
    return row


def expected_today(typed: str, zone: str, at: datetime) -> datetime:
    """14:30 on the place's clock, today. Raises ExpectedTimeNotFit."""
    try:
        told = datetime.strptime(typed.strip().replace("：", ":"), "%H:%M").time()
    except ValueError:
        raise ExpectedTimeNotFit() from None
    here = ZoneInfo(zone)
    return datetime.combine(at.astimezone(here).date(), told, here)


def enter_code(order: Order, typed: str, actor: Actor, at: datetime) -> CodeWrong | CodeLocked | None:
    """What to tell the driver, or None when the code is right: a wrong try is counted and must be committed, so it is
    no exception. The caller holds the order's lock. Raises NotOnTheWay.
    """
    run = _under_way(order)
    if run.arrived_at is not None:
        return None
    if run.tries_left < 1:
        return CodeLocked()
    if hmac.compare_digest(_hash(typed, run.nonce), run.code_hash):
        _arrive(order, run, "code", None, actor, at)
        return None
    run.wrong_tries += 1
    session().flush()
    record(
        ArrivalCodeRefused(**ids_of(order), run_id=run.id, wrong_tries=run.wrong_tries),
        actor,
        at,
    )
    return CodeWrong(left=run.tries_left) if run.tries_left else CodeLocked()


def go_without_code(order: Order, why: str, actor: Actor, at: datetime) -> None:
    """Somebody of the staff answers for it. Raises NotOnTheWay, ReasonNeeded."""
    run = _under_way(order)
    if run.arrived_at is not None:
        return
    if not why.strip():
        raise ReasonNeeded()
    _arrive(order, run, "reason", why.strip(), actor, at)


def turn_back(order: Order, why: str, actor: Actor, at: datetime) -> None:
    """Nobody was there: the car comes again with another code. Raises NotOnTheWay, ReasonNeeded."""
    run = _under_way(order)
    if run.arrived_at is not None:
        raise NotOnTheWay()
    if not why.strip():
        raise ReasonNeeded()
    run.turned_back_at, run.why = at, why.strip()
    session().flush()
    record(CarTurnedBack(**ids_of(order), run_id=run.id), actor, at)
    board_room.ring(order.recipient_id)


def code_of(run: DoorRun) -> str:
    """The six digits; for the buyer's eyes only."""
    return _code(run.nonce)


def _arrive(order: Order, run: DoorRun, proof: str, why: str | None, actor: Actor, at: datetime) -> None:
    run.arrived_at, run.proof, run.why = at, proof, why
    session().flush()
    record(CarArrived(**ids_of(order), run_id=run.id, proof=proof), actor, at)
    board_room.ring(order.recipient_id)


def _refuse_too_many(order: Order, at: datetime) -> None:
    """Each drive has a code of its own to try, and writes to the buyer."""
    lately = select(func.count()).where(
        DoorRun.order_id == order.id, DoorRun.set_off_at > at - timedelta(days=1)
    )
    if (session().scalar(lately) or 0) >= MOST_RUNS_A_DAY:
        raise TooManyDrives(most=MOST_RUNS_A_DAY)


def _under_way(order: Order) -> DoorRun:
    wanted = select(DoorRun).where(DoorRun.order_id == order.id, DoorRun.turned_back_at.is_(None))
    run = session().scalars(wanted.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if run is None:
        raise NotOnTheWay()
    return run


def _code(nonce: bytes) -> str:
    number = int.from_bytes(_keyed(b"arrival-code:" + nonce)[:8], "big") % 10**DIGITS
    return f"{number:0{DIGITS}d}"


def _hash(code: str, nonce: bytes) -> bytes:
    return _keyed(b"arrival-check:" + nonce + code.encode())


def _keyed(message: bytes) -> bytes:
    return hmac.digest(settings().secret_key.encode(), message, hashlib.sha256)
