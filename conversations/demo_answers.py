"""Answers that a desk keeps ready from its first day."""

from datetime import datetime

from app.db import close_reading, transaction
from app.events import SYSTEM
from conversations import canned
from conversations.canned import CannedAnswer

ANSWERS: tuple[tuple[str, str | None, str | None, int, str, str, str, str], ...] = (
    (
        "hello",
        None,
        None,
        10,
        "Hello, I am looking",
        "Hello {name}, I am looking at it now and write again in a minute.",
        "你好，正在看",
        "{name}你好，我正在看，一分钟内回复你。",
    ),
    (
        "page",
        None,
        None,
        20,
        "The page",
        "You find it here: {url}",
        "页面在这里",
        "在这里可以看到：{url}",
    ),
    (
        "call",
        None,
        None,
        30,
        "Shall we call",
        "Some of this is said faster than written. Shall we call you? Tell me when it suits you.",
        "需要电话吗",
        "有些话电话里说更快。需要我们给你回电吗？告诉我方便的时间就好。",
    ),
    (
        "delivery",
        "vehicle_new",
        "handover",
        40,
        "Home delivery or dealer",
        "Both cost what the page shows. Choose the day you like; it is held while you decide.",
        "送车还是到店",
        "两种方式的费用都写在页面上。先选一个日子，决定之前会为你留着。",
    ),
    (
        "tax",
        "vehicle_new",
        "review",
        50,
        "How the tax is reckoned",
        "The tax is 5% of the price without VAT and goes to the state, not to us. The line on the page shows the sum.",
        "税怎么算",
        "购置税按不含税价的 5% 计算，交给国家，不是我们收的。页面上有明细。",
    ),
    (
        "deposit",
        "vehicle_new",
        "pay",
        60,
        "What the deposit is",
        "The deposit counts towards the price. Until the date on the order you can cancel and have it back in full.",
        "定金说明",
        "定金计入车价。订单上写明的日期之前可以取消，全额退回。",
    ),
    (
        "declined",
        None,
        "pay",
        70,
        "The bank said no",
        "No money has moved and your time is still held. Most often the card has a daily limit; another card or "
        "your bank’s app helps.",
        "银行没有通过",
        "没有扣款，时段还为你留着。多半是卡的单日限额，换一张卡，或在银行 App 里调整就可以。",
    ),
    (
        "colours",
        "vehicle_new",
        "configure",
        80,
        "Colours and the week",
        "Every paint is delivered in the same week. I can put another look into your cart, and you compare.",
        "颜色和交付",
        "换颜色不影响交付的那一周。我可以把另一种搭配放进你的购物车，你对比一下。",
    ),
    (
        "drive",
        "vehicle_used",
        None,
        90,
        "See it and drive it",
        "The car stands at {dealer}. You can drive it there before you decide; shall I ask for a time?",
        "看车试驾",
        "车在{dealer}，决定之前可以先去试驾。要我帮你约个时间吗？",
    ),
    (
        "credits",
        "credits",
        None,
        100,
        "What credits pay for",
        "Credits pay for charging and for what stands on the services page: {url}",
        "出行点数怎么用",
        "出行点数可以付充电和服务页上的其他项目：{url}",
    ),
)


def demo(at: datetime) -> None:
    if CannedAnswer.listed():
        return
    close_reading()
    with transaction():
        plant(at)


def plant(at: datetime) -> None:
    for key, family, step, position, title, body, title_zh, body_zh in ANSWERS:
        for language, shown, words in (("en", title, body), ("zh", title_zh, body_zh)):
            told = {
                "key": key,
                "family": family,
                "step": step,
                "language": language,
                "title": shown,
                "body": words,
                "position": position,
            }
            canned.keep(None, told, SYSTEM, at)
