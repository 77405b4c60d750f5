"""Money: integer minor units with their currency. A total is the sum of its printed lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

from app.i18n import LOCALES


class CurrenciesDiffer(ValueError):
    """Two currencies were about to be added: a fault in the programme, never the buyer's."""


@dataclass(frozen=True, order=False)
class Money:
    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int):
            raise TypeError("Money counts whole minor units")

    @classmethod
    def of(cls, currency: str, amount: str | int | Decimal) -> "Money":
        """From a price as people write it: Money.of("CNY", "260800") is 26,080,000 fen."""
        exact = Decimal(amount) * 10 ** get_currency_precision(currency)
        return cls(half_up(exact), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def total(cls, parts: Iterable["Money"], currency: str) -> "Money":
        amount = cls.zero(currency)
        for part in parts:
            amount = amount + part
        return amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount_minor * times, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same(other).amount_minor

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same(other).amount_minor

    def __gt__(self, other: "Money") -> bool:
        return self.amount_minor > self._same(other).amount_minor

    def __ge__(self, other: "Money") -> bool:
        return self.amount_minor >= self._same(other).amount_minor

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    @property
    def amount(self) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-int(get_currency_precision(self.currency)))

    def formatted(self, language: str = "en") -> str:
        """As a reader of the language writes it; whole amounts carry no decimals (¥260,800)."""
        return _written(self.amount_minor, self.currency, language)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrenciesDiffer(f"{self.currency} and {other.currency}")
        return other


@lru_cache(maxsize=8_192)
def _written(amount_minor: int, currency: str, language: str) -> str:
    symbol_locale = "zh_Hans_CN" if currency == "CNY" else LOCALES[language]
    precision = get_currency_precision(currency)
    whole = amount_minor % 10**precision == 0
    pattern = "¤#,##0" if whole else "¤#,##0." + "0" * precision
    amount = Money(abs(amount_minor), currency).amount
    text = format_currency(amount, currency, pattern, locale=symbol_locale, currency_digits=False)
    return "−" + text if amount_minor < 0 else text


def symbol(currency: str) -> str:
    """¥, €: as it stands before a figure."""
    return str(get_currency_symbol(currency, locale="zh_Hans_CN" if currency == "CNY" else "en_GB"))


def half_up(exact: Decimal, step: int = 1) -> int:
    """Rounds minor units half up to a whole step (a market may round a tax to whole yuan: step 100)."""
    return int((exact / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
