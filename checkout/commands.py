"""`manage checkout …`"""

import click

from checkout import abandonment


@click.group("checkout")
def checkout() -> None:
    """Carts and payments."""


@checkout.command("sweep-abandoned")
def sweep_abandoned() -> None:
    """Finds the carts that were left and opens their leads, now."""
    click.echo(f"abandoned {abandonment.sweep()}")
