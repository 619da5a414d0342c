"""Requests of the check's page -> service -> TrainingState."""

from dataclasses import replace
from typing import Any

from pe_models.checking.card import CheckCard
from pe_models.progress import Progress
from pe_viewer.jobs import Job
from pe_viewer.services.checking import CheckService
from pe_viewer.training_state import CheckView, TrainingState


class Checking:
    """One check at a time."""

    def __init__(self, state: TrainingState, service: CheckService) -> None:
        self._state, self._service = state, service
        self._job: Job | None = None

    def list_cards(self) -> None:
        """Brings the history into the state."""
        self._service.cards().succeeded.connect(lambda cards: self._update(cards=cards))

    def check(self) -> None:
        """Checks the bundle in use."""
        if self._job is not None:
            return
        self._update(is_running=True, done=0, total=0, message="")
        self._job = self._service.start()
        self._job.progressed.connect(self._on_progressed)
        self._job.succeeded.connect(self._on_checked)
        self._job.failed.connect(lambda message: self._update(message=message))
        self._job.finished.connect(self._on_finished)

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _update(self, **changes: Any) -> None:
        check: CheckView = self._state.snapshot.check
        self._state.update(check=replace(check, **changes))

    def _on_progressed(self, progress: Progress) -> None:
        self._update(done=progress.done, total=progress.total)

    def _on_checked(self, cards: tuple[CheckCard, ...]) -> None:
        self._update(cards=cards)

    def _on_finished(self) -> None:
        self._job = None
        self._update(is_running=False)
