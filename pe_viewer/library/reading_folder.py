"""Readings on disk, one small file a series, mode 0600, named by a hash of its key."""

import hashlib
import logging
import os
from pathlib import Path

from pe_viewer.library.review_json import Reading, reading_from_json, reading_to_json

logger = logging.getLogger(__name__)


class ReadingFolder:
    """Saves and loads readings. ``save`` from one thread at a time; it replaces a file whole."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` None keeps nothing."""
        self._folder = folder

    @property
    def keeps(self) -> bool:
        return self._folder is not None

    def load(self, series_key: str) -> Reading:
        """What was kept of a series; an empty Reading where nothing was, or nothing readable.

        A file that cannot be read is set aside, so that the next save does not destroy it.
        """
        if self._folder is None:
            return Reading()
        path = self._path_of(self._folder, series_key)
        try:
            return reading_from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Reading()
        except (OSError, ValueError) as error:
            logger.warning("a reading could not be read: %s", type(error).__name__)
            _set_aside(path)
            return Reading()

    def save(self, series_key: str, reading: Reading) -> None:
        """Raises OSError where it cannot be written; what was there before stays then."""
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path_of(self._folder, series_key)
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(reading_to_json(reading))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)

    def forget_all(self) -> None:
        """Removes every trace."""
        if self._folder is not None and self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)

    @staticmethod
    def _path_of(folder: Path, series_key: str) -> Path:
        return folder / f"{hashlib.sha256(series_key.encode()).hexdigest()[:32]}.json"


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_suffix(".unreadable"))
    except OSError as error:
        logger.warning("it could not be set aside: %s", type(error).__name__)
