"""The staff's pages with a full house: a board of 500 orders, an inbox of 50,000 leads for the house and for a dealer."""

import functools
import hashlib
import secrets
import time
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from statistics import median

from sqlalchemy import Connection, Engine, create_engine, text

from app.shop_folder import ShopFolder
from bench import board_orders, inbox_leads
from bench.pages import processor_ms_of
from bench.table import show
from tests.shop import Shop

ROUNDS = 60
WARM = 10
AGENT, DEALER = "zhou.min@tarn.example", "xu.rui@tarn.example"
INBOX = (
    "/leads",
    "/leads?show=mine",
    "/leads?show=unassigned",
    "/leads?show=cars",
    "/leads?show=services",
    "/leads?show=partners",
    "/leads?show=settled",
)


def measure(shop: Shop) -> None:
    running = ShopFolder(shop.data).running()
    assert running is not None
    engine = create_engine(running.database_url)
    with engine.begin() as connection:
        agent, dealer = _signed_in(connection, AGENT), _signed_in(connection, DEALER)
        place, staff_id = _place_of(connection, DEALER), _id_of(connection, AGENT)
    _table(shop, "The dealer's board as the demo has it", dealer, ("/dealer",))
    with engine.begin() as connection:
        board_orders.fill(connection, place)
    _table(shop, f"The same with {board_orders.SIZE} more orders", dealer, ("/dealer",))
    changed = functools.partial(_move_boards, engine)
    _table(shop, "The same, an order changed before each look", dealer, ("/dealer",), changed)
    with engine.begin() as connection:
        inbox_leads.fill(connection, place, staff_id)
    _table(shop, f"The inbox of {inbox_leads.SIZE} leads, for an agent", agent, INBOX)
    _table(shop, f"The inbox of {inbox_leads.SIZE} leads, for the dealer", dealer, INBOX)


def _move_boards(engine: Engine) -> None:
    """As an order's change leaves it: every page process makes its boards anew."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE room_version SET version = version + 1"))


def _table(
    shop: Shop, title: str, cookie: str, paths: Sequence[str], before_each: Callable[[], None] = lambda: None
) -> None:
    columns = ("page", "CPU ms", "of it database", "p50 ms", "p95 ms", "bytes")
    show(f"{title}, {ROUNDS} GETs each", columns, [_one(shop, path, cookie, before_each) for path in paths])


def _one(shop: Shop, path: str, cookie: str, before_each: Callable[[], None]) -> tuple[str, ...]:
    for _turn in range(WARM):
        size = _get(shop.url + path, cookie)
    before, took = processor_ms_of(shop), []
    for _turn in range(ROUNDS):
        before_each()
        began = time.perf_counter()
        size = _get(shop.url + path, cookie)
        took.append((time.perf_counter() - began) * 1000)
    after = processor_ms_of(shop)
    spent = {name: (after[name] - before[name]) / ROUNDS for name in after}
    took.sort()
    return (
        path,
        f"{sum(spent.values()):.1f}",
        f"{spent['postgresql']:.1f}",
        f"{median(took):.1f}",
        f"{took[int(ROUNDS * 0.95)]:.1f}",
        f"{size}",
    )


def _get(url: str, cookie: str) -> int:
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return len(answer.read())


def _signed_in(connection: Connection, email: str) -> str:
    """A session as the sign-in leaves it."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        text(
            "INSERT INTO auth_session (id, token_hash, visitor_id, staff_id, staff_name, roles, cart_count, grants,"
            " expires_at) SELECT uuidv7(), :hash, gen_random_uuid(), s.id, s.name,"
            " (SELECT jsonb_agg(jsonb_build_array(r.role, r.recipient_id)) FROM staff_role r WHERE r.staff_id = s.id),"
            " 0, '[]', forecourt_now() + interval '1 hour' FROM staff s WHERE s.email = :email"
        ),
        {"hash": hashlib.sha256(token.encode()).digest(), "email": email},
    )
    return f"forecourt={token}"


def _id_of(connection: Connection, email: str) -> uuid.UUID:
    return uuid.UUID(
        str(connection.scalar(text("SELECT id FROM staff WHERE email = :email"), {"email": email}))
    )


def _place_of(connection: Connection, email: str) -> uuid.UUID:
    found = connection.scalar(
        text(
            "SELECT r.recipient_id FROM staff_role r JOIN staff s ON s.id = r.staff_id"
            " WHERE s.email = :email AND r.recipient_id IS NOT NULL"
        ),
        {"email": email},
    )
    return uuid.UUID(str(found))
