"""The log: a few rotating files of our own words, and where the program died if it did."""

import faulthandler
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from pe_models import places

logger = logging.getLogger(__name__)

NO_LOG: Final = "No log is kept: its folder cannot be written"
_LOG_BYTES: Final = 1_000_000
_LOG_FILES: Final = 3


def log_file() -> Path:
    return places.user_logs() / "viewer.log"


def crash_file() -> Path:
    return places.user_logs() / "crash.log"


def worker_log_file() -> Path | None:
    """None where there can be no folder for it."""
    try:
        return places.user_logs() / "worker.log"
    except OSError:
        return None


def start_log() -> Path | None:
    """Logs into a rotating file. Our own words only: libraries may log what a header says.

    The file; None where it cannot be written, and the program goes on without.
    """
    try:
        file = log_file()
        log = _PrivateLog(file, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError:
        return None
    log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for package in ("pe_viewer", "pe_models"):
        logging.getLogger(package).addHandler(log)
    return file


@contextmanager
def crash_log() -> Iterator[None]:
    """A crash below Python writes its places in the code, and no values, into a file of its own.

    What an earlier crash wrote is kept beside it. Where the file cannot be written, nothing is.
    """
    try:
        opened = _opened_anew(crash_file())
    except OSError:
        yield
        return
    with opened as stream:
        faulthandler.enable(stream)
        try:
            yield
        finally:
            faulthandler.disable()


class _PrivateLog(RotatingFileHandler):
    """Mode 0600 from the first byte, after every turn."""

    def _open(self) -> TextIOWrapper:
        return _opened_privately(Path(self.baseFilename), os.O_APPEND)


def _opened_anew(file: Path) -> TextIOWrapper:
    if file.exists() and file.stat().st_size:
        file.replace(file.with_suffix(".before.log"))
        logger.error("the program crashed the last time: crash.before.log says where")
    return _opened_privately(file, os.O_TRUNC)


def _opened_privately(file: Path, flag: int) -> TextIOWrapper:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | flag, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")
