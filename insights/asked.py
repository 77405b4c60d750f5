"""What the pictures are asked for: how many days, which market, device and language. It stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.i18n import LANGUAGES

DAYS = (7, 28, 84)
"""Whole weeks: the days before them are the same days of the week."""
EVERY_MARKET = "all"
NOT_KNOWN = "unknown"
DEVICES = ("phone", "desktop", NOT_KNOWN)


@dataclass(frozen=True)
class Asked:
    """What is None is not narrowed; a device that nobody could tell is "" as it is kept."""

    days: int = DAYS[0]
    market_key: str | None = None
    device: str | None = None
    language: str | None = None

    @classmethod
    def told(cls, args: Mapping[str, str], here: str, markets: Mapping[str, object]) -> "Asked":
        """From an address: a word that means nothing narrows nothing, and no market named is the one here."""
        days, market, device, reads = (args.get(name, "") for name in ("days", "market", "device", "reads"))
        return cls(
            int(days) if days in map(str, DAYS) else DAYS[0],
            None if market == EVERY_MARKET else market if market in markets else here,
            {NOT_KNOWN: ""}.get(device, device) if device in DEVICES else None,
            reads if reads in LANGUAGES else None,
        )

    def of_days(self, days: int) -> "Asked":
        return replace(self, days=days)

    def address(self, here: str) -> dict[str, str | None]:
        """The other way round; what goes without saying is left out."""
        return {
            "days": str(self.days) if self.days != DAYS[0] else None,
            "market": None if self.market_key == here else self.market_key or EVERY_MARKET,
            "device": self.device if self.device != "" else NOT_KNOWN,
            "reads": self.language,
        }
