"""The folder of one shop: who holds it, the secrets made for it, and how to reach the shop while it runs."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.embedded import write_private
from app.folder_lock import FolderInUse, FolderLock


@dataclass(frozen=True)
class RunningShop:
    """`environment` is all that another process needs in order to work on this shop. It holds secrets."""

    pid: int
    public_url: str
    sandbox_url: str | None
    database_url: str
    redis_url: str
    environment: Mapping[str, str]
    pids: Mapping[str, int] = field(default_factory=dict)


class ShopFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock = FolderLock(self.path, "Another shop")
        self._card = self.path / "run.json"

    def take(self) -> None:
        """Raises FolderInUse. What a killed holder left behind goes first."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock.take()
        self._card.unlink(missing_ok=True)

    def release(self) -> None:
        self._card.unlink(missing_ok=True)
        self.lock.release()

    def secret(self, name: str) -> str:
        """Made on first use, the same ever after."""
        path = self.path / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48))
        return path.read_text().strip()

    def announce(self, shop: RunningShop) -> None:
        write_private(self._card, json.dumps(asdict(shop), indent=1) + "\n")

    def running(self) -> RunningShop | None:
        """None when nobody holds the folder; raises FolderInUse while its holder is not a running shop."""
        if not self.path.is_dir():
            return None
        try:
            self.lock.take()
        except FolderInUse:
            if not self._card.exists():
                raise
            return RunningShop(**json.loads(self._card.read_text()))
        self.lock.release()
        return None
