"""Vehicle identification numbers: ISO 3779 form, and the check digit of 49 CFR 565.15 where a region uses it."""

import re

LENGTH = 17
CHECK_AT = 8
_FORM = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKED_REGIONS = frozenset("12345L")
"""North America and China write a check digit at position 9; elsewhere the place is free."""


def normalized(typed: str) -> str:
    """Upper case, without blanks and dashes."""
    return re.sub(r"[\s-]", "", typed).upper()


def fault(vin: str) -> str | None:
    """Why this is no VIN, in one sentence; None when it may be one. A matching digit does not prove a VIN."""
    if len(vin) != LENGTH:
        return f"a VIN has 17 characters, this has {len(vin)}"
    if not _FORM.fullmatch(vin):
        return "a VIN has capitals and digits only, without I, O and Q"
    if len(set(vin)) == 1:
        return "a placeholder, not a VIN"
    if vin[0] in _CHECKED_REGIONS and vin[CHECK_AT] != check_digit(vin):
        return f"the check digit should be {check_digit(vin)}, it is {vin[CHECK_AT]}"
    return None


def is_well_formed(vin: str) -> bool:
    """Right in length and characters; whether its check digit fits is another question."""
    return bool(_FORM.fullmatch(vin))


def check_digit(vin: str) -> str:
    """The character that belongs at position 9 of a VIN of 17 allowed characters."""
    remainder = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def with_check_digit(vin: str) -> str:
    return vin[:CHECK_AT] + check_digit(vin) + vin[CHECK_AT + 1 :]


def masked(vin: str) -> str:
    """As a list shows it: LTM3…E04217."""
    return f"{vin[:4]}…{vin[-6:]}"
