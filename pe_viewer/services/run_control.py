"""Runs of retrainings, taken hold of by their files: planned, found again, stopped without fail."""

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from pe_models.errors import BundleError, TrainingError
from pe_models.progress import CancelToken
from pe_models.retraining.folder import RetrainFolder, list_runs, lock_file, runs_folder
from pe_models.retraining.order import RetrainOrder
from pe_models.retraining.rates import estimate
from pe_models.retraining.settling import settled_now
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.work import known_rates, work_of
from pe_models.training.run.lock import holder_of
from pe_viewer.jobs.detached import answer_of, end_at_once
from pe_viewer.training_state import PlanView

STOP_S: Final = 1.5
"""How long a run may take to end by itself once it was asked to; then it is ended."""

_POLL_S: Final = 0.05
_PLAN: Final = "plan"
_DELETED: Final = ".deleted-"


def plan(order: RetrainOrder, cancel: CancelToken) -> PlanView:
    """Counts, cost and what is missing, by a process of its own. Raises Cancelled."""
    scratch = RetrainFolder(runs_folder() / f".{_PLAN}")
    try:
        order = settled_now(order)
        scratch.write_order(order)
        text = answer_of(("-m", "pe_models", "retrain", str(scratch.folder), "--check"), cancel)
        record = json.loads(text)
    except (BundleError, TrainingError) as error:
        return PlanView(message=str(error))
    summary = DataSummary(
        **{
            **record,
            "problems": tuple(record["problems"]),
            "notes": tuple(record["notes"]),
        }
    )
    return PlanView(summary, estimate(work_of(order, summary), known_rates(list_runs())))


def stop_those_that_end_with_viewer() -> None:
    """The viewer closes: runs that were not to outlive it are stopped, their checkpoints kept."""
    for retraining in list_runs():
        if retraining.ends_with_viewer_file.exists() and holder_of(retraining.lock_file):
            stop_run(retraining)


def stop_run(retraining: RetrainFolder) -> RetrainFolder:
    """Asks by file, waits, and ends the process where it did not end by itself."""
    with contextlib.suppress(OSError):  # on a full disk it cannot be asked, and is ended below
        retraining.run.stop_file.touch()
    if not wait(lambda: holder_of(retraining.lock_file) is None, STOP_S):
        pid = holder_of(retraining.lock_file)
        if pid is not None:
            end_at_once(pid)
        wait(lambda: holder_of(retraining.lock_file) is None, STOP_S)
    return retraining


def delete_run(retraining: RetrainFolder) -> None:
    """Removes its folder; out of the list at once, even where the removal is cut short.

    Raises TrainingError while it runs, or where its files cannot be removed.
    """
    if holder_of(retraining.lock_file) is not None:
        raise TrainingError("This training runs. Stop it first, then delete it.")
    try:
        if retraining.folder.exists():
            retraining.folder.rename(runs_folder() / f"{_DELETED}{retraining.name}")
        remove_deleted_runs()
    except OSError as error:
        raise TrainingError(
            f"The files of {retraining.name} could not be removed ({error.strerror})."
        ) from error


def remove_deleted_runs() -> None:
    """Removes what is left of deleted runs. Raises OSError."""
    for folder in runs_folder().glob(f"{_DELETED}*"):
        shutil.rmtree(folder)


def paths_of(retraining: RetrainFolder, study: str, cancel: CancelToken) -> tuple[Path, ...]:
    """Where the files of a compared study lie. Raises TrainingError where they have gone."""
    asked = ("-m", "pe_models", "retrain", str(retraining.folder), "--study", study)
    return tuple(Path(path) for path in json.loads(answer_of(asked, cancel))["paths"])


def new_name() -> str:
    """Of a run, and of the bundle it makes: it says when, and nothing of the data."""
    return f"retrained-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def require_none_runs() -> None:
    """Raises TrainingError while one runs."""
    if holder_of(lock_file()) is not None:
        raise TrainingError("A training runs already. Stop it first, or wait until it is done.")


def wait(is_met: Callable[[], bool], seconds: float) -> bool:
    """Whether it was met in time."""
    deadline = time.monotonic() + seconds
    while not is_met():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True
