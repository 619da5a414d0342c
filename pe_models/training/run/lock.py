"""RunLock: a file that one process at a time may hold, so that no run is carried out twice.

The system lets go of it when its holder ends, however it ends: whether it is held tells whether
the run lives, where a process id may long belong to another process.
"""

import os
import sys
from pathlib import Path
from typing import Final, Self

from pe_models.errors import TrainingError

_HEAD_BYTES: Final = 64
"""Room for the process id. Windows locks a byte behind it, so that others can read it."""


class RunLock:
    """Holds ``path`` from ``take`` to ``release``, or to the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """False where another process, or another RunLock, holds it. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # which lets go of the lock

    def __enter__(self) -> Self:
        """Raises TrainingError where another holds it."""
        if not self.take():
            raise TrainingError(
                "Another process trains here already. Stop it first, or wait until it is done."
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_of(path: Path) -> int | None:
    """The id of the process that holds the lock ``path``; None where none does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        if _lock(descriptor):
            return None
        return int(os.read(descriptor, _HEAD_BYTES) or b"0") or None
    except ValueError:
        return None
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        """Locks the byte behind the process id, without waiting."""
        os.lseek(descriptor, _HEAD_BYTES, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        """Locks the file, without waiting."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
