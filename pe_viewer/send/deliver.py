"""Outbox -> destinations: one connection each; a parcel is marked as soon as it is sent."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pe_models.errors import SendError
from pe_models.progress import CancelToken, OnProgress, Progress
from pe_viewer.send import dimse, stow
from pe_viewer.send.destination import Destination, DicomNode
from pe_viewer.send.outbox import Outbox
from pe_viewer.send.outcome import Refused
from pe_viewer.send.parcel import Parcel, ParcelState

FindDestination = Callable[[str], Destination | None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round came to. ``message`` says what went wrong last; "" where nothing did."""

    n_sent: int = 0
    n_waiting: int = 0
    n_refused: int = 0
    message: str = ""


def try_connection(destination: Destination) -> None:
    """C-ECHO, or a question for a study that does not exist. Raises SendError with the reason."""
    if isinstance(destination, DicomNode):
        dimse.echo(destination)
    else:
        stow.ask(destination)


def deliver(
    outbox: Outbox, find: FindDestination, on_progress: OnProgress, cancel: CancelToken
) -> Delivery:
    """Tries once to send all that is due. Raises Cancelled; what was sent by then stays sent."""
    due = outbox.due(time.time())
    for name in dict.fromkeys(parcel.destination for parcel in due):
        parcels = [parcel for parcel in due if parcel.destination == name]
        round_ = _Round(outbox, parcels, on_progress, cancel)
        round_.run(find(name))
    return _delivery(outbox, due)


class _Round:
    """The parcels of one destination."""

    def __init__(
        self,
        outbox: Outbox,
        parcels: Sequence[Parcel],
        on_progress: OnProgress,
        cancel: CancelToken,
    ) -> None:
        self._outbox, self._parcels = outbox, parcels
        self._on_progress, self._cancel = on_progress, cancel
        self._sent: set[int] = set()

    def run(self, destination: Destination | None) -> None:
        if destination is None:
            self._refuse_all("This destination is no longer set up.")
            return
        try:
            refused = self._store(destination)
        except Refused as error:
            self._refuse_all(str(error))
        except SendError as error:
            for parcel in self._unsent():
                self._outbox.mark_unreached(parcel, str(error), now=time.time())
        else:
            for place, reason in refused.items():
                self._outbox.mark_refused(self._parcels[place], str(reason), now=time.time())

    def _store(self, destination: Destination) -> dict[int, Refused]:
        files = [parcel.file for parcel in self._parcels]
        if isinstance(destination, DicomNode):
            return dimse.store(destination, files, self._on_stored)
        return stow.store(destination, files, self._on_stored)

    def _on_stored(self, place: int) -> None:
        self._outbox.mark_sent(self._parcels[place], now=time.time())
        self._sent.add(place)
        self._on_progress(Progress("send", len(self._sent), len(self._parcels)))
        self._cancel.raise_if_cancelled()

    def _refuse_all(self, message: str) -> None:
        for parcel in self._unsent():
            self._outbox.mark_refused(parcel, message, now=time.time())

    def _unsent(self) -> list[Parcel]:
        return [p for place, p in enumerate(self._parcels) if place not in self._sent]


def _delivery(outbox: Outbox, due: Sequence[Parcel]) -> Delivery:
    ids = {parcel.parcel_id for parcel in due}
    now = [parcel for parcel in outbox.parcels() if parcel.parcel_id in ids]
    counts = Counter(parcel.state for parcel in now)
    messages = [parcel.message for parcel in now if parcel.message]
    return Delivery(
        counts[ParcelState.SENT],
        counts[ParcelState.WAITING],
        counts[ParcelState.REFUSED],
        messages[-1] if messages else "",
    )
