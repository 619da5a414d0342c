"""Saving readings, in a lane of their own: a slow disk must not hold up the window."""

import logging

from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.library.database import LibraryError
from pe_viewer.library.library import Library
from pe_viewer.library.review_json import Reading

logger = logging.getLogger(__name__)


class ReadingService:
    """Loads at once, as a reading is small; saves in the background. GUI thread."""

    def __init__(self, runner: JobRunner, library: Library) -> None:
        self._runner = runner
        self._library = library

    def load(self, series_key: str, images: str = "") -> Reading:
        """What was kept of a series, here or of the same ``images`` elsewhere; an empty Reading
        where the library cannot be read."""
        try:
            return self._library.readings.load(series_key, images)
        except LibraryError:
            logger.error("a reading could not be loaded")
            return Reading()

    def save(self, series_key: str, study_key: str, reading: Reading) -> Job:
        """A job that fails with a reason that the reader can act on."""
        return self._runner.start(
            Lane.LIBRARY,
            "save reading",
            lambda on_progress, cancel: self._library.readings.save(series_key, study_key, reading),
        )

    def save_now(self, series_key: str, study_key: str, reading: Reading) -> None:
        """Before the program ends. Raises LibraryError."""
        self._library.readings.save(series_key, study_key, reading)
