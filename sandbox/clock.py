import time
from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds since 1970 as the sandbox sees them: real time plus an offset that tests move."""

    offset_s: int = 0

    def now(self) -> int:
        return int(time.time()) + self.offset_s
