"""The library: what is kept of studies that were opened, on this machine alone."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from pe_viewer.library import forgetting, old_readings
from pe_viewer.library.audit import AuditTrail
from pe_viewer.library.database import Database, LibraryError
from pe_viewer.library.kept_findings import KeptFindings
from pe_viewer.library.readings import Readings
from pe_viewer.library.session import KeptSession
from pe_viewer.library.studies import KeptStudies
from pe_viewer.library.waiting import KeptQueue

logger = logging.getLogger(__name__)

FILE_NAME = "library.sqlite"
OLD_READINGS = "readings"


class Library:
    """Studies, readings, findings, the last session, the queue and the audit trail, in one file.

    Nothing of the studies themselves is copied. Any thread.
    """

    def __init__(self, folder: Path | None) -> None:
        """``folder`` is the user's data folder; None keeps all in memory alone."""
        self._folder = folder
        self._database = Database(None if folder is None else folder / FILE_NAME)
        self.studies = KeptStudies(self._database)
        self.readings = Readings(self._database)
        self.findings = KeptFindings(self._database)
        self.session = KeptSession(self._database)
        self.queue = KeptQueue(self._database)
        self.audit = AuditTrail(self._database)

    @property
    def folder(self) -> Path | None:
        """Where it lies; None in memory."""
        return self._folder

    @property
    def keeps(self) -> bool:
        """Whether anything outlives the program."""
        return self._folder is not None

    def open(self) -> str:
        """Makes the library ready and brings in what earlier versions kept.

        What the reader has to know, "" where all is well: that a damaged file was set aside.
        Raises LibraryError where the library cannot be used.
        """
        aside = self._database.prepare()
        if self._folder is not None:
            old_readings.bring_in(self._folder / OLD_READINGS, self._database)
        return "" if aside is None else _told(aside)

    def check(self) -> str:
        """Looks at every page. What the reader has to know, as ``open``; slow on a slow disk."""
        if self._database.is_sound():
            return ""
        aside = self._database.set_aside()
        return "" if aside is None else _told(aside)

    def forget_studies(self, keys_by_study: Mapping[str, Iterable[str]]) -> None:
        """Removes every trace of some studies, given with their series. Raises LibraryError."""
        forgetting.forget_studies(self._database, keys_by_study)

    def forget_all(self) -> None:
        """Removes every trace of every study, damaged files that were set aside included.

        Raises LibraryError.
        """
        forgetting.forget_all(self._database)
        for path in self._leftovers():
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise LibraryError(
                    f"A file of the library could not be removed ({error.strerror}). "
                    "Close other programs and forget all again."
                ) from error

    def close(self) -> None:
        self._database.close()

    def _leftovers(self) -> list[Path]:
        """Files beside the library that hold what it held: set aside, or of earlier versions."""
        if self._folder is None:
            return []
        stem, suffix = FILE_NAME.split(".")
        damaged = self._folder.glob(f"{stem}-damaged-*.{suffix}*")
        return [*damaged, *(self._folder / OLD_READINGS).glob("*")]


def _told(aside: Path) -> str:
    return (
        f"The library was damaged and a new one was begun. The damaged file is kept as "
        f"{aside.name} in {aside.parent}."
    )
