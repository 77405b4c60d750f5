"""Contact data as staff see it until they say why they need more: enough to recognise, too little to use."""

DOTS = "••••"
CODES = ("+86", "+49")
"""Country codes of the markets: told to nobody who recognises a number by its start."""


def masked_phone(number: str | None) -> str:
    """138 •••• 4420; a number too short to hide its middle shows its end alone; "" for none."""
    digits = _without_country("".join(char for char in number or "" if char.isdigit() or char == "+"))
    if not digits:
        return ""
    if len(digits) < 8:
        return f"{DOTS} {digits[-2:]}" if len(digits) > 4 else DOTS
    return f"{digits[:3]} {DOTS} {digits[-4:] if len(digits) > 9 else digits[-2:]}"


def masked_email(address: str | None) -> str:
    """a••@x.cn; "" for none."""
    name, at, domain = (address or "").rpartition("@")
    if not at or not name:
        return "••" if address else ""
    return f"{name[0]}••@{domain}"


def _without_country(digits: str) -> str:
    for code in CODES:
        if digits.startswith(code):
            return digits.removeprefix(code)
    return digits.replace("+", "")
