"""Saving readings, in a lane of their own: a slow disk must not hold up the window."""

from pe_models.errors import ExportError
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.library.reading_folder import ReadingFolder
from pe_viewer.library.review_json import Reading


class ReadingService:
    """Loads at once, as files are small; saves in the background. GUI thread."""

    def __init__(self, runner: JobRunner, folder: ReadingFolder) -> None:
        self._runner = runner
        self._folder = folder

    @property
    def keeps(self) -> bool:
        return self._folder.keeps

    def load(self, series_key: str) -> Reading:
        return self._folder.load(series_key)

    def save(self, series_key: str, reading: Reading) -> Job:
        """A job that fails with a reason that the reader can act on."""
        return self._runner.start(
            Lane.LIBRARY,
            "save reading",
            lambda on_progress, cancel: self._save(series_key, reading),
        )

    def save_now(self, series_key: str, reading: Reading) -> None:
        """Before the program ends. Raises OSError."""
        self._folder.save(series_key, reading)

    def _save(self, series_key: str, reading: Reading) -> None:
        try:
            self._folder.save(series_key, reading)
        except OSError as error:
            raise ExportError(
                f"Your reading could not be saved ({error.strerror or type(error).__name__}): "
                "make room on the disk; it is tried again with your next act."
            ) from error
