"""Second reader: the model is held back until the reader has locked a first read."""

from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.navigation import held_back
from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewState


class SecondReader:
    """Nothing of the model's enters the state before the lock, so that nothing can show it."""

    def __init__(
        self,
        state: ReviewState,
        settings: SettingsFile,
        analysing: Analysing,
        reviewing: Reviewing,
    ) -> None:
        self._state = state
        self._settings = settings
        self._analysing = analysing
        self._reviewing = reviewing
        state.update(is_second_reader=settings.settings.second_reader)

    def toggle(self) -> None:
        """Holds the model back from now on, or no longer.

        What was shown cannot be held back any more; an open first read has to be locked first.
        """
        snapshot = self._state.snapshot
        if snapshot.withholds_model:
            hint = snapshot.keymap.hint("lock_first_read")
            self._state.update(notice=f"Lock your first read before{hint}")
            return
        is_second = not snapshot.is_second_reader
        self._settings.change(second_reader=is_second)
        self._state.update(is_second_reader=is_second, notice="")
        if is_second and snapshot.series is not None:
            is_held = self._analysing.is_withheld(snapshot.series.key, snapshot.review)
            words = (
                held_back(snapshot)
                if is_held
                else "The model was seen here: it is held back elsewhere"
            )
            self._state.update(withholds_model=is_held, coarse_scores=None, notice=words)

    def lock_first_read(self) -> None:
        """Keeps the findings made without the model for good, and shows what the model says."""
        if not self._state.snapshot.withholds_model:
            self._state.update(notice="There is no first read to lock")
            return
        self._reviewing.lock_first_read()
        self._state.update(withholds_model=False, notice="First read locked")
        self._analysing.reveal()
