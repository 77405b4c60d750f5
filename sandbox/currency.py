"""Minor units as Stripe counts them."""

import re

from sandbox.refusal import bad_parameter, invalid


def codes(names: str) -> frozenset[str]:
    return frozenset(names.split())


ZERO_DECIMAL = codes("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")
THREE_DECIMAL = codes("bhd jod kwd omr tnd")
OTHERS = codes(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny "
    "cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk "
    "jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn "
    "nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb "
    "tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw"
)
KNOWN = ZERO_DECIMAL | THREE_DECIMAL | OTHERS

LARGEST = 99_999_999
SYMBOLS = {"cny": "¥", "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "hkd": "HK$"}


def read_code(raw: str, param: str) -> str:
    code = raw.lower()
    if not re.fullmatch(r"[a-z]{3}", code) or code not in KNOWN:
        raise bad_parameter(param, f"Invalid currency: {raw[:20]}.")
    return code


def check_amount(amount: int, currency: str, param: str) -> int:
    if amount < 1:
        raise invalid(
            "Amount has to be at least 1 in the smallest unit.", param=param, code="amount_too_small"
        )
    if amount > LARGEST:
        raise invalid(f"Amount must be no more than {LARGEST}.", param=param, code="amount_too_large")
    if currency in THREE_DECIMAL and amount % 10:
        raise bad_parameter(param, f"{currency.upper()} amounts have to end in 0.")
    return amount


def decimals(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def printed(amount: int, currency: str, *, whole: bool = False) -> str:
    """``whole``: every figure beside this one is in whole units, so decimals would only be noise."""
    places = decimals(currency)
    figure = f"{amount / 10**places:,.{0 if whole else places}f}"
    return f"{SYMBOLS[currency]}{figure}" if currency in SYMBOLS else f"{currency.upper()} {figure}"
