"""A lead about a car in the form that a dealer's own software reads: valid by both readings, ASCII, the same twice."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from app.money import Money
from leads import adf

HERE = Path(__file__).parent
OURS = HERE.parent.parent / "leads" / "schemas" / "adf-1.0.dtd"
STRICT = HERE / "adf" / "strict.dtd"

CAR = adf.Car(
    interest="buy",
    status="new",
    year=2026,
    make="Tarn",
    model="Mere",
    vin="LTRMERE2600000001",
    stock="a-stock-number",
    trim="Dual Motor",
    odometer_km=12,
    paint="Mist",
    interior="Dark",
    price=Money.of("CNY", "299790"),
    extras=(adf.Extra("Pilot", "pilot", Money.of("CNY", "99")), adf.Extra("Wallbox", "wallbox")),
)
ADA = adf.Person("Ada Mary Buys", "ada@example.com", "+8613812344420", "cellphone")
WEST_LAKE = adf.Vendor("west-lake", "Tarn West Lake", "leads@west-lake.example", "0571 8700 1101")
PROSPECT = adf.Prospect(
    number="L-2611-00042",
    source="Tarn",
    source_url="https://tarn.example",
    requested_at=datetime(2026, 11, 22, 19, 40, 3, tzinfo=ZoneInfo("Asia/Shanghai")),
    car=CAR,
    person=ADA,
    vendor=WEST_LAKE,
    comments=("Left at payment.", "Language: English"),
)


def faults(document: str, schema: Path) -> list[str]:
    dtd = etree.DTD(str(schema))
    dtd.validate(etree.fromstring(document.encode()))
    return [entry.message for entry in dtd.error_log]


def text_of(document: str, path: str) -> str:
    found = etree.fromstring(document.encode()).findtext(path)
    assert found is not None, path
    return str(found)


VARIED = [
    PROSPECT,
    replace(PROSPECT, is_resent=True, comments=()),
    replace(PROSPECT, person=adf.Person("周敏", None, "+8613812344420")),
    replace(PROSPECT, person=adf.Person("Ada", "ada@example.com", None)),
    replace(PROSPECT, car=adf.Car("lease", "new", 2026, "Tarn", "Rill")),
    replace(PROSPECT, car=replace(CAR, interest="test-drive", status="used", paint=None)),
    replace(PROSPECT, car=replace(CAR, interior=None, extras=())),
    replace(PROSPECT, vendor=replace(WEST_LAKE, name="Tarn München Isarufer", phone="")),
    replace(PROSPECT, person=replace(ADA, name='Ada "<b>" & ]]> \x00\x1b Böse\u2028Zeile 😀')),
]


@pytest.mark.parametrize("prospect", VARIED)
def test_every_prospect_is_valid_by_our_schema(prospect: adf.Prospect) -> None:
    assert faults(adf.document(prospect), OURS) == []


@pytest.mark.parametrize("prospect", VARIED)
def test_every_prospect_is_valid_by_the_letter_too_but_for_the_comments_that_it_lets_nobody_write(
    prospect: adf.Prospect,
) -> None:
    silent = adf.document(replace(prospect, comments=()))

    assert faults(silent, STRICT) == []


def test_comments_are_the_only_thing_that_the_letter_refuses() -> None:
    assert {"comments" in fault for fault in faults(adf.document(PROSPECT), STRICT)} == {True}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<vendorname>Tarn West Lake</vendorname>\n", ""),
        ("<year>2026</year>\n", ""),
        ('interest="buy"', 'interest="subscribe"'),
        ('<prospect status="new">', '<prospect status="again">'),
        ("<weighting>100</weighting>\n", ""),
    ],
)
def test_the_schema_refuses_what_is_missing_or_unknown(old: str, new: str) -> None:
    document = adf.document(PROSPECT)
    assert old in document

    assert faults(document.replace(old, new), OURS) != []


def test_a_phone_before_the_mail_address_is_refused_by_the_schema_and_never_written() -> None:
    document = adf.document(PROSPECT)
    mail, phone = re.findall(r"<email>.*</email>\n|<phone type=\"cellphone.*</phone>\n", document)[:2]

    assert document.index(mail) < document.index(phone)
    assert faults(document.replace(mail + phone, phone + mail), OURS) != []


def test_the_declaration_comes_first_and_the_format_second_and_nothing_else_stands_around_the_xml() -> None:
    document = adf.document(PROSPECT)

    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n<adf>')
    assert document.endswith("</adf>")


@pytest.mark.parametrize("prospect", VARIED)
def test_the_document_is_ascii_and_its_lines_fit_into_a_mail(prospect: adf.Prospect) -> None:
    long = replace(prospect, comments=("想买车" * 500, "x" * 3000), person=replace(ADA, name="你" * 80))

    document = adf.document(long)

    assert document.isascii()
    assert max(map(len, document.splitlines())) < 998
    assert "\x00" not in document


def test_the_same_lead_is_written_the_same_and_a_repeat_says_so_under_the_same_number() -> None:
    again = adf.document(replace(PROSPECT, is_resent=True))

    assert adf.document(PROSPECT) == adf.document(PROSPECT)
    assert '<prospect status="resend">' in again
    assert again.replace("resend", "new") == adf.document(PROSPECT)
    assert '<id sequence="1" source="Tarn">L-2611-00042</id>' in again


def test_names_come_in_parts_where_they_can_be_told_apart() -> None:
    assert adf.name_parts("Ada Buys") == [("first", "Ada"), ("last", "Buys")]
    assert adf.name_parts("Ada Mary Jo Buys") == [("first", "Ada"), ("middle", "Mary Jo"), ("last", "Buys")]
    assert adf.name_parts("周敏") == [("first", "敏"), ("last", "周")]
    assert adf.name_parts("欧阳静怡") == [("first", "静怡"), ("last", "欧阳")]
    assert adf.name_parts("欧阳") == [("first", "阳"), ("last", "欧")]
    assert adf.name_parts("Ada") == [("full", "Ada")]


def test_what_was_typed_comes_back_from_the_xml_as_it_was() -> None:
    person = adf.Person("O'Brien & <Söhne> 😀", "ada@example.com", None)

    document = adf.document(replace(PROSPECT, person=person))

    assert text_of(document, ".//customer/contact/name[@part='last']") == "😀"
    assert text_of(document, ".//customer/contact/name[@part='middle']") == "& <Söhne>"


def test_the_request_carries_the_offset_of_the_place_and_the_price_its_currency() -> None:
    document = adf.document(PROSPECT)

    assert text_of(document, ".//requestdate") == "2026-11-22T19:40:03+08:00"
    assert text_of(document, ".//vehicle/price[@currency='CNY']") == "299790.00"


def test_a_line_break_in_a_name_stays_in_its_field() -> None:
    document = adf.document(replace(PROSPECT, person=replace(ADA, name="Ada\r\nBcc: all@example.com")))

    assert "\nBcc" not in document


@pytest.mark.parametrize(
    "prospect",
    [
        replace(PROSPECT, person=adf.Person("Ada", None, None)),
        replace(PROSPECT, requested_at=datetime(2026, 11, 22)),
    ],
)
def test_what_the_form_cannot_carry_is_not_written(prospect: adf.Prospect) -> None:
    with pytest.raises(ValueError):
        adf.document(prospect)


def test_the_subject_has_the_dealership_in_it_on_one_line() -> None:
    assert adf.subject("Tarn West\nLake", "L-2611-00042") == "Tarn West Lake: L-2611-00042"
