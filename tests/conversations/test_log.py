"""The log of a conversation when all is sent again: what was written is there once, and what was changed meanwhile too."""

import threading

from flask import Flask

from app.db import close_reading
from tests.conversations.builders import Browser, new_key, place_of
from tests.conversations.test_answering import messages, reply


def test_words_changed_before_they_went_again_are_both_read(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    key, other = new_key(), new_key()

    for words in ("By noon", "By noon tomorrow", "By noon tomorrow", "By noon"):
        ada.post(place + "/messages", {"client_key": key, "message": words})
    for words in ("Yes", "Yes, gladly", "Yes, gladly"):
        reply(agent, words, client_key=other)

    assert [body for _seq, _author, body in messages()][1:] == [
        "By noon",
        "By noon tomorrow",
        "Yes",
        "Yes, gladly",
    ]


def test_nobody_writes_over_another_with_their_key(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    key = new_key()

    ada.post(place + "/messages", {"client_key": key, "message": "Hello?"})
    reply(agent, "Good morning", client_key=key)

    assert [(author, body) for _seq, author, body in messages()][1:] == [
        ("customer", "Hello?"),
        ("agent", "Good morning"),
    ]


def test_two_tabs_and_an_agent_at_once_lose_and_double_nothing(
    flask_app: Flask, ada: Browser, agent: Browser
) -> None:
    """Each tab sends each message again, now and then an old one; all of it at once."""
    place = place_of(ada.ask())
    cookie = ada.client.get_cookie("forecourt")
    assert cookie is not None
    tab = Browser(flask_app.test_client())
    tab.client.set_cookie("forecourt", cookie.value)
    failed: list[object] = []

    def write(browser: Browser, name: str) -> None:
        first = new_key()
        for number in range(5):
            key = first if number == 0 else new_key()
            for turn in range(3):
                form = {"client_key": key, "message": f"{name} {number}"}
                if name == "agent":
                    answer = reply(browser, f"{name} {number}", client_key=key)
                else:
                    answer = browser.post(place + "/messages", form)
                if answer.status_code not in (303, 429):
                    failed.append((name, number, turn, answer.status_code))
            if name != "agent":
                browser.post(place + "/messages", {"client_key": first, "message": f"{name} 0"})
        close_reading()

    writing = [
        threading.Thread(target=write, args=(browser, name))
        for browser, name in ((ada, "one"), (tab, "two"), (agent, "agent"))
    ]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join()

    log = messages()
    said = [body for _seq, _author, body in log][1:]
    assert failed == []
    assert [seq for seq, _author, _body in log] == list(range(1, len(log) + 1))
    assert len(said) == len(set(said))
    for name in ("one", "two", "agent"):
        numbers = [int(body.split()[1]) for body in said if body.startswith(name)]
        assert numbers == sorted(numbers)
    assert [body for body in said if body.startswith("agent")] == [f"agent {number}" for number in range(5)]
