"""Nothing that people type begins a header of its own: it is refused, whatever kind of line break it is."""

from typing import Any

import pytest

from app import mail
from app.deliveries import Delivery, Mail
from app.ids import uuid7

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"]


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("field", ["to", "subject", "reply_to", "header"])
def test_a_line_break_in_a_header_is_refused(schema: list[str], line_break: str, field: str) -> None:
    odd = f"ada@example.com{line_break}Bcc: all@example.com"
    told: dict[str, Any] = {"to": "ada@example.com", "subject": "Hello", "text": "x"}
    message = Mail(**{**told, field: odd}) if field != "header" else Mail(**told, headers={"X-Lead": odd})

    with pytest.raises(ValueError):
        mail.written(Delivery(id=uuid7()), message)


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_mail_that_cannot_be_addressed_is_refused_and_not_kept(database: None, line_break: str) -> None:
    answer = mail.send(Delivery(id=uuid7()), Mail(f"ada@example.com{line_break}", "Hello", "x"))

    assert answer.outcome == "refused"
    assert "cannot be addressed" in str(answer.excerpt)


@pytest.mark.parametrize(
    "to", ["ada@example.com", "ada+cars@example.co.uk", "o'brien@example.com", "a@münchen.example"]
)
def test_an_ordinary_address_is_written_as_it_is(schema: list[str], to: str) -> None:
    written = mail.written(Delivery(id=uuid7()), Mail(to, "您好", "x"))

    assert written["To"].addresses[0].addr_spec == to
    assert written["Subject"] == "您好"


def test_what_software_reads_travels_unfolded_and_unencoded(schema: list[str]) -> None:
    text = "<adf>" + "x" * 700 + "</adf>\n"

    written = mail.written(Delivery(id=uuid7()), Mail("ada@example.com", "Hello", text, for_software=True))

    assert written["Content-Transfer-Encoding"] == "7bit"
    assert text.encode() in written.as_bytes()


def test_software_never_gets_what_is_not_ascii(schema: list[str]) -> None:
    with pytest.raises(ValueError):
        mail.written(
            Delivery(id=uuid7()), Mail("ada@example.com", "Hello", "<adf>ü</adf>", for_software=True)
        )
