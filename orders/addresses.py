"""An address on one line, as people where it is write it."""

from collections.abc import Mapping
from typing import Any


def in_one_line(address: Mapping[str, Any]) -> str:
    """From the small to the large; from the large to the small, without a mark between, when it is in Chinese."""
    town = " ".join(str(address[name]) for name in ("postcode", "city") if address.get(name))
    parts = [str(address.get(name) or "") for name in ("street", "district")] + [town]
    told = [part for part in parts if part]
    if any("\u4e00" <= char <= "\u9fff" for char in "".join(told)):
        return "".join(reversed(told))
    return ", ".join(told)
