"""Sending the report of the series in view, and what still waits to be sent."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from pe_models.errors import SendError
from pe_models.progress import Progress
from pe_viewer.controller.exporting import request_of
from pe_viewer.display.texts import count_text
from pe_viewer.jobs import Job
from pe_viewer.send.destination import Destination
from pe_viewer.send.parcel import Parcel, ParcelState, SendChoice
from pe_viewer.services.sending import SendService
from pe_viewer.state import Activity, Phase, ReviewState

if TYPE_CHECKING:
    from pe_viewer.send.deliver import Delivery

NO_DESTINATION: Final = "No destination is set up: Preferences, Destinations"

_LONGEST_WAIT_S: Final = 3600.0
_TALLY: Final = {
    "n_sent": "sent",
    "n_waiting": "to be tried again",
    "n_refused": "not taken",
}


class Sending(QObject):
    """Nothing is sent but what the reader asked for, to destinations that the reader set up.

    ``sheet_needed`` asks what is to be sent; ``tested(words, is_good)`` answers a test.
    """

    sheet_needed = Signal()
    tested = Signal(str, bool)

    def __init__(self, state: ReviewState, service: SendService) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._jobs: set[Job] = set()
        self._delivery: Job | None = None
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._deliver)
        state.update(destinations=service.destinations)

    def begin(self) -> None:
        """After the first paint: goes on with what a last session left, if it left anything."""
        if self._service.destinations:
            self._list()

    def close(self) -> None:
        self._next.stop()

    def ask(self) -> None:
        """Asks what to send, or says why nothing can be sent now."""
        if not self._state.snapshot.destinations:
            self._state.update(notice=NO_DESTINATION)
        elif self._state.snapshot.volume is None:
            self._state.update(notice="Open a study first, and wait until all slices have come")
        else:
            self._list()
            self.sheet_needed.emit()

    def send(self, choice: SendChoice) -> None:
        """Puts the chosen objects into the outbox, and sends them."""
        request = request_of(self._state.snapshot, is_deidentified=choice.is_deidentified)
        if request is None:
            self.ask()
            return
        self._state.update(sending=Activity(Phase.RUNNING, "Making what is sent"), notice="")
        self._follow(self._service.put(request, choice), lambda n: self._deliver())

    def retry(self) -> None:
        """Tries all again that is not sent."""
        self._follow(self._service.retry(), lambda nothing: self._deliver())

    def give_up(self) -> None:
        """Removes all that is not sent."""
        self._follow(self._service.give_up(), lambda nothing: self._list())

    def keep_destinations(self, destinations: Sequence[Destination]) -> None:
        try:
            self._service.keep_destinations(destinations)
        except SendError as error:
            self._state.update(notice=str(error))
        self._state.update(destinations=self._service.destinations)

    def test(self, destination: Destination) -> None:
        """Asks the destination whether it is there; nothing of a patient is told."""
        job = self._service.try_connection(destination)
        self._keep(job)
        job.succeeded.connect(lambda nothing: self.tested.emit("It answers", True))
        job.failed.connect(lambda message: self.tested.emit(message, False))

    def cancel(self) -> bool:
        """False where nothing is being sent."""
        if self._delivery is None:
            return False
        self._delivery.cancel()
        return True

    def _deliver(self) -> None:
        if self._delivery is not None:
            return
        self._next.stop()
        self._state.update(sending=Activity(Phase.RUNNING, "Sending"))
        self._delivery = self._service.deliver()
        self._delivery.progressed.connect(self._on_progress)
        self._delivery.finished.connect(self._on_finished)
        self._delivery.cancelled.connect(self._on_cancelled)
        self._follow(self._delivery, self._on_delivered)

    def _follow(self, job: Job, then: Callable[..., None]) -> None:
        self._keep(job)
        job.succeeded.connect(then)
        job.failed.connect(self._on_failed)

    def _keep(self, job: Job) -> None:
        self._jobs.add(job)
        job.finished.connect(lambda: self._jobs.discard(job))

    def _list(self) -> None:
        self._follow(self._service.list_parcels(), self._on_listed)

    def _on_progress(self, progress: Progress) -> None:
        running = Activity(Phase.RUNNING, "Sending", progress.fraction)
        self._state.update(sending=running)

    def _on_finished(self) -> None:
        self._delivery = None

    def _on_delivered(self, delivery: "Delivery") -> None:
        counts = ((getattr(delivery, name), words) for name, words in _TALLY.items())
        said = ", ".join(
            f"{count_text(n, 'object', 'objects')} {words}" for n, words in counts if n
        )
        why = f". {delivery.message}" if delivery.message else ""
        self._state.update(sending=Activity(Phase.DONE), notice=f"{said}{why}")
        self._list()

    def _on_failed(self, message: str) -> None:
        self._state.update(sending=Activity(Phase.FAILED, message=message), notice="")
        self._list()

    def _on_cancelled(self) -> None:
        notice = "Sending was stopped; the rest waits"
        self._state.update(sending=Activity(Phase.CANCELLED), notice=notice)
        self._list()

    def _on_listed(self, parcels: tuple[Parcel, ...]) -> None:
        """Shows what waits, and sets the time of the next attempt."""
        self._state.update(parcels=parcels)
        due = [p.due_at for p in parcels if p.state is ParcelState.WAITING]
        is_stopped = self._state.snapshot.sending.phase is Phase.CANCELLED
        if due and not is_stopped:
            wait_s = min(max(0.0, min(due) - time.time()), _LONGEST_WAIT_S)
            self._next.start(round(1000 * wait_s))
