"""The command line of partners."""

import click
from sqlalchemy import select

from app.db import session, transaction
from app.errors import Refusal
from app.events import SYSTEM
from partners import calendar
from partners.enrolment import Enrolment, enrol
from partners.models import HOME_MARKET, KINDS, Recipient


@click.group()
def partners() -> None:
    """Dealers, desks and partner companies."""


@partners.command("add-recipient")
@click.option("--code", required=True, help="Its short name; the same code again updates it.")
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--name", required=True)
@click.option("--name-zh", default="")
@click.option("--city", default="")
@click.option("--city-zh", default="")
@click.option("--address", default="")
@click.option("--address-zh", default="")
@click.option("--phone", default="")
@click.option("--market", default=HOME_MARKET, show_default=True)
@click.option("--time-zone", default=None, help="The market's own when left out.")
@click.option("--home-delivery", is_flag=True)
@click.option("--mail-to", default=None)
@click.option("--webhook-url", default=None)
def add_recipient(
    code: str,
    kind: str,
    name: str,
    name_zh: str,
    city: str,
    city_zh: str,
    address: str,
    address_zh: str,
    phone: str,
    market: str,
    time_zone: str | None,
    home_delivery: bool,
    mail_to: str | None,
    webhook_url: str | None,
) -> None:
    """Add a recipient of leads and orders, or bring it up to date."""
    told = Enrolment(
        code=code,
        kind=kind,
        name=name,
        name_zh=name_zh or name,
        city=city,
        city_zh=city_zh or city,
        address=address,
        address_zh=address_zh or address,
        phone=phone,
        market_key=market,
        time_zone=time_zone,
        home_delivery=home_delivery,
        mail_to=mail_to,
        webhook_url=webhook_url,
    )
    try:
        with transaction():
            recipient, is_new = enrol(told, SYSTEM)
            if recipient.is_dealer:
                calendar.extend_now()
    except Refusal as refused:
        raise click.ClickException(refused.text) from None
    click.echo(f"{'added' if is_new else 'updated'} {recipient.code} {recipient.public_id}")
    if is_new:
        click.echo(f"webhook secret {recipient.webhook_secret}")


@partners.command("list-recipients")
def list_recipients() -> None:
    """Everybody a customer can be handed to."""
    for recipient in session().scalars(select(Recipient).order_by(Recipient.kind, Recipient.code)):
        channels = ", ".join(filter(None, (recipient.mail_to, recipient.webhook_url))) or "console only"
        state = "" if recipient.active else " (closed)"
        click.echo(f"{recipient.kind:18} {recipient.code:24} {recipient.name}{state}: {channels}")


@partners.command("extend-calendar")
def extend_calendar() -> None:
    """Cut the slots of the coming eight weeks from the opening hours."""
    click.echo(f"changed {calendar.extend()}")
