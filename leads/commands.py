"""`manage leads …`"""

import json
import re
from datetime import UTC, datetime, timedelta

import click

from app import clock
from app.db import transaction
from app.deliveries import deliver_due
from app.relay import relay
from leads import reconcile, replays, tasks

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.group("leads")
def leads() -> None:
    """Leads and who was told."""


@leads.command("dispatch")
def dispatch() -> None:
    """Route and send everything that is due, now."""
    relayed = relay()
    healed = tasks.heal()
    shown = tasks.send_due()
    sent = deliver_due()
    shown += tasks.send_due()
    click.echo(f"handled {relayed}, healed {healed}, dispatched {shown}, tried {sent}")


@leads.command("replay")
@click.option("--since", required=True, help="An instant (ISO 8601) or a length of time: 90m, 2h, 3d.")
@click.option("--recipient", default=None, help="Only to this recipient's code.")
@click.option("--dry-run", is_flag=True, help="Only count.")
def replay(since: str, recipient: str | None, dry_run: bool) -> None:
    """Send mails and webhooks of open leads again, under the same ids; consents are looked at again."""
    begin = parse_since(since)
    with transaction():
        ids = replays.of_leads_since(begin, recipient)
        if not dry_run:
            replays.replay(ids)
    click.echo(f"{'would replay' if dry_run else 'replayed'} {len(ids)} since {begin.isoformat()}")


@leads.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def reconcile_now(as_json: bool) -> None:
    """Count what is missing between signals, leads, decisions and dispatches; exit 0 only when nothing is."""
    counts = reconcile.counts()
    if as_json:
        click.echo(json.dumps(counts, indent=1))
    else:
        for name, count in counts.items():
            click.echo(f"{count:6}  {name}")
    if any(counts.values()):
        raise click.exceptions.Exit(1)


def parse_since(since: str) -> datetime:
    """Raises BadParameter when it is neither an instant nor a length of time."""
    length = re.fullmatch(r"(\d{1,6})([mhd])", since.strip())
    if length is not None:
        return clock.now() - timedelta(**{UNITS[length[2]]: int(length[1])})
    try:
        instant = datetime.fromisoformat(since.strip())
    except ValueError:
        raise click.BadParameter("an ISO 8601 instant, or 90m, 2h, 3d", param_hint="--since") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
