"""One owner at a time for a folder; the lock falls with its owner, however the owner ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class FolderInUse(RuntimeError):
    """A sentence for the person at the terminal."""


class FolderLock:
    def __init__(self, folder: Path, holder: str) -> None:
        self._path = folder / "lock"
        self._holder = holder
        self._descriptor: int | None = None

    def take(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
            os.close(descriptor)
            raise FolderInUse(
                f"{self._holder} is already using {self._path.parent} (process {owner})."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
