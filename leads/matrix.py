"""Who answers for which source and which product, until the house decides otherwise: six sources by six products, and
what is neither. These become rows (`RoutingRule`); changing a row changes the next lead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DEALER, AGENT, CALLS, PARTNER = "dealer", "agent_desk", "call_centre", "partner"
KINDS = (DEALER, AGENT, CALLS, PARTNER)

SOURCES = (
    "test_drive",
    "chat_handover",
    "agent_enquiry",
    "call_centre",
    "finance_request",
    "help_request",
)
MATRIX_PRODUCTS = ("new_dealer", "charging", "digital", "used", "new_online", "credits")
PRODUCTS = (*MATRIX_PRODUCTS, "partner_product", "none")

ROW_OF_SOURCE: Mapping[str, str] = {
    "abandoned_cart": "help_request",
    "help_request": "help_request",
    "callback": "call_centre",
    "test_drive": "test_drive",
    "chat_handover": "chat_handover",
    "agent_enquiry": "agent_enquiry",
    "finance_request": "finance_request",
}
"""A cart that was left is answered like a question from the shop; a call-back is a call."""

ANSWER_WITHIN_S: Mapping[str, int] = {
    "test_drive": 2 * 3600,
    "chat_handover": 300,
    "agent_enquiry": 300,
    "call_centre": 1800,
    "finance_request": 2 * 3600,
    "help_request": 900,
}

AT_DEALER = (
    "The dealer where the car stands knows it and has the keys.",
    "车所在的门店最了解这台车，钥匙也在那里。",
)
CHOSEN_DEALER = (
    "The buyer has already chosen this dealer.",
    "买家已经选了这家门店。",
)
FINANCE_DEALER = (
    "The dealer's finance desk can work with the quote in hand.",
    "门店的金融专员可以直接用手上的报价办理。",
)
CALLS_FIRST = (
    "The help line knows this subject and answers at once.",
    "客服热线熟悉这个问题，能马上答复。",
)
CALLS_KEEP = (
    "Whoever has the caller on the line keeps the caller.",
    "谁接的电话，谁负责到底。",
)
WARM_TRANSFER = (
    "The help line answers first and hands over in person.",
    "先由客服热线答复，再当面转接给门店。",
)
SOLD_ONLINE = (
    "Bought online, so our online agent sees it through.",
    "在线购车，由在线顾问全程跟进。",
)
USED_CART = (
    "Our online agent answers for used cars in the shop; the dealer that holds the car steps in.",
    "商城里的二手车由在线顾问答复，车所在的门店随时接手。",
)
DIGITAL_DEALER = (
    "It has to be shown in a car, and the dealer has one.",
    "要在车上演示，门店有车。",
)
PARTNER_CREDITS = (
    "Credits are spent with the partner, who can show how.",
    "出行点数在合作伙伴处使用，由它来说明最清楚。",
)
LENDER = (
    "The lender decides, so the lender answers.",
    "由放款方决定，也由放款方答复。",
)
FINANCE_ONLINE = (
    "Our online agent keeps the purchase together; the lender joins.",
    "在线顾问负责整笔购买，放款方一起参与。",
)
PARTNERS_OWN = (
    "It is the partner's product; the help line answers until the partner may be told.",
    "这是合作伙伴的产品；在可以告知对方之前，由客服热线答复。",
)
PARTNER_FINANCE = (
    "The partner lends for its own product.",
    "合作伙伴为自己的产品提供金融服务。",
)
OPEN_QUESTION = (
    "No product is named yet; the help line finds out.",
    "还没有说到具体产品，先由客服热线了解。",
)

Cell = tuple[tuple[str, ...], tuple[str, str]]

CELLS: Mapping[str, Mapping[str, Cell]] = {
    "test_drive": {
        "new_dealer": ((DEALER, CALLS), AT_DEALER),
        "charging": ((CALLS, PARTNER), CALLS_FIRST),
        "digital": ((DEALER, CALLS), DIGITAL_DEALER),
        "used": ((DEALER, AGENT), AT_DEALER),
        "new_online": ((AGENT, DEALER), SOLD_ONLINE),
        "credits": ((PARTNER, CALLS), PARTNER_CREDITS),
        "partner_product": ((CALLS, PARTNER), PARTNERS_OWN),
        "none": ((CALLS, AGENT), OPEN_QUESTION),
    },
    "chat_handover": {
        "new_dealer": ((CALLS, DEALER), CALLS_FIRST),
        "charging": ((CALLS, PARTNER), CALLS_FIRST),
        "digital": ((CALLS, DEALER), CALLS_FIRST),
        "used": ((DEALER, CALLS), AT_DEALER),
        "new_online": ((AGENT, CALLS), SOLD_ONLINE),
        "credits": ((CALLS, PARTNER), CALLS_FIRST),
        "partner_product": ((CALLS, PARTNER), PARTNERS_OWN),
        "none": ((CALLS, AGENT), OPEN_QUESTION),
    },
    "agent_enquiry": {
        "new_dealer": ((CALLS, DEALER), WARM_TRANSFER),
        "charging": ((CALLS, PARTNER), CALLS_FIRST),
        "digital": ((CALLS, AGENT), CALLS_FIRST),
        "used": ((CALLS, DEALER), WARM_TRANSFER),
        "new_online": ((AGENT, CALLS), SOLD_ONLINE),
        "credits": ((CALLS, PARTNER), CALLS_FIRST),
        "partner_product": ((CALLS, PARTNER), PARTNERS_OWN),
        "none": ((CALLS, AGENT), OPEN_QUESTION),
    },
    "call_centre": {
        "new_dealer": ((CALLS, DEALER), CALLS_KEEP),
        "charging": ((CALLS, PARTNER), CALLS_KEEP),
        "digital": ((CALLS, AGENT), CALLS_KEEP),
        "used": ((CALLS, DEALER), CALLS_KEEP),
        "new_online": ((CALLS, AGENT), CALLS_KEEP),
        "credits": ((CALLS, PARTNER), CALLS_KEEP),
        "partner_product": ((CALLS, PARTNER), CALLS_KEEP),
        "none": ((CALLS, AGENT), CALLS_KEEP),
    },
    "finance_request": {
        "new_dealer": ((DEALER, PARTNER), FINANCE_DEALER),
        "charging": ((CALLS, PARTNER), CALLS_FIRST),
        "digital": ((CALLS, AGENT), CALLS_FIRST),
        "used": ((DEALER, PARTNER), FINANCE_DEALER),
        "new_online": ((AGENT, PARTNER, CALLS), FINANCE_ONLINE),
        "credits": ((PARTNER, CALLS), LENDER),
        "partner_product": ((PARTNER, CALLS), PARTNER_FINANCE),
        "none": ((CALLS, AGENT), OPEN_QUESTION),
    },
    "help_request": {
        "new_dealer": ((DEALER, CALLS), CHOSEN_DEALER),
        "charging": ((CALLS, PARTNER), CALLS_FIRST),
        "digital": ((CALLS, AGENT), CALLS_FIRST),
        "used": ((AGENT, DEALER), USED_CART),
        "new_online": ((AGENT, CALLS), SOLD_ONLINE),
        "credits": ((CALLS, PARTNER), CALLS_FIRST),
        "partner_product": ((CALLS, PARTNER), PARTNERS_OWN),
        "none": ((CALLS, AGENT), OPEN_QUESTION),
    },
}


@dataclass(frozen=True)
class Default:
    source: str
    product: str
    recipient_kind: str
    fallback_kinds: tuple[str, ...]
    reason: str
    reason_zh: str
    answer_within_s: int


def defaults() -> Iterator[Default]:
    """Every pair with its recipient, who steps in, and why."""
    for source in SOURCES:
        for product in PRODUCTS:
            kinds, (reason, reason_zh) = CELLS[source][product]
            yield Default(source, product, kinds[0], kinds[1:], reason, reason_zh, ANSWER_WITHIN_S[source])


def answer_within_s(source: str, of_rule_s: int, of_signal_s: int) -> int:
    """The house's own time where it has set one in the cell; else the signal's, which knows how far a cart had come."""
    return of_signal_s if of_rule_s == ANSWER_WITHIN_S[source] else of_rule_s


def product_of(family: str, has_dealer: bool) -> str:
    """The matrix's product: a new car is a dealer's when a dealer is named, and otherwise sold by us online."""
    if family == "vehicle_new":
        return "new_dealer" if has_dealer else "new_online"
    return {
        "vehicle_used": "used",
        "charging": "charging",
        "credits": "credits",
        "subscription": "digital",
        "feature": "digital",
        "partner_product": "partner_product",
    }.get(family, "none")
