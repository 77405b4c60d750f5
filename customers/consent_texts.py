"""What a person agrees to, word for word, by version. A text that was ever shown is never edited: add a version.

PIPL article 23 asks for a separate consent that tells the recipient's name and contact, the purpose, the way of
handling and the kinds of data; so a recipient outside the house is always named, with its address.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from partners.models import PARTNERS, Recipient

ANSWER_ME = "answer_me"
SHARE = "share_with_recipient"
MARKETING = "marketing"
PURPOSES = (ANSWER_ME, SHARE, MARKETING)

VERSION = "2026-11"

_LABELS: Mapping[str, Mapping[str, str]] = {
    ANSWER_ME: {"en": "Answer me about this", "zh": "就这件事联系我"},
    SHARE: {"en": "Share with %(recipient)s", "zh": "提供给%(recipient)s"},
    MARKETING: {"en": "Write to me about new models and offers", "zh": "新车和优惠也写信告诉我"},
}

_TEXTS: Mapping[str, Mapping[str, str]] = {
    ANSWER_ME: {
        "en": (
            "Tarn’s own desks may use the name, e-mail and phone I give here, what is in my cart and the step I am "
            "at, to answer me about this. Nobody outside Tarn gets it. I can take this back any time."
        ),
        "zh": (
            "泰然自己的顾问可以用我在这里留下的姓名、邮箱和电话，以及购物车内容和当前步骤，就这件事答复我。"
            "不会交给泰然以外的任何人，随时可以收回。"
        ),
    },
    "share_with_dealer": {
        "en": (
            "Tarn gives my name, e-mail, phone, cart and order to %(recipient)s (%(contact)s), over an encrypted "
            "connection, only to advise me, arrange test drives and prepare the handover. They get it only if I tick "
            "this. I can take it back any time, and they are told so."
        ),
        "zh": (
            "泰然把我的姓名、邮箱、电话、购物车和订单，经加密连接提供给%(recipient)s（%(contact)s），"
            "只用于咨询、安排试驾和准备交付。勾选后才会提供，随时可以收回，收回时会通知对方。"
        ),
    },
    "share_with_partner": {
        "en": (
            "Tarn gives my name, e-mail, phone and the car I chose to %(recipient)s (%(contact)s), over an encrypted "
            "connection, only to prepare and run the contract I ask them for. They get it only if I tick this. I can "
            "take it back any time, and they are told so."
        ),
        "zh": (
            "泰然把我的姓名、邮箱、电话和所选车辆，经加密连接提供给%(recipient)s（%(contact)s），"
            "只用于办理我要的合同。勾选后才会提供，随时可以收回，收回时会通知对方。"
        ),
    },
    MARKETING: {
        "en": (
            "Tarn may write to me about new models and offers, at most twice a month. It has nothing to do with this "
            "purchase, and every message has a way out."
        ),
        "zh": "泰然可以写信告诉我新车和优惠，每月最多两次。与这次购买无关，每封信都可以退订。",
    },
}


@dataclass(frozen=True)
class ConsentText:
    """A text as shown: a short label for the tick box, the full wording, and what proves both."""

    purpose: str
    label: str
    wording: str
    version: str
    language: str
    hash: str
    """SHA-256 of the wording as it was shown, in hexadecimal."""


def wording(purpose: str, language: str, recipient: Recipient | None = None) -> ConsentText:
    """The text in force. Sharing needs the recipient that it names; a house desk needs no such consent."""
    if purpose == SHARE and recipient is None:
        raise ValueError("A consent to share names its recipient.")
    language = language if language in ("en", "zh") else "en"
    params = _recipient_params(recipient, language)
    label = _LABELS[purpose][language] % params
    text = _TEXTS[_text_key(purpose, recipient)][language] % params
    return ConsentText(purpose, label, text, VERSION, language, hashlib.sha256(text.encode()).hexdigest())


def _text_key(purpose: str, recipient: Recipient | None) -> str:
    if purpose != SHARE or recipient is None:
        return purpose
    return "share_with_partner" if recipient.kind in PARTNERS else "share_with_dealer"


def _recipient_params(recipient: Recipient | None, language: str) -> dict[str, str]:
    if recipient is None:
        return {"recipient": "", "contact": ""}
    address = recipient.address_zh if language == "zh" else recipient.address
    separator = "，" if language == "zh" else ", "
    contact = separator.join(part for part in (address, recipient.phone) if part)
    return {"recipient": recipient.label(language), "contact": contact}
