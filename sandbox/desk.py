"""What one running sandbox holds."""

import threading
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.settings import Settings
from sandbox.store import Store


@dataclass
class Desk:
    settings: Settings
    clock: Clock
    store: Store
    #: Set when there may be something to deliver.
    bell: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)


def open_desk(settings: Settings) -> Desk:
    clock = Clock()
    return Desk(settings, clock, Store(settings, clock))
