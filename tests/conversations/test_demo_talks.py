"""What the fictional shop's desks find in the morning."""

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session
from catalog import demo as catalog_demo
from conversations import demo_talks
from conversations.calls import CallBack
from conversations.models import Conversation, HelpRequest, Message
from partners import demo as partners_demo

pytestmark = pytest.mark.usefixtures("database")


def test_talks_wait_and_one_was_answered_and_a_second_start_adds_nothing() -> None:
    at = clock.now()
    partners_demo.demo(at)
    catalog_demo.demo(at)

    for _start in range(2):
        demo_talks.demo(at)
        close_reading()

    kinds = sorted(session().scalars(select(HelpRequest.kind)))
    assert kinds == ["callback", "message", "message", "message", "test_drive"]
    assert sorted(session().scalars(select(Conversation.state))) == ["open", *["waiting"] * 4]
    assert session().scalar(select(func.count()).select_from(CallBack)) == 1
    assert session().scalar(select(func.count()).where(Message.author_kind == "agent")) == 1
