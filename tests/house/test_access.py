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
    "conversations.ask": ("GET", "/ask", "visitor"),
    "conversations.send_ask": ("POST", "/ask", "visitor"),
    "conversations.conversation": ("GET", "/ask/<public_id>", "grant:conversation"),
    "conversations.help_sheet": ("GET", "/ask/sheet", "visitor"),
    "conversations.leave_contact": ("POST", "/ask/<public_id>/contact", "grant:conversation"),
    "conversations.news": ("GET", "/ask/<public_id>/news", "grant:conversation"),
    "conversations.say": ("POST", "/ask/<public_id>/messages", "grant:conversation"),
    "conversations.thread": ("GET", "/ask/<public_id>/thread", "grant:conversation"),
    "conversations.test_drive": ("GET", "/ask/test-drive", "visitor"),
    "conversations.send_test_drive": ("POST", "/ask/test-drive", "visitor"),
    "customers.your_consents": ("GET", "/consents", "visitor"),
    "customers.take_back": ("POST", "/consents/withdrawals", "visitor"),
    "dealer.show_board": ("GET", "/dealer", "staff:dealer,admin"),
    "dealer.order": ("GET", "/dealer/orders/<public_id>", "staff:dealer,admin"),
    "dealer.assign_vin": ("POST", "/dealer/orders/<public_id>/cars/<int:place>/vin", "staff:dealer,admin"),
    "dealer.close_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>", "staff:dealer,admin"),
    "dealer.reopen_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>/reopen", "staff:dealer,admin"),
    "dealer.hand_over": ("POST", "/dealer/orders/<public_id>/handover", "staff:dealer,admin"),
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
    "leads.inbox": ("GET", "/leads", "staff:agent,admin,dealer"),
    "leads.lead": ("GET", "/leads/<public_id>", "staff:agent,admin,dealer"),
    "leads.move": ("POST", "/leads/<public_id>/moves", "staff:agent,admin,dealer"),
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
    "partners.sign_in": ("GET", "/staff/sign-in", "public"),
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
