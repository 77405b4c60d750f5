"""The hosted page as a browser without script sees it."""

import re
import threading

import pytest
import stripe

from sandbox import cards
from tests.sandbox.bench import KEY, Bench, Page, line

CARD = {
    "email": "ada@example.com",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 40",
    "cvc": "123",
    "name": "Ada",
}


def press(bench: Bench, session: stripe.checkout.Session, **typed: str) -> Page:
    page = bench.get(f"/c/pay/{session.id}")
    return bench.post(page.form.action, page.form.fields | CARD | typed)


def test_the_page_says_what_is_paid_to_whom_and_that_no_money_moves(bench: Bench) -> None:
    session = bench.session(
        line_items=[
            line("Deposit <Mere>", 500_000, description="VIN ending 40718"),
            line("Charge 100", 8_950, 2),
        ]
    )

    page = bench.get(str(session.url))

    for text in (
        "Payment sandbox: no money moves",
        "Bench &amp; Sons",
        "Deposit &lt;Mere&gt;",
        "VIN ending 40718",
        "2 × ¥89.50",
        "¥5,179.00",
        'href="https://shop.example/cart"',
    ):
        assert text in page.text
    assert '<html lang="en-GB">' in page.text


def test_a_good_card_pays_and_goes_back_to_the_shop(bench: Bench) -> None:
    session = bench.session()

    answer = press(bench, session)

    assert answer.status == 303
    assert answer.headers["Location"] == f"https://shop.example/done?session={session.id}"
    assert bench.stripe.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize("number", ["5555 5555 5555 4444", "6200-0000-0000-0005", "4242424242424242"])
def test_cards_of_several_brands_pay(bench: Bench, number: str) -> None:
    assert press(bench, bench.session(), number=number).status == 303


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("4000000000000002", "Your bank said no."),
        ("4000000000009995", "there is not enough money"),
        ("4000000000009987", "Your bank said no to this card."),
        ("4000000000000069", "Your bank says this card has expired."),
        ("4000000000000127", "security code is wrong"),
        ("4000000000000119", "could not be reached"),
    ],
)
def test_a_no_from_the_bank_is_said_plainly_and_another_card_may_follow(
    bench: Bench, number: str, sentence: str
) -> None:
    session = bench.session()

    declined = press(bench, session, number=number)

    assert declined.status == 402
    assert sentence in declined.text
    assert "No money has moved." in declined.text
    assert sentence in bench.get(f"/c/pay/{session.id}").text
    assert press(bench, session).status == 303


@pytest.mark.parametrize(
    ("typed", "english", "chinese"),
    [
        ({"number": "4242 4242 4242 4241"}, "One of the digits is not right", "有一位数字不对"),
        ({"number": ""}, "The card number is missing", "还没有填卡号"),
        ({"number": "4242 abcd"}, "A card number has digits only", "卡号只能是数字"),
        ({"number": "4111 1111 1111 1111"}, "Only test cards work", "沙盒只接受测试卡"),
        ({"expiry": "13/40"}, "The month goes from 01 to 12", "月份应为"),
        ({"expiry": "01/20"}, "This card has expired", "这张卡已过期"),
        ({"expiry": "soon"}, "has a month and a year", "有效期应为月和年"),
        ({"cvc": "12"}, "The security code has 3 digits", "安全码应为 3 位"),
        ({"number": "378282246310005"}, "The security code has 4 digits", "安全码应为 4 位"),
        ({"name": " "}, "The name on the card is missing", "还没有填持卡人姓名"),
        ({"email": "ada"}, "This is not an e-mail address yet", "邮箱还不完整"),
    ],
)
def test_what_was_mistyped_is_said_beside_its_field_in_the_readers_language(
    bench: Bench, typed: dict[str, str], english: str, chinese: str
) -> None:
    for locale, sentence in (("en", english), ("zh", chinese)):
        page = press(bench, bench.session(locale=locale), **typed)
        (name,) = typed if len(typed) == 1 and "378282246310005" not in typed.values() else ("cvc",)

        assert page.status == 422
        assert sentence in page.text
        assert re.search(
            rf'id="{name}"[^>]*aria-describedby="{name}-error"[^>]*aria-invalid="true"', page.text
        )
        assert f'href="#{name}"' in page.text
    assert bench.state()["objects"]["charge"] == 0


def test_the_page_never_hands_a_card_number_back(bench: Bench) -> None:
    page = press(bench, bench.session(), cvc="12")

    assert "4242 4242 4242 4242" not in page.text.split("<details>")[0]
    assert page.form.fields["number"] == page.form.fields["cvc"] == ""
    assert (page.form.fields["email"], page.form.fields["name"]) == ("ada@example.com", "Ada")


def test_the_language_follows_the_session_then_the_browser(bench: Bench) -> None:
    chinese = bench.session(locale="zh-HK")
    automatic = bench.session()

    assert "支付沙盒：不会扣款" in bench.get(str(chinese.url), Accept_Language="en").text
    assert (
        "支付沙盒：不会扣款" in bench.get(str(automatic.url), Accept_Language="zh-CN,zh;q=0.9,en;q=0.5").text
    )
    assert "no money moves" in bench.get(str(automatic.url), Accept_Language="de,en;q=0.5").text


