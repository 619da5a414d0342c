"""Job: one background run of a plain function, and how it ended."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pe_models.errors import PEError
from pe_models.progress import Cancelled, CancelToken, OnProgress
from pe_viewer.jobs.notice import Latest, Notice

logger = logging.getLogger(__name__)

Work = Callable[[OnProgress, CancelToken], object]
"""What a job runs, on its lane's thread: calls the first argument with Progress, and stops with
Cancelled soon after the second is set."""


class Job:
    """One background run of a function.

    ``progressed(Progress)``, then one of ``succeeded(result)``, ``failed(message)`` and
    ``cancelled()``, then ``finished()``: all on the GUI thread. After ``cancel`` a job never
    succeeds, even where its work had just returned, unless that had committed itself before
    (``CancelToken.commit``).
    """

    def __init__(self, name: str, work: Work, progress: Latest) -> None:
        self.name = name
        self.progressed = progress.arrived
        self.succeeded = Notice()
        self.failed = Notice()
        self.cancelled = Notice()
        self.finished = Notice()
        self._progress = progress
        self._work: Work | None = work
        self._token = CancelToken()
        self._outcome: _Outcome | None = None
        self._is_finished = False

    @property
    def is_finished(self) -> bool:
        return self._is_finished

    def cancel(self) -> None:
        """Asks the work to stop; ``cancelled`` fires when it has."""
        self._token.cancel()

    def run(self) -> None:
        """The lane's thread: does the work and keeps what came of it."""
        work, self._work = self._work, None
        if work is not None:
            self._outcome = _outcome_of(self.name, work, self._progress.post, self._token)

    def conclude(self) -> None:
        """GUI thread: tells once how the work ended. Does nothing before it has."""
        if self._is_finished or self._outcome is None:
            return
        self._is_finished = True
        self._progress.close()
        outcome, self._outcome = self._outcome, None
        if self._token.is_cancelled or isinstance(outcome, _WasCancelled):
            self.cancelled.emit()
        elif isinstance(outcome, _Failed):
            self.failed.emit(outcome.message)
        else:
            self.succeeded.emit(outcome.result)
        self.finished.emit()
        for notice in (self.succeeded, self.failed, self.cancelled, self.finished):
            notice.disconnect_all()  # their slots may hold a Volume


def without_values(error: BaseException) -> str:
    """Type and places of an error, not its message: that may hold a name or a folder."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"


@dataclass(frozen=True, slots=True)
class _Succeeded:
    result: object


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str


@dataclass(frozen=True, slots=True)
class _WasCancelled:
    pass


_Outcome = _Succeeded | _Failed | _WasCancelled


def _outcome_of(name: str, work: Work, on_progress: OnProgress, token: CancelToken) -> _Outcome:
    try:
        token.raise_if_cancelled()
        return _Succeeded(work(on_progress, token))
    except Cancelled:
        return _WasCancelled()
    except PEError as error:
        return _Failed(str(error))
    except MemoryError:
        return _Failed("There is not enough memory for this. Close other programs and try again.")
    except Exception as error:  # noqa: BLE001 - the boundary: a job fails, the window lives on
        logger.error("job %s failed: %s", name, without_values(error))
        return _Failed(
            f"This stopped because of a fault in the program ({type(error).__name__}). "
            "What was open is unchanged; the log holds the details."
        )
