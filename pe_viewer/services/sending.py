"""Sending reports, in a lane of its own. Sockets and the database are imported there."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.errors import SendError
from pe_models.progress import CancelToken, OnProgress
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.library.series_id import key_of_study
from pe_viewer.send.destination import Destination
from pe_viewer.send.destinations_file import DestinationsFile
from pe_viewer.send.parcel import Parcel, SendChoice
from pe_viewer.services.reports import ReportRequest, report_of

if TYPE_CHECKING:
    from pe_viewer.send.deliver import Delivery
    from pe_viewer.send.outbox import Outbox


class SendService:
    """Starts all that has to do with sending. GUI thread; the work runs one after the other."""

    def __init__(self, runner: JobRunner, folder: Path | None) -> None:
        """``folder`` holds the destinations and the outbox; None sends nothing, ever."""
        self._runner = runner
        self._folder = folder
        self._file = DestinationsFile(None if folder is None else folder / "destinations.json")

    @property
    def destinations(self) -> tuple[Destination, ...]:
        return self._file.destinations

    def keep_destinations(self, destinations: Sequence[Destination]) -> None:
        """Raises SendError where they cannot be kept."""
        self._file.save(destinations)

    def try_connection(self, destination: Destination) -> Job:
        """A job that succeeds where the destination answers, and fails with the reason."""

        def work(on_progress: OnProgress, cancel: CancelToken) -> None:
            from pe_viewer.send.deliver import try_connection

            try_connection(destination)

        return self._runner.start(Lane.SEND, "test a destination", work)

    def put(self, request: ReportRequest, choice: SendChoice) -> Job:
        """A job that renders the chosen objects into the outbox; ends in their number."""

        def work(on_progress: OnProgress, cancel: CancelToken) -> int:
            return put_report(self._outbox(), request, choice, cancel)

        return self._runner.start(Lane.SEND, "queue objects", work)

    def deliver(self) -> Job:
        """A job that tries once to send what is due; ends in a Delivery."""

        def work(on_progress: OnProgress, cancel: CancelToken) -> "Delivery":
            from pe_viewer.send.deliver import deliver

            return deliver(self._outbox(), self._file.named, on_progress, cancel)

        return self._runner.start(Lane.SEND, "send", work)

    def list_parcels(self) -> Job:
        """A job that ends in all parcels, those that were sent last among them."""

        def work(on_progress: OnProgress, cancel: CancelToken) -> tuple[Parcel, ...]:
            return () if self._folder is None else self._outbox().parcels()

        return self._runner.start(Lane.SEND, "list what waits", work)

    def retry(self) -> Job:
        """A job that makes all that is not sent due again."""
        return self._runner.start(
            Lane.SEND,
            "try again",
            lambda on_progress, cancel: self._outbox().retry(now=time.time()),
        )

    def give_up(self) -> Job:
        """A job that removes all that is not sent."""
        return self._runner.start(
            Lane.SEND, "give up", lambda on_progress, cancel: self._outbox().remove_unsent()
        )

    def _outbox(self) -> "Outbox":
        from pe_viewer.send.outbox import FOLDER_NAME, Outbox

        if self._folder is None:
            raise SendError("Nothing can be sent here: this window keeps nothing.")
        return Outbox(self._folder / FOLDER_NAME)


def put_report(
    outbox: "Outbox",
    request: ReportRequest,
    choice: SendChoice,
    cancel: CancelToken | None = None,
) -> int:
    """Renders the formats of ``choice`` into the outbox; how many objects that made.

    Raises ExportError for a format that is not DICOM's, SendError where there is nothing to send
    or no room, and Cancelled before anything is in the outbox.
    """
    token = cancel or CancelToken()
    from pe_viewer.report.export import render

    report = report_of(request)
    objects = [
        (name, document.content)
        for name, rendering in render(report, choice.formats, token).items()
        for document in rendering.documents
        if document.ending.endswith(".dcm")
    ]
    if not objects:
        raise SendError("There is nothing to send: the formats chosen have nothing to show.")
    token.commit()
    outbox.put(choice.destination, key_of_study(request.study), objects, now=time.time())
    return len(objects)
