"""Who may call what, said a second time: a route is open to exactly whom this table names."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.factory import GROUND_POLICIES, house

EXPECTED = {
    "account.show": ("GET", "/account", "account"),
    "account.keep_details": ("POST", "/account/details", "account"),
    "account.leaving": ("GET", "/account/delete", "account"),
    "account.leave": ("POST", "/account/delete", "account"),
    "account.registration_options": ("POST", "/account/passkeys/options", "account"),
    "account.add_passkey": ("POST", "/account/passkeys", "account"),
    "account.name_passkey": ("POST", "/account/passkeys/<public_id>/name", "account"),
    "account.remove_passkey": ("POST", "/account/passkeys/<public_id>/remove", "account"),
    "account.end_session": ("POST", "/account/sessions/end", "account"),
    "account_carts.show": ("GET", "/account/carts", "account"),
    "account_carts.elsewhere": ("GET", "/account/carts/elsewhere", "account"),
    "account_carts.open_cart": ("POST", "/account/carts/<public_id>/open", "account"),
    "account_designs.show": ("GET", "/account/designs", "account"),
    "account_orders.show": ("GET", "/account/orders", "account"),
    "app.favicon": ("GET", "/favicon.ico", "public"),
    "app.healthz": ("GET", "/healthz", "public"),
    "app.open_link": ("GET", "/link/<token>", "public"),
    "app.mailbox": ("GET", "/mailbox", "public"),
    "app.mailbox_message": ("GET", "/mailbox/<uuid:message_id>", "public"),
    "app.metrics_page": ("GET", "/metrics", "operator"),
    "app.readyz": ("GET", "/readyz", "public"),
    "app.renew_ticket": ("GET", "/live/ticket", "visitor"),
    "app.static_file": ("GET", "/static/<path:name>", "public"),
    "reach.manifest": ("GET", "/manifest.webmanifest", "public"),
    "reach.robots": ("GET", "/robots.txt", "public"),
    "sitemap.index": ("GET", "/sitemap.xml", "public"),
    "sitemap.part": ("GET", "/sitemap/<kind>-<int:part>.xml", "public"),
    "catalog.home": ("GET", "/", "public"),
    "catalog.models": ("GET", "/models", "public"),
    "catalog.model": ("GET", "/models/<slug>", "public"),
    "catalog.services": ("GET", "/services", "public"),
    "catalog.stock": ("GET", "/stock", "public"),
    "catalog.stock_item": ("GET", "/stock/<public_id>", "public"),
    "catalog.subscribe": ("GET", "/subscribe", "public"),
    "checkout.cart": ("GET", "/cart", "visitor"),
    "checkout.choose_dealer": ("POST", "/cart/dealer", "visitor"),
    "checkout.choose_handover": ("POST", "/cart/handover", "visitor"),
    "checkout.add_line": ("POST", "/cart/lines", "visitor"),
    "checkout.renew_hold": ("POST", "/cart/lines/<line_id>/hold", "visitor"),
    "checkout.change_quantity": ("POST", "/cart/lines/<line_id>/quantity", "visitor"),
    "checkout.remove_line": ("POST", "/cart/lines/<line_id>/remove", "visitor"),
    "checkout.slots": ("GET", "/cart/slots", "visitor"),
    "checkout.checkout": ("GET", "/checkout", "visitor"),
    "checkout.cancelled": ("GET", "/checkout/cancelled", "visitor"),
    "checkout.contact": ("GET", "/checkout/contact", "visitor"),
    "checkout.give_contact": ("POST", "/checkout/contact", "visitor"),
    "checkout.handover": ("GET", "/checkout/handover", "visitor"),
    "checkout.confirm_handover": ("POST", "/checkout/handover", "visitor"),
    "checkout.pay": ("GET", "/checkout/pay", "visitor"),
    "checkout.start_payment": ("POST", "/checkout/pay", "visitor"),
    "checkout.continue_payment": ("POST", "/checkout/payments/<payment_id>/continue", "visitor"),
    "checkout.stop_payment": ("POST", "/checkout/payments/<payment_id>/stop", "visitor"),
    "checkout.returned": ("GET", "/checkout/return", "visitor"),
    "checkout.review": ("GET", "/checkout/review", "visitor"),
    "legal.withdrawal": ("GET", "/legal/withdrawal", "public"),
    "market.chooser": ("GET", "/market", "visitor"),
    "market.choose": ("POST", "/market", "visitor"),
    "checkout.balance": ("GET", "/orders/<public_id>/balance", "grant:order"),
    "checkout.pay_balance": ("POST", "/orders/<public_id>/balance", "grant:order"),
    "checkout_webhooks.stripe": ("POST", "/webhooks/stripe", "webhook"),
    "customer_panel.panel": ("GET", "/staff/panel/<kind>/<public_id>", "staff:agent,admin,dealer"),
    "customer_panel.reveal": ("POST", "/staff/panel/<kind>/<public_id>/reveal", "staff:agent,admin,dealer"),
    "configurator.compare": ("GET", "/compare", "visitor"),
    "configurator.compare_design": ("GET", "/designs/<code>/compare", "visitor"),
    "configurator.configure": ("GET", "/models/<slug>/configure", "public"),
    "configurator.design": ("GET", "/designs/<code>", "public"),
    "configurator.find": ("GET", "/designs/find", "public"),
    "configurator.keep": ("POST", "/designs", "visitor"),
    "configurator.kept": ("GET", "/designs", "visitor"),
    "conversations.console": ("GET", "/agent", "staff:agent,admin"),
    "conversations.console_list": ("GET", "/agent/conversations", "staff:agent,admin"),
    "conversations.agent_conversation": ("GET", "/agent/conversations/<public_id>", "staff:agent,admin"),
    "conversations.reply": ("POST", "/agent/conversations/<public_id>/messages", "staff:agent,admin"),
    "conversations.resolve": ("POST", "/agent/conversations/<public_id>/resolution", "staff:agent,admin"),
    "conversations.take": ("POST", "/agent/conversations/<public_id>/taking", "staff:agent,admin"),
    "conversations.agent_thread": ("GET", "/agent/conversations/<public_id>/thread", "staff:agent,admin"),
    "conversations.agent_tool": ("GET", "/agent/conversations/<public_id>/tools/<tool>", "staff:agent,admin"),
    "conversations.agent_cart": ("GET", "/agent/conversations/<public_id>/cart", "staff:agent,admin"),
    "conversations.send_link": ("POST", "/agent/conversations/<public_id>/links", "staff:agent,admin"),
    "conversations.suggest_in_cart": (
        "POST",
        "/agent/conversations/<public_id>/suggestions",
        "staff:agent,admin",
    ),
    "conversations.hold_time": ("POST", "/agent/conversations/<public_id>/slots", "staff:agent,admin"),
    "conversations.agree_call": ("POST", "/agent/conversations/<public_id>/calls", "staff:agent,admin"),
    "conversations.hand_to_dealer": (
        "POST",
        "/agent/conversations/<public_id>/hand-over",
        "staff:agent,admin",
    ),
    "conversations.withdraw_hand_over": (
        "POST",
        "/agent/conversations/<public_id>/hand-over/withdrawal",
        "staff:agent,admin",
    ),
    "conversations.write_note": ("POST", "/agent/conversations/<public_id>/notes", "staff:agent,admin"),
    "conversations.snooze": ("POST", "/agent/conversations/<public_id>/snooze", "staff:agent,admin"),
    "conversations.transfer": ("POST", "/agent/conversations/<public_id>/transfer", "staff:agent,admin"),
    "conversations.answers": ("GET", "/agent/answers", "staff:agent,admin"),
    "conversations.answer": ("GET", "/agent/answers/<public_id>", "staff:admin"),
    "conversations.add_answer": ("POST", "/agent/answers", "staff:admin"),
    "conversations.keep_answer": ("POST", "/agent/answers/<public_id>", "staff:admin"),
    "conversations.remove_answer": ("POST", "/agent/answers/<public_id>/removal", "staff:admin"),
    "conversations.calls": ("GET", "/agent/calls", "staff:agent,admin"),
    "conversations.calls_list": ("GET", "/agent/calls/list", "staff:agent,admin"),
    "conversations.try_call": ("POST", "/agent/calls/<public_id>/tries", "staff:agent,admin"),
    "conversations.dealer_threads": ("GET", "/dealer/threads", "staff:dealer,admin"),
    "conversations.dealer_threads_list": ("GET", "/dealer/threads/list", "staff:dealer,admin"),
    "conversations.dealer_thread": ("GET", "/dealer/threads/<public_id>", "staff:dealer,admin"),
    "conversations.dealer_thread_part": ("GET", "/dealer/threads/<public_id>/thread", "staff:dealer,admin"),
    "conversations.dealer_reply": ("POST", "/dealer/threads/<public_id>/messages", "staff:dealer,admin"),
    "conversations.answer_card": ("POST", "/ask/<public_id>/cards/<card_id>", "grant:conversation"),
    "conversations.ask": ("GET", "/ask", "visitor"),
    "conversations.send_ask": ("POST", "/ask", "visitor"),
    "conversations.conversation": ("GET", "/ask/<public_id>", "grant:conversation"),
    "conversations.help_sheet": ("GET", "/ask/sheet", "visitor"),
    "conversations.leave_contact": ("POST", "/ask/<public_id>/contact", "grant:conversation"),
    "conversations.news": ("GET", "/ask/<public_id>/news", "grant:conversation"),
    "conversations.say": ("POST", "/ask/<public_id>/messages", "grant:conversation"),
    "conversations.thread": ("GET", "/ask/<public_id>/thread", "grant:conversation"),
    "stalls.here": ("GET", "/ask/here", "visitor"),
    "stalls.take": ("POST", "/ask/offers/<public_id>/taking", "visitor"),
    "stalls.dismiss": ("POST", "/ask/offers/<public_id>/dismissal", "visitor"),
    "stalls.stall": ("GET", "/agent/stalls/<public_id>", "staff:agent,admin"),
    "stalls.stall_now": ("GET", "/agent/stalls/<public_id>/now", "staff:agent,admin"),
    "stalls.offer": ("POST", "/agent/stalls/<public_id>/offer", "staff:agent,admin"),
    "conversations.test_drive": ("GET", "/ask/test-drive", "visitor"),
    "conversations.send_test_drive": ("POST", "/ask/test-drive", "visitor"),
    "customers.your_consents": ("GET", "/consents", "visitor"),
    "customers.take_back": ("POST", "/consents/withdrawals", "visitor"),
    "dealer.show_board": ("GET", "/dealer", "staff:dealer,admin"),
    "dealer_board.find": ("POST", "/dealer/find", "staff:dealer,admin"),
    "dealer_board.sheet": ("GET", "/dealer/sheet", "staff:dealer,admin"),
    "dealer_board.lanes": ("GET", "/dealer/lanes", "staff:dealer,admin"),
    "dealer_board.plan": ("POST", "/dealer/lanes/<public_id>", "staff:dealer,admin"),
    "dealer_board.unplan": ("POST", "/dealer/lanes/<public_id>/unplan", "staff:dealer,admin"),
    "dealer.order": ("GET", "/dealer/orders/<public_id>", "staff:dealer,admin"),
    "dealer.assign_vin": ("POST", "/dealer/orders/<public_id>/cars/<int:place>/vin", "staff:dealer,admin"),
    "dealer.close_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>", "staff:dealer,admin"),
    "dealer.reopen_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>/reopen", "staff:dealer,admin"),
    "dealer.hand_over": ("POST", "/dealer/orders/<public_id>/handover", "staff:dealer,admin"),
    "house_orders.waiting": ("GET", "/house/orders", "staff:agent,admin"),
    "house_orders.choose": ("GET", "/house/orders/<public_id>", "staff:agent,admin"),
    "house_orders.move": ("POST", "/house/orders/<public_id>/dealer", "staff:agent,admin"),
    "order_desk.answer": ("POST", "/dealer/orders/<public_id>/answer", "staff:dealer,admin"),
    "order_desk.add_task": ("POST", "/dealer/orders/<public_id>/tasks", "staff:dealer,admin"),
    "order_desk.finish_task": (
        "POST",
        "/dealer/orders/<public_id>/tasks/<task_id>/done",
        "staff:dealer,admin",
    ),
    "order_desk.reopen_task": (
        "POST",
        "/dealer/orders/<public_id>/tasks/<task_id>/reopen",
        "staff:dealer,admin",
    ),
    "order_desk.write_note": ("POST", "/dealer/orders/<public_id>/notes", "staff:dealer,admin"),
    "order_desk.add_photo": ("POST", "/dealer/orders/<public_id>/photos", "staff:dealer,admin"),
    "order_desk.photo": ("GET", "/dealer/orders/<public_id>/photos/<photo_id>.jpg", "staff:dealer,admin"),
    "order_desk.remove_photo": (
        "POST",
        "/dealer/orders/<public_id>/photos/<photo_id>/remove",
        "staff:dealer,admin",
    ),
    "order_desk.show_photo": (
        "POST",
        "/dealer/orders/<public_id>/photos/<photo_id>/buyer",
        "staff:dealer,admin",
    ),
    "order_desk.sign": ("POST", "/dealer/orders/<public_id>/signatures/<side>", "staff:dealer,admin"),
    "order_desk.set_off": ("POST", "/dealer/orders/<public_id>/door/set-off", "staff:dealer,admin"),
    "order_desk.enter_code": ("POST", "/dealer/orders/<public_id>/door/code", "staff:dealer,admin"),
    "order_desk.go_without_code": (
        "POST",
        "/dealer/orders/<public_id>/door/without-code",
        "staff:dealer,admin",
    ),
    "order_desk.turn_back": ("POST", "/dealer/orders/<public_id>/door/turn-back", "staff:dealer,admin"),
    "order_desk.protocol_pdf": ("GET", "/dealer/orders/<public_id>/handover.pdf", "staff:dealer,admin"),
    "order_desk.news": ("GET", "/dealer/orders/<public_id>/news", "staff:dealer,admin"),
    "order_buyer.protocol_pdf": ("GET", "/orders/<public_id>/handover.pdf", "grant:order"),
    "order_buyer.photo": ("GET", "/orders/<public_id>/photos/<photo_id>.jpg", "grant:order"),
    "dealer.move": ("POST", "/dealer/orders/<public_id>/moves", "staff:dealer,admin"),
    "entrance.sign_in": ("GET", "/account/sign-in", "public"),
    "entrance.ask_for_link": ("POST", "/account/sign-in", "public"),
    "entrance.confirm": ("GET", "/account/sign-in/confirm", "public"),
    "entrance.enter": ("POST", "/account/sign-in/confirm", "public"),
    "entrance.link_sent": ("GET", "/account/sign-in/sent", "public"),
    "entrance.open_link": ("GET", "/account/link/<token>", "public"),
    "entrance.sign_out": ("POST", "/account/sign-out", "public"),
    "entrance.passkey_options": ("POST", "/account/passkey/options", "public"),
    "entrance.enter_by_passkey": ("POST", "/account/passkey", "public"),
    "garage.garage": ("GET", "/garage", "visitor"),
    "leads.look_again": ("GET", "/leads/rows", "staff:agent,admin,dealer"),
    "leads.more": ("GET", "/leads/more", "staff:agent,admin,dealer"),
    "leads.touch": ("POST", "/leads/<public_id>/outcomes", "staff:agent,admin,dealer"),
    "leads.note": ("POST", "/leads/<public_id>/notes", "staff:agent,admin,dealer"),
    "leads.snooze": ("POST", "/leads/<public_id>/snooze", "staff:agent,admin,dealer"),
    "leads.assign": ("POST", "/leads/<public_id>/assignment", "staff:agent,admin,dealer"),
    "leads.link": ("POST", "/leads/<public_id>/link", "staff:agent,admin"),
    "leads.unlink": ("POST", "/leads/<public_id>/unlink", "staff:agent,admin"),
    "leads.undo_link": ("POST", "/leads/<public_id>/link/undo", "staff:agent,admin"),
    "leads.export": ("GET", "/leads.csv", "staff:agent,admin"),
    "leads.inbox": ("GET", "/leads", "staff:agent,admin,dealer"),
    "leads.lead": ("GET", "/leads/<public_id>", "staff:agent,admin,dealer"),
    "leads.move": ("POST", "/leads/<public_id>/moves", "staff:agent,admin,dealer"),
    "checkout_settings.show": ("GET", "/admin/settings", "staff:admin"),
    "checkout_settings.change": ("POST", "/admin/settings", "staff:admin"),
    "texts.index": ("GET", "/admin/texts", "staff:admin"),
    "texts.show": ("GET", "/admin/texts/<context>/<name>", "staff:admin"),
    "texts.change": ("POST", "/admin/texts/<context>/<name>", "staff:admin"),
    "promotions.show": ("GET", "/admin/promotions", "staff:admin"),
    "promotions.add": ("POST", "/admin/promotions", "staff:admin"),
    "promotions.switch": ("POST", "/admin/promotions/<public_id>", "staff:admin"),
    "operator.show": ("GET", "/admin/operator", "staff:admin"),
    "operator.try_again": ("POST", "/admin/operator/events", "staff:admin"),
    "insights.show": ("GET", "/insights", "staff:admin"),
    "ladder.accept": ("POST", "/leads/<public_id>/accept", "staff:agent,admin,dealer"),
    "ladder.declining": ("GET", "/leads/<public_id>/decline", "staff:agent,admin,dealer"),
    "ladder.decline": ("POST", "/leads/<public_id>/decline", "staff:agent,admin,dealer"),
    "demo_cars.listed": ("GET", "/dealer/demo-cars", "staff:dealer,admin"),
    "demo_cars.add": ("POST", "/dealer/demo-cars", "staff:dealer,admin"),
    "demo_cars.switch": ("POST", "/dealer/demo-cars/<public_id>/active", "staff:dealer,admin"),
    "drives.settle": ("POST", "/leads/<public_id>/drive", "staff:agent,admin,dealer"),
    "claims.claim": ("GET", "/claims/<public_id>", "grant:contact_claim"),
    "claims.answer": ("POST", "/claims/<public_id>/answer", "grant:contact_claim"),
    "claims.of_conversation": ("GET", "/ask/<public_id>/claims", "grant:conversation"),
    "leads_api.report_outcome": ("POST", "/api/v1/leads/<number>/outcome", "webhook"),
    "matrix.grid": ("GET", "/leads/matrix", "staff:admin"),
    "matrix.cell": ("GET", "/leads/matrix/<source>/<product>", "staff:admin"),
    "matrix.change": ("POST", "/leads/matrix/<source>/<product>", "staff:admin"),
    "orders.order": ("GET", "/orders/<public_id>", "grant:order"),
    "order_buyer.cancelling_page": ("GET", "/orders/<public_id>/cancel", "grant:order"),
    "order_buyer.cancel": ("POST", "/orders/<public_id>/cancel", "grant:order"),
    "order_buyer.choose": ("GET", "/orders/<public_id>/handover", "grant:order"),
    "order_buyer.change": ("GET", "/orders/<public_id>/handover/change", "grant:order"),
    "order_buyer.confirm_change": ("POST", "/orders/<public_id>/handover/change", "grant:order"),
    "order_buyer.paper": ("GET", "/orders/<public_id>/papers/<kind>", "grant:order"),
    "order_buyer.share": ("POST", "/orders/<public_id>/share", "grant:order"),
    "order_buyer.stop_sharing": ("POST", "/orders/<public_id>/share/stop", "grant:order"),
    "order_buyer.status": ("GET", "/orders/<public_id>/status", "grant:order_view"),
    "order_buyer.of_line": ("GET", "/orders/lines/<line_id>", "grant:order"),
    "admin.index": ("GET", "/admin", "staff:admin"),
    "recipients.listed": ("GET", "/admin/recipients", "staff:admin"),
    "recipients.add": ("POST", "/admin/recipients", "staff:admin"),
    "recipients.new": ("GET", "/admin/recipients/new", "staff:admin"),
    "recipients.recipient": ("GET", "/admin/recipients/<public_id>", "staff:admin"),
    "recipients.change": ("POST", "/admin/recipients/<public_id>", "staff:admin"),
    "recipients.change_secret": ("POST", "/admin/recipients/<public_id>/secret", "staff:admin"),
    "trials.trial": ("GET", "/admin/recipients/<public_id>/test", "staff:admin"),
    "trials.start": ("POST", "/admin/recipients/<public_id>/test", "staff:admin"),
    "outgoing.listed": ("GET", "/admin/deliveries", "staff:admin"),
    "outgoing.delivery": ("GET", "/admin/deliveries/<uuid:delivery_id>", "staff:admin"),
    "outgoing.replay": ("POST", "/admin/deliveries/<uuid:delivery_id>/replay", "staff:admin"),
    "outgoing.replay_parked": ("POST", "/admin/deliveries/replays", "staff:admin"),
    "hours.own": ("GET", "/dealer/hours", "staff:dealer,admin"),
    "hours.place": ("GET", "/dealer/hours/<public_id>", "staff:dealer,admin"),
    "hours.change": ("POST", "/dealer/hours/<public_id>/<purpose>", "staff:dealer,admin"),
    "hours.add_day_off": ("POST", "/dealer/hours/<public_id>/days-off", "staff:dealer,admin"),
    "hours.take_back_day_off": (
        "POST",
        "/dealer/hours/<public_id>/days-off/<uuid:holiday_id>/remove",
        "staff:dealer,admin",
    ),
    "hours.change_slots": ("POST", "/dealer/hours/<public_id>/slots", "staff:dealer,admin"),
    "partners.sign_in": ("GET", "/staff/sign-in", "public"),
    "audit.show": ("GET", "/admin/audit", "staff:admin"),
    "second_step.code": ("GET", "/staff/sign-in/code", "public"),
    "second_step.send_code": ("POST", "/staff/sign-in/code", "public"),
    "second_step.enrolment": ("GET", "/staff/sign-in/second-factor", "public"),
    "second_step.picture": ("GET", "/staff/sign-in/second-factor.svg", "public"),
    "second_step.send_enrolment": ("POST", "/staff/sign-in/second-factor", "public"),
    "staff_desk.people": ("GET", "/admin/staff", "staff:admin"),
    "staff_desk.invite": ("GET", "/admin/staff/invite", "staff:admin"),
    "staff_desk.send_invitation": ("POST", "/admin/staff/invite", "staff:admin"),
    "staff_desk.send_again": ("POST", "/admin/staff/invitations/<public_id>/again", "staff:admin"),
    "staff_desk.withdraw": ("POST", "/admin/staff/invitations/<public_id>/withdraw", "staff:admin"),
    "staff_desk.person": ("GET", "/admin/staff/<public_id>", "staff:admin"),
    "staff_desk.change_roles": ("POST", "/admin/staff/<public_id>/roles", "staff:admin"),
    "staff_desk.switch_off": ("POST", "/admin/staff/<public_id>/off", "staff:admin"),
    "staff_desk.switch_on": ("POST", "/admin/staff/<public_id>/on", "staff:admin"),
    "staff_desk.remove_factor": ("POST", "/admin/staff/<public_id>/second-factor/remove", "staff:admin"),
    "staff_desk.sign_out": ("POST", "/admin/staff/<public_id>/sign-out", "staff:admin"),
    "staff_me.show": ("GET", "/staff/me", "staff:agent,dealer,admin"),
    "staff_me.keep": ("POST", "/staff/me", "staff:agent,dealer,admin"),
    "staff_me.change_password": ("POST", "/staff/me/password", "staff:agent,dealer,admin"),
    "staff_me.end_session": ("POST", "/staff/me/sessions/end", "staff:agent,dealer,admin"),
    "staff_me.begin_factor": ("POST", "/staff/me/second-factor", "staff:agent,dealer,admin"),
    "staff_me.factor": ("GET", "/staff/me/second-factor", "staff:agent,dealer,admin"),
    "staff_me.picture": ("GET", "/staff/me/second-factor.svg", "staff:agent,dealer,admin"),
    "staff_me.confirm_factor": ("POST", "/staff/me/second-factor/code", "staff:agent,dealer,admin"),
    "staff_me.remove_factor": ("POST", "/staff/me/second-factor/remove", "staff:agent,dealer,admin"),
    "staff_me.renew_codes": ("POST", "/staff/me/second-factor/codes", "staff:agent,dealer,admin"),
    "staff_me.choose_place": ("POST", "/staff/place", "staff:agent,dealer,admin"),
    "welcome.open_link": ("GET", "/staff/invite/<token>", "public"),
    "welcome.show": ("GET", "/staff/welcome", "public"),
    "welcome.accept": ("POST", "/staff/welcome", "public"),
    "partners.send_sign_in": ("POST", "/staff/sign-in", "public"),
    "partners.staff_sign_out": ("POST", "/staff/sign-out", "public"),
    "styleguide.component": ("GET", "/styleguide/<name>", "public"),
    "styleguide.index": ("GET", "/styleguide", "public"),
    "sharing.accept": ("POST", "/cart/comments/<comment_id>/accept", "visitor"),
    "sharing.change_plan": ("POST", "/cart/lines/<line_id>/plan", "visitor"),
    "sharing.decline": ("POST", "/cart/comments/<comment_id>/decline", "visitor"),
    "sharing.invite": ("POST", "/cart/share", "visitor"),
    "sharing.join": ("POST", "/cart/shared/<public_id>/name", "grant:cart"),
    "sharing.plan": ("GET", "/cart/lines/<line_id>/plan", "visitor"),
    "sharing.pulse": ("GET", "/cart/pulse", "visitor"),
    "sharing.put_back": ("POST", "/cart/saved/<line_id>/back", "visitor"),
    "sharing.remove_person": ("POST", "/cart/share/people/<member_id>/remove", "visitor"),
    "sharing.remove_saved": ("POST", "/cart/saved/<line_id>/remove", "visitor"),
    "sharing.revoke": ("POST", "/cart/share/<invitation_id>/revoke", "visitor"),
    "sharing.revoke_all": ("POST", "/cart/share/revoke", "visitor"),
    "sharing.save_line": ("POST", "/cart/lines/<line_id>/save", "visitor"),
    "sharing.say": ("POST", "/cart/comments", "visitor"),
    "sharing.share": ("GET", "/cart/share", "visitor"),
    "sharing.shared": ("GET", "/cart/shared/<public_id>", "grant:cart"),
    "sharing.shared_pulse": ("GET", "/cart/shared/<public_id>/pulse", "grant:cart"),
    "sharing.shared_say": ("POST", "/cart/shared/<public_id>/comments", "grant:cart"),
    "sharing.shared_take_back": (
        "POST",
        "/cart/shared/<public_id>/comments/<comment_id>/remove",
        "grant:cart",
    ),
    "sharing.suggest": ("POST", "/cart/shared/<public_id>/suggestions", "grant:cart"),
    "sharing.take_back": ("POST", "/cart/comments/<comment_id>/remove", "visitor"),
}
"""Endpoint -> (methods, address, who)."""


def test_every_route_stands_in_the_table_and_the_table_holds_nothing_else(flask_app: Flask) -> None:
    policies = dict(GROUND_POLICIES)
    for wiring in house().wirings:
        policies.update(wiring.policies)

    found = {
        rule.endpoint: (
            ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            rule.rule,
            policies[rule.endpoint].name,
        )
        for rule in flask_app.url_map.iter_rules()
    }

    assert found == EXPECTED


def address(rule: str) -> str:
    """With things in it that nobody has."""
    samples = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1"}
    rule = re.sub(
        r"<(?:(\w+):)?\w+>", lambda part: samples.get(part.group(1) or "", "guessed-guessed-guess"), rule
    )
    assert "<" not in rule, rule
    return rule


STAFF_ONLY = sorted((rule, methods) for methods, rule, who in EXPECTED.values() if who.startswith("staff:"))
OF_ONE_BUYER = sorted((rule, methods) for methods, rule, who in EXPECTED.values() if who.startswith("grant:"))
OF_AN_ACCOUNT = sorted((rule, methods) for methods, rule, who in EXPECTED.values() if who == "account")
CHANGING = sorted(rule for methods, rule, who in EXPECTED.values() if "POST" in methods and who != "webhook")


@pytest.mark.parametrize(("rule", "methods"), STAFF_ONLY)
def test_a_stranger_gets_into_no_console(client: FlaskClient, rule: str, methods: str) -> None:
    answer = client.open(address(rule), method=methods.split(",")[0], headers={"Accept": "application/json"})

    assert answer.status_code in (401, 403, 404)


@pytest.mark.parametrize(("rule", "methods"), OF_ONE_BUYER)
def test_a_guessed_address_of_somebody_elses_thing_tells_nothing(
    client: FlaskClient, rule: str, methods: str
) -> None:
    answer = client.open(address(rule), method=methods.split(",")[0])

    assert answer.status_code in (403, 404)


@pytest.mark.parametrize(("rule", "methods"), OF_AN_ACCOUNT)
def test_an_account_opens_to_whoever_signed_in_only(client: FlaskClient, rule: str, methods: str) -> None:
    answer = client.open(address(rule), method=methods.split(",")[0], headers={"Accept": "application/json"})

    assert answer.status_code in (401, 403)


@pytest.mark.parametrize("rule", CHANGING)
def test_nothing_changes_by_a_post_without_the_forms_token(client: FlaskClient, rule: str) -> None:
    assert client.post(address(rule), data={}).status_code == 403