def test_two_presses_of_the_button_pay_once(bench: Bench) -> None:
    session = bench.session()
    form = bench.get(str(session.url)).form
    answers: list[Page] = []
    presses = [
        threading.Thread(target=lambda: answers.append(bench.post(form.action, form.fields | CARD)))
        for _ in range(8)
    ]

    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {
        (303, f"https://shop.example/done?session={session.id}")
    }
    assert len(bench.stripe.charges.list().data) == 1


def test_a_form_from_elsewhere_is_refused(bench: Bench) -> None:
    session = bench.session()
    form = bench.get(str(session.url)).form
    other = bench.get(str(bench.session().url)).form

    for fields, headers in (
        (CARD, {}),
        (CARD | {"token": other.fields["token"]}, {}),
        (form.fields | CARD, {"Origin": "https://evil.example"}),
    ):
        assert bench.post(form.action, fields, **headers).status == 403
    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "open"


def test_the_bank_is_asked_on_its_own_page(bench: Bench) -> None:
    session = bench.session()
    to_bank = press(bench, session, number="4000 0000 0000 3220")
    question = bench.get(to_bank.headers["Location"])
    assert "Complete authentication" in question.text
    assert "Fail authentication" in question.text

    failed = bench.post(question.form.action, question.form.fields | {"choice": "fail"})
    told = bench.get(failed.headers["Location"])
    assert "could not confirm that it was you" in told.text

    again = bench.get(press(bench, session, number="4000 0025 0000 3155").headers["Location"])
    done = bench.post(again.form.action, again.form.fields | {"choice": "complete"})
    assert done.headers["Location"] == f"https://shop.example/done?session={session.id}"
    bench.letterbox.wait_for(
        "payment_intent.requires_action", "payment_intent.payment_failed", "payment_intent.succeeded"
    )


def test_the_banks_page_opens_only_with_its_token(bench: Bench) -> None:
    address = press(bench, bench.session(), number="4000002760003184").headers["Location"]

    assert bench.get(address.partition("?")[0]).status == 404
    assert bench.get(address[:-1] + "!").status == 404


def test_a_page_that_is_over_says_so(bench: Bench) -> None:
    paid, expired = bench.paid(), bench.session()
    form = bench.get(str(expired.url)).form
    bench.stripe.checkout.sessions.expire(expired.id)

    assert "This has been paid" in bench.get(f"/c/pay/{paid.id}").text
    assert bench.get(f"/c/pay/{expired.id}").status == 410
    assert bench.post(form.action, form.fields | CARD).status == 410
    assert bench.get("/c/pay/cs_test_nothing").status == 404
    assert len(bench.stripe.charges.list().data) == 1


def test_pages_carry_no_script_and_a_strict_policy(bench: Bench) -> None:
    session = bench.session()
    bench.paid()
    pages = [bench.get(path) for path in (f"/c/pay/{session.id}", "/", "/c/pay/none")]

    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)
        assert page.headers["Cache-Control"] == "no-store"
    assert "form-action 'self' https://shop.example" in pages[0].headers["Content-Security-Policy"]


def test_no_card_number_is_written_anywhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    kept = bench.session(payment_intent_data={"setup_future_usage": "off_session"})
    for card in cards.TEST_CARDS:
        session = kept if card.name == "visa" else bench.session()
        press(bench, session, number=card.number, cvc="1234" if card.brand == "amex" else "123")
    bench.get("/")
    bench.stop()

    written = b"".join(path.read_bytes() for path in bench.folder.iterdir()) + caplog.text.encode()

    assert b"Bench" in written
    digits = re.sub(rb"(?<=[0-9])[ -](?=[0-9])", b"", written)
    assert [card.name for card in cards.TEST_CARDS if card.number.encode() in digits] == []
    bench.start()


def test_the_operator_sees_payments_and_sends_letters_again(bench: Bench) -> None:
    bench.paid()
    bench.pay(bench.session().id, "4000000000000002")
    bench.letterbox.wait_for("checkout.session.completed", "payment_intent.payment_failed")
    before = len(bench.letterbox.letters)
    page = bench.get("/")
    assert "generic_decline" in page.text

    answer = bench.post(page.form.action, page.form.fields)

    assert answer.status == 303
    assert bench.post(page.form.action, {"token": "guess"}).status == 403
    for _ in range(100):
        if len(bench.letterbox.letters) > before:
            break
        threading.Event().wait(0.05)
    assert len(bench.letterbox.letters) == before + 1


def test_switches_need_the_key(bench: Bench) -> None:
    assert bench.get("/_sandbox/state").status == 401
    assert bench.post("/_sandbox/faults", {}).status == 401
    assert bench.get("/_sandbox/state", Authorization=f"Bearer {KEY}").status == 200
