"""The command line of the contexts: `./forecourt manage [--data DIR] <context> <command>`.

Works on the running shop of the folder. On a stopped one it starts what it needs, does the work, hands every event to
its listeners, and stops what it started. Where the database is given by the environment, that one is used.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from app.embedded import EmbeddedServerError
from app.folder_lock import FolderInUse
from app.supervisor import running_shop, stopped_shop

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="forecourt manage", add_help=False)
    parser.add_argument("--data", type=Path, default=ROOT / "var")
    given, rest = parser.parse_known_args(arguments)
    try:
        with shop(given.data) as drain:
            return run(rest, drain)
    except (FolderInUse, EmbeddedServerError) as refused:
        print(refused, file=sys.stderr)
        return 1


@contextlib.contextmanager
def shop(folder: Path) -> Iterator[bool]:
    """Puts the shop's settings into the environment; True when nobody else runs its relay."""
    if "FORECOURT_DATABASE_URL" in os.environ:
        yield False
        return
    running = running_shop(folder)
    if running is not None:
        os.environ.update(running)
        yield False
        return
    with stopped_shop(folder) as environment:
        os.environ.update(environment)
        yield True


def run(arguments: Sequence[str], drain: bool) -> int:
    # Settings are read on import of what follows, so it waits until the environment stands.
    from app.commands import command_line
    from app.db import close_reading
    from app.errors import Refusal
    from app.relay import relay
    from app.settings import SettingsRefused

    try:
        command_line(prepare=drain).main(list(arguments), prog_name="forecourt manage", standalone_mode=False)
        if drain:
            relay()
    except click.ClickException as refused:
        refused.show()
        return refused.exit_code
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (Refusal, SettingsRefused) as refused:
        print(getattr(refused, "text", refused), file=sys.stderr)
        return 1
    finally:
        close_reading()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
