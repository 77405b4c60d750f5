"""Recipients in the administration: added, changed, refused with a reason; a secret is shown once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.events import EventRow
from partners import here
from partners.models import OpeningHours, Recipient, Slot
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff, a_recipient

WHO = {
    "name": "Tarn Ningbo",
    "name_zh": "泰然宁波店",
    "city": "Ningbo",
    "city_zh": "宁波",
    "address": "1 Zhongshan Road",
    "phone": "0574 8700 1109",
    "time_zone": "Asia/Shanghai",
    "active": "1",
    "mail_to": "leads@ningbo.example",
    "accept_within_min": "15",
    "capacity_open": "40",
    "languages": "zh",
}
NEW = {**WHO, "code": "ningbo", "kind": "dealer", "market": "CN"}


@pytest.fixture
def admin(flask_app: Flask, database: None) -> Browser:
    with transaction():
        a_recipient()
        a_member_of_staff("he.yan@tarn.example", "admin", name="He Yan")
    here.forget()
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


def known(code: str = "ningbo") -> Recipient:
    close_reading()
    found = Recipient.by_code(code)
    assert found is not None
    return found


def path(code: str = "west-lake") -> str:
    return f"/admin/recipients/{known(code).public_id}"


def form_of(code: str, browser: Browser, **changed: Any) -> dict[str, Any]:
    version = re.search(r'name="version" value="(\w+)"', browser.see(path(code)))
    assert version
    return {**WHO, "version": version[1], **changed}


def events(kind: str) -> list[EventRow]:
    close_reading()
    return list(session().scalars(select(EventRow).where(EventRow.type == kind).order_by(EventRow.id)))


def test_a_dealer_is_added_with_hours_times_and_a_secret_that_is_shown_once(admin: Browser) -> None:
    answer = admin.post("/admin/recipients", NEW)

    page = answer.get_data(as_text=True)
    made = known()
    assert answer.status_code == 201
    assert made.webhook_secret is not None and made.webhook_secret in page
    assert made.webhook_secret not in admin.see(path("ningbo"))
    assert (made.accept_within_s, made.capacity_open, made.languages) == (900, 40, ["zh"])
    of_it = OpeningHours.recipient_id == made.id
    assert session().scalars(select(OpeningHours).where(of_it)).all()
    assert session().scalars(select(Slot).where(Slot.recipient_id == made.id)).all()
    assert len(events("partners.recipient_added")) == 2


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"code": "West Lake"}, "code", "small letters"),
        ({"code": "west-lake"}, "code", "short name is taken"),
        ({"kind": "bank"}, "kind", "Choose one of the options shown."),
        ({"market": "XX"}, "market", "Choose one of the options shown."),
        ({"time_zone": "Asia/Nowhere"}, "time_zone", "such as Asia/Shanghai"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "such as Asia/Shanghai"),
        ({"mail_to": "leads@ningbo.example\nBcc: all@x.example"}, "mail_to", "one line"),
        ({"mail_to": "nobody"}, "mail_to", "Write an e-mail address"),
        ({"adf_mail_to": "a@b.example\r\nBcc: c@d.example"}, "adf_mail_to", "one line"),
        ({"name": "Tarn\nNingbo"}, "name", "one line"),
        ({"name": ""}, "name", "Fill this in."),
        ({"accept_within_min": "0"}, "accept_within_min", "at least 1"),
        ({"accept_within_min": "soon"}, "accept_within_min", "whole number"),
        ({"capacity_open": "0"}, "capacity_open", "at least 1"),
        ({"phone": "call us"}, "phone", "digits"),
        ({"wants_adf": "1", "mail_to": ""}, "adf_mail_to", "where the ADF mails go"),
        ({"wants_adf": "1", "kind": "call_centre"}, "wants_adf", "Only dealers"),
        ({"webhook_url": "https://10.0.0.1/leads"}, "webhook_url", "inner network"),
        ({"webhook_url": "https://169.254.169.254/"}, "webhook_url", "inner network"),
        ({"webhook_url": "https://user:word@partner.example/"}, "webhook_url", "without a user name"),
        ({"webhook_url": "https://8.8.8.8:22/"}, "webhook_url", "belongs to another service"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_added(
    admin: Browser, wrong: dict[str, str], field: str, said: str
) -> None:
    answer = admin.post("/admin/recipients", {**NEW, **wrong})

    page = answer.get_data(as_text=True)
    close_reading()
    assert answer.status_code == 422
    assert said in page
    assert f'href="#{field}' in page
    assert Recipient.by_code("ningbo") is None
    assert len(session().scalars(select(Recipient)).all()) == 1


def test_a_refused_webhook_address_is_remembered_with_who_wanted_it(admin: Browser) -> None:
    admin.post("/admin/recipients", {**NEW, "webhook_url": "https://169.254.169.254/latest/meta-data"})

    row = events("partners.webhook_target_refused")[0]
    assert (row.payload["host"], row.payload["reason"]) == ("169.254.169.254", "inner")
    assert row.actor_kind == "staff"
    assert "meta-data" not in str(row.payload)


def test_a_change_is_saved_and_told_by_the_names_of_its_fields(admin: Browser) -> None:
    answer = admin.post(path(), form_of("west-lake", admin, wants_adf="1", adf_mail_to="adf@wl.example"))

    assert answer.status_code == 303
    assert (known("west-lake").wants_adf, known("west-lake").adf_mail_to) == (True, "adf@wl.example")
    fields = events("partners.recipient_changed")[0].payload["fields"]
    assert "adf_mail_to" in fields
    assert "adf@wl.example" not in str(events("partners.recipient_changed")[0].payload)


def test_of_two_who_change_the_same_recipient_the_second_is_told_and_undoes_nothing(admin: Browser) -> None:
    seen = form_of("west-lake", admin, name="Second")
    admin.post(path(), form_of("west-lake", admin, name="First"))

    answer = admin.post(path(), seen)

    assert answer.status_code == 409
    assert "Somebody else has changed this meanwhile" in answer.get_data(as_text=True)
    assert known("west-lake").name == "First"


def test_a_new_secret_is_shown_once_and_the_former_one_goes_on_for_a_day(admin: Browser) -> None:
    before = known("west-lake").webhook_secret

    answer = admin.post(f"{path()}/secret", {})

    page = answer.get_data(as_text=True)
    now = known("west-lake")
    assert answer.headers["Cache-Control"] == "no-store"
    assert now.webhook_secret != before and str(now.webhook_secret) in page
    assert now.former_secret == before
    assert str(now.webhook_secret) not in admin.see(path())
    assert "Two secrets sign until" in admin.see(path())
    assert str(now.webhook_secret) not in str(
        [row.payload for row in events("partners.webhook_secret_changed")]
    )


def test_the_list_finds_by_name_and_stays_within_bounds(admin: Browser) -> None:
    with transaction():
        for number in range(60):
            a_recipient(f"place-{number:03}", name=f"Place {number}")

    with statement_count() as count:
        page = admin.see("/admin/recipients")

    assert page.count("data-row") == 50
    assert "after=place-0" in page
    assert count() <= 5
    assert "Place 7<" in admin.see("/admin/recipients?q=Place+7")
    assert "Nobody of this name" in admin.see("/admin/recipients?q=%25%25zz")


def test_markup_in_a_name_is_text_on_every_page(admin: Browser) -> None:
    admin.post(path(), form_of("west-lake", admin, name="<script>alert(1)</script>"))

    for page in ("/admin/recipients", path(), f"{path()}/test"):
        assert "<script>alert(1)" not in admin.see(page)


def test_only_an_admin_gets_in(flask_app: Flask, admin: Browser) -> None:
    with transaction():
        a_member_of_staff("ben@tarn.example", recipient=known("west-lake"))
    ben = Browser(flask_app.test_client())
    ben.sign_in("ben@tarn.example")

    for page in ("/admin", "/admin/recipients", path(), "/admin/deliveries"):
        ben.see(page, 403)
    assert ben.post(path(), WHO).status_code == 403


def test_the_first_page_of_administration_leads_to_what_is_there(admin: Browser) -> None:
    page = admin.see("/admin")

    for address in ("/admin/recipients", "/admin/deliveries", "/leads/matrix"):
        assert f'href="{address}"' in page
    for address in re.findall(r'class="admin-place" href="([^"]+)"', page):
        admin.see(address)


def test_a_button_pressed_twice_leaves_the_secret_in_use_where_it_is(admin: Browser) -> None:
    before = known("west-lake").webhook_secret
    for _ in range(2):
        admin.post(f"{path()}/secret", {})

    now = known("west-lake")
    assert before is not None and before in now.webhook_secrets(clock.now())
    assert len(now.webhook_secrets(clock.now())) == 3


def test_a_secret_that_somebody_else_may_know_stops_at_once(admin: Browser) -> None:
    before = known("west-lake").webhook_secret
    admin.post(f"{path()}/secret", {"has_leaked": "1"})

    now = known("west-lake")
    assert now.webhook_secrets(clock.now()) == (now.webhook_secret,)
    assert now.webhook_secret != before


def test_two_who_add_the_same_one_at_once_add_it_once(admin: Browser, flask_app: Flask) -> None:
    second = Browser(flask_app.test_client())
    second.sign_in("he.yan@tarn.example")
    close_reading()

    with ThreadPoolExecutor(2) as both:
        adding = [both.submit(one.post, "/admin/recipients", NEW) for one in (admin, second)]
        answers = [one.result().status_code for one in adding]

    close_reading()
    assert sorted(answers) == [201, 422]
