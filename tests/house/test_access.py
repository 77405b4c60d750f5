"""Who may call what, said a second time: a route is open to exactly whom this table names."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.factory import GROUND_POLICIES, house

EXPECTED = {
    "app.favicon": ("GET", "/favicon.ico", "public"),
    "app.healthz": ("GET", "/healthz", "public"),
    "app.open_link": ("GET", "/link/<token>", "public"),
    "app.mailbox": ("GET", "/mailbox", "public"),
    "app.mailbox_message": ("GET", "/mailbox/<uuid:message_id>", "public"),
    "app.metrics_page": ("GET", "/metrics", "operator"),
    "app.readyz": ("GET", "/readyz", "public"),
    "app.static_file": ("GET", "/static/<path:name>", "public"),
    "catalog.home": ("GET", "/", "public"),
    "catalog.models": ("GET", "/models", "public"),
    "catalog.model": ("GET", "/models/<slug>", "public"),
    "catalog.services": ("GET", "/services", "public"),
    "catalog.stock": ("GET", "/stock", "public"),
    "catalog.stock_item": ("GET", "/stock/<public_id>", "public"),
    "catalog.subscribe": ("GET", "/subscribe", "public"),
    "checkout.cart": ("GET", "/cart", "visitor"),
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
    "checkout.balance": ("GET", "/orders/<public_id>/balance", "grant:order"),
    "checkout.pay_balance": ("POST", "/orders/<public_id>/balance", "grant:order"),
    "checkout_webhooks.stripe": ("POST", "/webhooks/stripe", "webhook"),
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
    "conversations.say": ("POST", "/ask/<public_id>/messages", "grant:conversation"),
    "conversations.thread": ("GET", "/ask/<public_id>/thread", "grant:conversation"),
    "conversations.test_drive": ("GET", "/ask/test-drive", "visitor"),
    "conversations.send_test_drive": ("POST", "/ask/test-drive", "visitor"),
    "customers.your_consents": ("GET", "/consents", "visitor"),
    "customers.take_back": ("POST", "/consents/withdrawals", "visitor"),
    "dealer.show_board": ("GET", "/dealer", "staff:dealer,admin"),
    "dealer.order": ("GET", "/dealer/orders/<public_id>", "staff:dealer,admin"),
    "dealer.close_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>", "staff:dealer,admin"),
    "dealer.reopen_item": ("POST", "/dealer/orders/<public_id>/checklist/<key>/reopen", "staff:dealer,admin"),
    "dealer.hand_over": ("POST", "/dealer/orders/<public_id>/handover", "staff:dealer,admin"),
    "dealer.move": ("POST", "/dealer/orders/<public_id>/moves", "staff:dealer,admin"),
    "garage.garage": ("GET", "/garage", "visitor"),
    "leads.inbox": ("GET", "/leads", "staff:agent,admin,dealer"),
    "leads.lead": ("GET", "/leads/<public_id>", "staff:agent,admin,dealer"),
    "leads.move": ("POST", "/leads/<public_id>/moves", "staff:agent,admin,dealer"),
    "orders.order": ("GET", "/orders/<public_id>", "grant:order"),
    "partners.sign_in": ("GET", "/staff/sign-in", "public"),
    "partners.send_sign_in": ("POST", "/staff/sign-in", "public"),
    "partners.staff_sign_out": ("POST", "/staff/sign-out", "public"),
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
    for part in (
        "<uuid:message_id>",
        "<public_id>",
        "<line_id>",
        "<payment_id>",
        "<dispatch_id>",
        "<token>",
        "<slug>",
        "<path:name>",
        "<key>",
    ):
        rule = rule.replace(
            part, "00000000-0000-7000-8000-000000000000" if "uuid" in part else "guessed-guessed-guess"
        )
    assert "<" not in rule, rule
    return rule


STAFF_ONLY = sorted((rule, methods) for methods, rule, who in EXPECTED.values() if who.startswith("staff:"))
OF_ONE_BUYER = sorted((rule, methods) for methods, rule, who in EXPECTED.values() if who.startswith("grant:"))
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


@pytest.mark.parametrize("rule", CHANGING)
def test_nothing_changes_by_a_post_without_the_forms_token(client: FlaskClient, rule: str) -> None:
    assert client.post(address(rule), data={}).status_code == 403
