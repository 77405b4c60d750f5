"""The sentences of the sandbox's own pages, in English and Chinese."""

from collections.abc import Callable

from werkzeug.datastructures import LanguageAccept

Say = Callable[..., str]

SENTENCES: dict[str, tuple[str, str]] = {
    "banner": ("Payment sandbox: no money moves", "支付沙盒：不会扣款"),
    "pay.title": ("Pay {merchant}", "向 {merchant} 付款"),
    "pay.heading": ("Pay by card", "用银行卡付款"),
    "pay.lead": (
        "A stand-in for the payment provider’s page. Only test cards work here.",
        "这里代替支付机构的付款页，只接受测试卡。",
    ),
    "pay.free": ("Nothing to pay today. Confirm to go on.", "今天不用付款，确认后继续。"),
    "pay.button": ("Pay {amount}", "付 {amount}"),
    "pay.confirm": ("Confirm", "确认"),
    "pay.back": ("Back to the shop", "返回商店"),
    "pay.left": ("This page stays open for {minutes} more minutes.", "此页还能用 {minutes} 分钟。"),
    "pay.left_hours": ("This page stays open for {hours} more hours.", "此页还能用 {hours} 小时。"),
    "pay.kept": (
        "The card is kept with the payment provider for later payments you have agreed to.",
        "银行卡由支付机构保存，用于你同意过的后续付款。",
    ),
    "pay.held": (
        "The amount is held on your card now and taken later.",
        "现在只在卡上预授权，之后才扣款。",
    ),
    "summary.heading": ("What you pay", "付款明细"),
    "summary.total": ("Total", "合计"),
    "summary.each": ("{quantity} × {price}", "{quantity} × {price}"),
    "field.email": ("E-mail", "邮箱"),
    "field.number": ("Card number", "卡号"),
    "field.expiry": ("Expiry", "有效期"),
    "field.cvc": ("Security code", "安全码"),
    "field.name": ("Name on card", "持卡人姓名"),
    "hint.number": ("12 to 19 digits. Spaces are fine.", "12 至 19 位数字，可以有空格。"),
    "hint.expiry": ("Month / year", "月 / 年"),
    "hint.cvc": ("3 or 4 digits", "3 或 4 位"),
    "again": (
        "The card number and security code are never kept, so they have to be typed again.",
        "卡号和安全码从不保存，需要重新填写。",
    ),
    "errors.one": ("One field needs another look", "有 1 处需要改"),
    "errors.many": ("{count} fields need another look", "有 {count} 处需要改"),
    "email.form": (
        "This is not an e-mail address yet, like name@example.com",
        "邮箱还不完整，例如 name@example.com",
    ),
    "number.empty": ("The card number is missing", "还没有填卡号"),
    "number.digits": ("A card number has digits only", "卡号只能是数字"),
    "number.length": ("A card number has 12 to 19 digits", "卡号应为 12 至 19 位"),
    "number.luhn": ("One of the digits is not right: compare with the card", "有一位数字不对，请与卡面核对"),
    "number.not_a_test_card": (
        "Only test cards work in the sandbox, such as 4242 4242 4242 4242",
        "沙盒只接受测试卡，例如 4242 4242 4242 4242",
    ),
    "expiry.form": ("The expiry date has a month and a year, like 04 / 29", "有效期应为月和年，例如 04 / 29"),
    "expiry.month": ("The month goes from 01 to 12", "月份应为 01 至 12"),
    "expiry.past": ("This card has expired", "这张卡已过期"),
    "expiry.far": ("This year is too far ahead", "年份太远"),
    "cvc.empty": ("The security code is missing", "还没有填安全码"),
    "cvc.three": ("The security code has 3 digits", "安全码应为 3 位数字"),
    "cvc.four": ("The security code has 4 digits", "安全码应为 4 位数字"),
    "name.empty": ("The name on the card is missing", "还没有填持卡人姓名"),
    "name.long": ("The name has 100 characters at most", "姓名最多 100 个字"),
    "declined.heading": ("The payment did not go through", "付款没有成功"),
    "declined.another": (
        "No money has moved. You can try another card.",
        "没有扣款，可以换一张卡再试。",
    ),
    "declined.generic_decline": ("Your bank said no.", "银行没有通过。"),
    "declined.insufficient_funds": (
        "Your bank said no: there is not enough money on this card.",
        "银行没有通过：卡内余额不足。",
    ),
    "declined.lost_card": ("Your bank said no to this card.", "银行不接受这张卡。"),
    "declined.stolen_card": ("Your bank said no to this card.", "银行不接受这张卡。"),
    "declined.expired_card": ("Your bank says this card has expired.", "银行表示这张卡已过期。"),
    "declined.incorrect_cvc": ("Your bank says the security code is wrong.", "银行表示安全码不对。"),
    "declined.processing_error": (
        "The bank could not be reached. Trying again in a moment may work.",
        "暂时没有连上银行，稍后再试可能就好。",
    ),
    "declined.authentication_required": ("Your bank wants to see you confirm this.", "银行需要你本人确认。"),
    "declined.payment_intent_authentication_failure": (
        "Your bank could not confirm that it was you.",
        "银行没能确认是你本人。",
    ),
    "tests.heading": ("Test cards", "测试卡"),
    "tests.any": (
        "Any expiry date ahead, any security code, any name.",
        "有效期填将来的，安全码和姓名随意。",
    ),
    "tests.pays": ("pays", "付款成功"),
    "tests.authenticates": ("asks the bank first", "先到银行验证"),
    "tests.declined": ("the bank says no", "银行拒绝"),
    "tests.poor": ("not enough money", "余额不足"),
    "tests.expired": ("expired", "已过期"),
    "tests.code": ("wrong security code", "安全码错误"),
    "tests.busy": ("bank out of reach", "银行连不上"),
    "bank.title": ("Confirm with your bank", "银行验证"),
    "bank.lead": (
        "Your bank would now ask for a code or a fingerprint. In the sandbox you choose how it ends.",
        "此时银行会请你输入验证码或按指纹。在沙盒里，由你决定结果。",
    ),
    "bank.merchant": ("Shop", "商店"),
    "bank.amount": ("Amount", "金额"),
    "bank.card": ("Card", "银行卡"),
    "bank.complete": ("Complete authentication", "验证通过"),
    "bank.fail": ("Fail authentication", "验证失败"),
    "done.title": ("This has been paid", "已付款"),
    "done.lead": ("There is nothing more to do here.", "这里没有要做的了。"),
    "done.link": ("Go on in the shop", "回到商店继续"),
    "failed.title": ("This was not confirmed", "验证没有通过"),
    "closed.title": ("This payment page has closed", "付款页已关闭"),
    "closed.lead": (
        "No money has moved. The shop can open a new one.",
        "没有扣款。可以回商店重新打开付款页。",
    ),
    "lost.title": ("There is no such payment page", "没有这个付款页"),
    "lost.lead": ("The address may be incomplete.", "地址可能不完整。"),
    "broken.title": ("Something broke on this page", "这一页出错了"),
    "broken.lead": ("It is written down. Trying again may work.", "已经记录下来，可以再试一次。"),
    "stale.title": ("The page was out of date", "页面已过时"),
    "stale.lead": (
        "No money has moved. Open the payment page again from the shop.",
        "没有扣款。请从商店重新打开付款页。",
    ),
    "desk.title": ("Payment sandbox", "支付沙盒"),
    "desk.lead": (
        "Stand-in for the payment provider. Times are UTC by the sandbox’s clock.",
        "代替支付机构。时间为沙盒时钟的 UTC 时间。",
    ),
    "desk.clock": ("The clock is {seconds} s ahead.", "时钟拨快了 {seconds} 秒。"),
    "desk.faults": ("Faults are switched on: {faults}", "故障开关已打开：{faults}"),
    "desk.sessions": ("Payment pages", "付款页"),
    "desk.payments": ("Payments", "付款"),
    "desk.deliveries": ("Webhooks", "回调通知"),
    "desk.none": ("Nothing yet.", "暂无。"),
    "col.at": ("Time", "时间"),
    "col.session": ("Page", "付款页"),
    "col.reference": ("Reference", "商店编号"),
    "col.amount": ("Amount", "金额"),
    "col.state": ("State", "状态"),
    "col.payment": ("Payment", "付款"),
    "col.card": ("Card", "银行卡"),
    "col.refunded": ("Refunded", "已退款"),
    "col.event": ("Event", "事件"),
    "col.target": ("To", "发往"),
    "col.attempts": ("Attempts", "次数"),
    "col.answer": ("Answer", "回应"),
    "col.action": ("Action", "操作"),
    "desk.resend": ("Send again", "重发"),
    "desk.configured": ("configured shop", "已配置的商店"),
    "state.open": ("open", "待付款"),
    "state.complete": ("complete", "已完成"),
    "state.expired": ("expired", "已过期"),
    "state.requires_payment_method": ("needs a card", "等待银行卡"),
    "state.requires_confirmation": ("needs confirming", "等待确认"),
    "state.requires_action": ("at the bank", "银行验证中"),
    "state.requires_capture": ("held", "已预授权"),
    "state.succeeded": ("paid", "已付款"),
    "state.canceled": ("cancelled", "已取消"),
    "state.waiting": ("waiting", "待发送"),
    "state.sending": ("on its way", "发送中"),
    "state.delivered": ("delivered", "已送达"),
    "state.failed": ("given up", "已放弃"),
    "state.dropped": ("not sent", "未发送"),
}


def language(locale: str | None, accepted: LanguageAccept) -> str:
    """``en`` or ``zh``: the session's locale, else what the browser asks for."""
    if locale and locale != "auto":
        return "zh" if locale.startswith("zh") else "en"
    for wanted, _ in accepted:
        if wanted.lower().startswith(("zh", "en")):
            return wanted[:2].lower()
    return "en"


def speaker(code: str) -> Say:
    place = 1 if code == "zh" else 0

    def say(sentence: str, **facts: object) -> str:
        return SENTENCES[sentence][place].format(**facts)

    return say
