"""The check of this installation, in a process of its own, as it needs torch."""

import json
from collections.abc import Sequence
from typing import Final

from pe_models.checking.card import CheckCard, read_cards
from pe_models.errors import PEError, WorkerError
from pe_models.progress import CancelToken, OnProgress, Progress
from pe_viewer.jobs import Job, JobRunner, Lane, WorkerProcess

COMMAND: Final = ("-m", "pe_models", "check", "--progress", "json")
"""The arguments of Python that check the bundle in use."""

_POLL_S: Final = 0.1


class CheckError(PEError):
    """A check that came to no end."""


class CheckService:
    """Starts checks. GUI thread."""

    def __init__(self, runner: JobRunner, command: Sequence[str] = COMMAND) -> None:
        self._runner, self._command = runner, tuple(command)

    def start(self) -> Job:
        """Ends in every CheckCard so far, the new one last; reports its progress."""
        return self._runner.start(
            Lane.ERRAND,
            "check this installation",
            lambda on_progress, cancel: _checked(self._command, on_progress, cancel),
        )

    def cards(self) -> Job:
        """Ends in every CheckCard so far, the newest last."""
        return self._runner.start(Lane.TRAINING, "list checks", lambda *_: read_cards())


def _checked(
    command: Sequence[str], on_progress: OnProgress, cancel: CancelToken
) -> tuple[CheckCard, ...]:
    """Raises CheckError where the process fails, and Cancelled."""
    process = WorkerProcess(command)
    process.start()
    try:
        while not _is_done(process.receive(_POLL_S), on_progress):
            cancel.raise_if_cancelled()
    except WorkerError as error:
        raise CheckError(
            "The check came to no end; `pe-models check` tells more. Try again, with other "
            "programs closed."
        ) from error
    finally:
        process.kill()
    return read_cards()


def _is_done(line: str | None, on_progress: OnProgress) -> bool:
    """Whether this was the last line. Raises CheckError with what the process said."""
    if line is None:
        return False
    event = json.loads(line)
    if event["event"] == "failed":
        raise CheckError(event["message"])
    if event["event"] == "progress":
        on_progress(Progress(event["stage"], event["done"], event["total"]))
    return bool(event["event"] == "done")
