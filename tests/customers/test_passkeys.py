"""Passkeys: made after a proof, good for signing in; forged, replayed and foreign answers open nothing."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import clock
from app import settings as settings_module
from app.db import close_reading, session, transaction
from app.relay import relay
from app.sessions import AuthSession
from customers import passkeys
from customers.passkeys import Passkey, PasskeyChallenge
from customers.relying_party import RelyingParty, relying_party
from tests.conftest import csrf_of
from tests.customers.authenticator import Authenticator, told
from tests.customers.visitors import Visitor, account_rows, letters, nobody_tried_before
from tests.partners.builders import the_market

SHOP = "http://localhost:8000"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def by_name(database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop under a name: passkeys are bound to one."""
    monkeypatch.setenv("FORECOURT_PUBLIC_URL", SHOP)
    settings_module.settings.cache_clear()
    nobody_tried_before()
    with transaction():
        the_market()
    yield
    monkeypatch.undo()
    settings_module.settings.cache_clear()


@pytest.fixture
def laptop(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def phone(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(SHOP, "localhost")


def send(visitor: Visitor, path: str, body: Any, token: str | None = None) -> TestResponse:
    token = csrf_of(visitor.client, "/account/sign-in?again=1") if token is None else token
    return visitor.client.post(path, json=body, headers={**JSON, "X-CSRF-Token": token})


def options(visitor: Visitor, path: str = "/account/passkey/options") -> dict[str, Any]:
    answer = send(visitor, path, {})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told: dict[str, Any] = json.loads(answer.get_data())
    return told


def add(visitor: Visitor, device: Authenticator, **more: Any) -> TestResponse:
    answer = device.register(options(visitor, "/account/passkeys/options"))
    return send(visitor, "/account/passkeys", {"credential": answer, **more})


def enter(visitor: Visitor, credential: dict[str, Any]) -> TestResponse:
    return send(visitor, "/account/passkey", {"credential": credential})


def keys() -> list[Passkey]:
    close_reading()
    return list(session().scalars(select(Passkey)))


@pytest.fixture
def registered(laptop: Visitor, device: Authenticator) -> Authenticator:
    laptop.sign_in()
    assert add(laptop, device).status_code == 200
    return device


def test_a_passkey_made_here_signs_in_there(
    laptop: Visitor, phone: Visitor, registered: Authenticator
) -> None:
    answer = enter(phone, registered.sign(options(phone)))

    assert (answer.status_code, json.loads(answer.get_data())) == (200, {"url": "/account"})
    assert phone.state.account_id == laptop.state.account_id
    (key,) = keys()
    assert (key.sign_count, key.last_used_at is not None) == (1, True)


def test_the_owner_hears_of_a_new_key(laptop: Visitor, registered: Authenticator) -> None:
    laptop.post("/account/details", on="/account", name="Ada", phone="", language="zh")
    relay()

    assert letters()[-1].subject == "你的账户添加了一个通行密钥"
    assert "/zh/account" in letters()[-1].text


def test_signing_in_with_a_passkey_changes_the_token_and_keeps_the_visit(
    phone: Visitor, registered: Authenticator
) -> None:
    visitor, before = phone.arrive(), phone.token

    enter(phone, registered.sign(options(phone)))

    assert phone.token != before
    assert phone.state.visitor_id == visitor


def test_the_way_back_after_a_passkey_stays_in_the_shop(phone: Visitor, registered: Authenticator) -> None:
    for asked, lands in (("/cart", "/cart"), ("//evil.example", "/account")):
        body = {"credential": registered.sign(options(phone)), "next": asked}
        assert json.loads(send(phone, "/account/passkey", body).get_data()) == {"url": lands}


def test_an_answer_is_taken_once(phone: Visitor, flask_app: Flask, registered: Authenticator) -> None:
    credential = registered.sign(options(phone))
    token = csrf_of(phone.client, "/account/sign-in")
    first = send(phone, "/account/passkey", {"credential": credential}, token)

    again = enter(phone, credential)
    elsewhere = enter(Visitor(flask_app), credential)

    assert [answer.status_code for answer in (first, again, elsewhere)] == [200, 422, 422]


def test_a_challenge_is_for_the_browser_that_asked_for_it(
    laptop: Visitor, phone: Visitor, registered: Authenticator
) -> None:
    credential = registered.sign(options(laptop))

    assert enter(phone, credential).status_code == 422
    assert phone.state.account_id is None


def test_a_failed_answer_uses_the_challenge_up(phone: Visitor, registered: Authenticator) -> None:
    asked = options(phone)
    forged = registered.sign(asked)
    forged["response"]["signature"] = told(b"0" * 70)

    assert enter(phone, forged).status_code == 422
    assert enter(phone, registered.sign(asked)).status_code == 422
    assert phone.state.account_id is None


def test_an_answer_made_on_another_page_opens_nothing(phone: Visitor, registered: Authenticator) -> None:
    registered.origin = "http://localhost.evil.example"

    assert enter(phone, registered.sign(options(phone))).status_code == 422


def test_an_answer_for_another_party_opens_nothing(phone: Visitor, registered: Authenticator) -> None:
    registered.rp_id = "evil.example"

    assert enter(phone, registered.sign(options(phone))).status_code == 422


def test_a_strangers_key_under_a_known_name_opens_nothing(phone: Visitor, registered: Authenticator) -> None:
    forger = Authenticator(
        SHOP, "localhost", credential_id=registered.credential_id, user_handle=registered.user_handle, count=9
    )

    assert enter(phone, forger.sign(options(phone))).status_code == 422


def test_a_key_that_nobody_registered_opens_nothing(phone: Visitor, registered: Authenticator) -> None:
    unknown = Authenticator(SHOP, "localhost", user_handle=registered.user_handle)

    assert enter(phone, unknown.sign(options(phone))).status_code == 422


def test_a_count_that_goes_back_is_a_copied_key(phone: Visitor, registered: Authenticator) -> None:
    enter(phone, registered.sign(options(phone)))
    registered.count = 0

    assert enter(phone, registered.sign(options(phone))).status_code == 422


def test_a_key_names_its_own_account_only(phone: Visitor, registered: Authenticator) -> None:
    registered.user_handle = bytes(16)

    assert enter(phone, registered.sign(options(phone))).status_code == 422


def test_a_challenge_ends(phone: Visitor, registered: Authenticator) -> None:
    asked = options(phone)
    with transaction():
        session().execute(update(PasskeyChallenge).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert enter(phone, registered.sign(asked)).status_code == 422
    with transaction():
        assert passkeys.purge(clock.now()) == 1


def test_a_registration_answers_no_sign_in(
    laptop: Visitor, phone: Visitor, registered: Authenticator
) -> None:
    asked = options(laptop, "/account/passkeys/options")

    assert enter(laptop, registered.sign(asked)).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credential": {}},
        {
            "credential": {
                "id": "x",
                "rawId": "x",
                "type": "public-key",
                "response": {"clientDataJSON": "%%%"},
            }
        },
        {"credential": {"response": {"clientDataJSON": None}}},
        {"credential": {"response": []}},
        {"credential": "text"},
        [],
    ],
)
def test_nonsense_is_refused_and_nothing_breaks(phone: Visitor, registered: Authenticator, body: Any) -> None:
    assert send(phone, "/account/passkey", body).status_code == 422
    assert phone.state.account_id is None


def test_nobody_registers_without_signing_in(phone: Visitor) -> None:
    answer = send(phone, "/account/passkeys/options", {})

    assert answer.status_code == 401
    assert session().scalars(select(PasskeyChallenge)).all() == []


def test_a_key_is_added_soon_after_the_proof_only(laptop: Visitor, device: Authenticator) -> None:
    laptop.sign_in()
    asked = options(laptop, "/account/passkeys/options")
    with transaction():
        session().execute(update(AuthSession).values(proved_at=clock.now() - timedelta(hours=2)))

    refused = send(laptop, "/account/passkeys/options", {})
    late = send(laptop, "/account/passkeys", {"credential": device.register(asked)})

    assert (refused.status_code, late.status_code) == (403, 403)
    assert keys() == []


@pytest.mark.parametrize(("origin", "rp_id"), [("https://evil.example", "localhost"), (SHOP, "evil.example")])
def test_a_key_made_on_another_page_is_not_kept(laptop: Visitor, origin: str, rp_id: str) -> None:
    laptop.sign_in()
    device = Authenticator(origin=origin, rp_id=rp_id)

    assert add(laptop, device).status_code == 422
    assert keys() == []


def test_a_registration_is_taken_once_and_for_its_own_account(
    laptop: Visitor, phone: Visitor, device: Authenticator
) -> None:
    laptop.sign_in()
    phone.sign_in("cleo@example.com")
    answer = device.register(options(laptop, "/account/passkeys/options"))

    stolen = send(phone, "/account/passkeys", {"credential": answer})
    kept = send(laptop, "/account/passkeys", {"credential": answer})
    again = send(laptop, "/account/passkeys", {"credential": answer})

    assert [stolen.status_code, kept.status_code, again.status_code] == [422, 200, 422]
    assert len(keys()) == 1


def test_one_key_belongs_to_one_account(laptop: Visitor, phone: Visitor, registered: Authenticator) -> None:
    phone.sign_in("cleo@example.com")

    assert add(phone, registered).status_code == 422
    assert len(keys()) == 1


def test_keys_are_named_and_removed_by_their_owner_only(
    laptop: Visitor, phone: Visitor, registered: Authenticator
) -> None:
    phone.sign_in("cleo@example.com")
    (key,) = keys()

    others = [
        phone.post(f"/account/passkeys/{key.public_id}/{verb}", on="/account", name="Mine").status_code
        for verb in ("name", "remove")
    ]
    laptop.post(f"/account/passkeys/{key.public_id}/name", on="/account", name="O'Brien & Söhne <x>")

    assert others == [404, 404]
    assert [known.name for known in keys()] == ["O'Brien & Söhne <x>"]
    assert "Söhne &lt;x&gt;" in laptop.see("/account")
    laptop.post(f"/account/passkeys/{key.public_id}/remove", on="/account")
    assert keys() == []
    assert enter(phone, registered.sign(options(phone))).status_code == 422


def test_ten_keys_are_the_most(laptop: Visitor) -> None:
    laptop.sign_in()
    for _ in range(9):
        assert add(laptop, Authenticator(SHOP, "localhost")).status_code == 200
    nobody_tried_before()
    assert add(laptop, Authenticator(SHOP, "localhost")).status_code == 200

    assert send(laptop, "/account/passkeys/options", {}).status_code == 409


@pytest.mark.parametrize(
    "path",
    ["/account/passkey/options", "/account/passkey", "/account/passkeys/options", "/account/passkeys"],
)
def test_a_post_without_its_token_is_refused(laptop: Visitor, path: str) -> None:
    laptop.sign_in()

    assert laptop.client.post(path, json={}, headers=JSON).status_code == 403
    assert send(laptop, path, {}, token="x" * 64).status_code == 403


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://shop.example", "shop.example"),
        ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None),
        ("http://shop.example", None),
        ("https://[::1]:8443", None),
    ],
)
def test_keys_are_bound_to_a_name(monkeypatch: pytest.MonkeyPatch, address: str, name: str | None) -> None:
    monkeypatch.setenv("FORECOURT_PUBLIC_URL", address)
    settings_module.settings.cache_clear()

    party = relying_party()
    assert (party.id if party else None) == name


@pytest.mark.parametrize(
    ("opened", "name"),
    [
        ("http://localhost:8000", "localhost"),
        ("http://localhost:9000", None),
        ("http://127.0.0.1:8000", None),
        ("http://localhost.evil.example:8000", None),
    ],
)
def test_the_demo_on_this_machine_has_a_name_when_it_is_opened_by_it(
    monkeypatch: pytest.MonkeyPatch, flask_app: Flask, opened: str, name: str | None
) -> None:
    monkeypatch.setenv("FORECOURT_PUBLIC_URL", "http://127.0.0.1:8000")
    settings_module.settings.cache_clear()

    with flask_app.test_request_context(base_url=opened):
        party = relying_party()

    assert party == (RelyingParty("localhost", "http://localhost:8000") if name else None)


def test_signing_in_names_no_account_beforehand(phone: Visitor, registered: Authenticator) -> None:
    asked = options(phone)

    assert asked.get("allowCredentials", []) == []
    assert len(account_rows()) == 1
