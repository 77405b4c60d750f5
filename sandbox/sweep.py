"""What happens by itself as time goes on."""

import logging
import threading

from sandbox import intents, keys, refunds, sessions
from sandbox.desk import Desk
from sandbox.store import Book

log = logging.getLogger("sandbox")

EVERY_S = 1.0


def sweep(book: Book) -> None:
    sessions.expire_due(book)
    intents.release_stale_authorisations(book)
    refunds.settle_due(book)
    keys.forget_old(book)


class Sweeper(threading.Thread):
    def __init__(self, desk: Desk) -> None:
        super().__init__(name="sandbox-sweeper", daemon=True)
        self.desk = desk

    def run(self) -> None:
        while not self.desk.stopping.wait(EVERY_S):
            try:
                with self.desk.store.write() as book:
                    sweep(book)
            except Exception:
                log.exception("the sweep failed")
            self.desk.bell.set()
