"""Retrainings: started in processes of their own, followed by their files, ended without fail.

The window follows files, not a pipe, so that closing it harms nothing and the next window finds
the run again. Whether a run lives is told by the lock that its process holds.
"""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pe_models.bundle import (
    MODEL_CARD,
    ModelBundle,
    bundle_in_use,
    copy_bundle,
    history,
    import_bundle,
    list_bundles,
    load_bundle,
    promote,
    retire,
    roll_back,
)
from pe_models.errors import BundleError, TrainingError
from pe_models.evaluation.gate import StudySet
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import (
    RetrainFolder,
    list_runs,
    lock_file,
    runs_folder,
    status_of,
)
from pe_models.retraining.order import RetrainOrder
from pe_models.retraining.promoting import promote_candidate
from pe_models.retraining.rates import estimate
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.usage import Usage
from pe_models.retraining.work import known_rates, work_of
from pe_models.training.run_lock import holder_of
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.jobs.detached import DetachedProcesses, answer_of, end_at_once
from pe_viewer.library.library import Library
from pe_viewer.services.comparisons import comparisons_of
from pe_viewer.services.review_labels import copy_reviews, gather_reviews
from pe_viewer.services.run_history import RunHistory
from pe_viewer.training_state import (
    ComparisonView,
    Look,
    PlanView,
    RunDetails,
    RunView,
    Shelf,
)

STOP_S: Final = 1.5
"""How long a run may take to end by itself once it was asked to; then it is ended."""

_START_S: Final = 30.0
"""Python and torch load before the lock is taken; on a busy machine that takes its time."""
_POLL_S: Final = 0.05
_PLAN: Final = "plan"

Command = Callable[[RetrainFolder], tuple[str, ...]]
"""The arguments of Python that carry out a retraining."""


def retrain_command(retraining: RetrainFolder) -> tuple[str, ...]:
    return ("-m", "pe_models", "retrain", str(retraining.folder), "--progress", "quiet")


class TrainingService:
    """Starts jobs about retrainings and bundles. GUI thread; each job runs on the training lane."""

    def __init__(
        self, runner: JobRunner, library: Library, command: Command = retrain_command
    ) -> None:
        self._runner, self._library, self._command = runner, library, command
        self._processes = DetachedProcesses()
        self._histories: dict[str, RunHistory] = {}
        self._comparisons: dict[tuple[str, str], Mapping[StudySet, ComparisonView]] = {}

    def find_reviews(self) -> Job:
        """Makes training data of what is signed off in the library; ends in ReviewsFound."""
        return self._runner.start(
            Lane.ERRAND,
            "find signed readings",
            lambda on_progress, cancel: gather_reviews(self._library, cancel),
        )

    def plan(self, order: RetrainOrder) -> Job:
        """Counts, cost and what is missing, before anything starts; ends in a PlanView."""
        return self._run("plan a training", lambda: self._plan(order))

    def start(self, order: RetrainOrder) -> Job:
        """A new run; ends in its RetrainFolder. Refused where one runs already."""
        return self._run("start a training", lambda: self._start_new(order))

    def go_on(self, retraining: RetrainFolder) -> Job:
        """Carries out again a run that was stopped, was killed, or failed."""
        return self._run("go on with a training", lambda: self._start(retraining))

    def stop(self, retraining: RetrainFolder) -> Job:
        """Ends a run within two seconds; its last checkpoint stays."""
        return self._run("stop a training", lambda: stop_run(retraining))

    def look(self, selected: str) -> Job:
        """Ends in a Look, with the details of ``selected``."""
        return self._run("look at trainings", lambda: self._look(selected))

    def locate(self, retraining: RetrainFolder, study: str) -> Job:
        """Ends in the paths of a compared study; a phantom is written as DICOM first."""
        return self._runner.start(
            Lane.ERRAND, "find a study", lambda *_: paths_of(retraining, study)
        )

    def list_bundles(self) -> Job:
        """Ends in a Shelf."""
        return self._run("list bundles", _shelf)

    def promote(self, retraining: RetrainFolder) -> Job:
        """Ends in the ModelBundle in use; refused where the gate refuses it."""
        return self._run("promote a bundle", lambda: promote_candidate(retraining))

    def use(self, bundle: ModelBundle) -> Job:
        """Puts one of the listed bundles to use, as the reader chose."""
        return self._run(
            "use a bundle", lambda: promote(load_bundle(bundle.source), reason="chosen by hand")
        )

    def roll_back(self) -> Job:
        return self._run("roll back", lambda: roll_back(reason="by the reader"))

    def verify(self, bundle: ModelBundle) -> Job:
        """Ends in the ModelBundle, every file hashed."""
        return self._run("verify a bundle", lambda: load_bundle(bundle.source))

    def import_file(self, path: Path) -> Job:
        return self._run("import a bundle", lambda: import_bundle(path))

    def export_file(self, bundle: ModelBundle, target: Path) -> Job:
        return self._run("export a bundle", lambda: copy_bundle(bundle, target))

    def delete(self, bundle: ModelBundle) -> Job:
        return self._run("delete a bundle", lambda: retire(bundle))

    @staticmethod
    def pause(retraining: RetrainFolder) -> None:
        retraining.run.pause_file.touch()

    @staticmethod
    def resume(retraining: RetrainFolder) -> None:
        retraining.run.pause_file.unlink(missing_ok=True)

    @staticmethod
    def end_with_viewer(retraining: RetrainFolder, *, ends: bool) -> None:
        """Whether closing the viewer stops the run."""
        if ends:
            retraining.ends_with_viewer_file.touch()
        else:
            retraining.ends_with_viewer_file.unlink(missing_ok=True)

    def _run(self, name: str, work: Callable[[], object]) -> Job:
        def on_lane(on_progress: OnProgress, cancel: CancelToken) -> object:
            return work()

        return self._runner.start(Lane.TRAINING, name, on_lane)

    def _plan(self, order: RetrainOrder) -> PlanView:
        scratch = RetrainFolder(runs_folder() / f".{_PLAN}")
        scratch.write_order(order)
        try:
            text = answer_of(("-m", "pe_models", "retrain", str(scratch.folder), "--check"))
            record = json.loads(text)
        except TrainingError as error:
            return PlanView(message=str(error))
        summary = DataSummary(
            **{
                **record,
                "problems": tuple(record["problems"]),
                "notes": tuple(record["notes"]),
            }
        )
        return PlanView(summary, estimate(work_of(order, summary), known_rates(list_runs())))

    def _start_new(self, order: RetrainOrder) -> RetrainFolder:
        _require_none_runs()
        retraining = RetrainFolder(runs_folder() / new_name())
        if order.reviews is not None:
            order = replace(order, reviews=copy_reviews(order.reviews, retraining.folder))
        retraining.write_order(order)
        return self._start(retraining)

    def _start(self, retraining: RetrainFolder) -> RetrainFolder:
        _require_none_runs()
        retraining.run.pause_file.unlink(missing_ok=True)
        retraining.run.stop_file.unlink(missing_ok=True)
        process = self._processes.start(self._command(retraining), retraining.log_file)
        _wait(lambda: holder_of(retraining.lock_file) is not None or process.has_ended, _START_S)
        return retraining

    def _look(self, selected: str) -> Look:
        self._processes.reap()
        runs = tuple(self._view_of(retraining) for retraining in list_runs())
        run = next((run for run in runs if run.name == selected), None)
        return Look(runs, RunDetails() if run is None else self._details_of(run))

    def _view_of(self, retraining: RetrainFolder) -> RunView:
        status = status_of(retraining)
        try:
            view = RunView(retraining, status, retraining.decision())
        except TrainingError:
            view = RunView(retraining, status)
        if not status.is_alive:
            return view
        return replace(
            view,
            seconds_left=self._history_of(retraining).seconds_left(),
            usage=Usage.read(retraining.usage_file),
            ends_with_viewer=retraining.ends_with_viewer_file.exists(),
        )

    def _details_of(self, run: RunView) -> RunDetails:
        history_of_run = self._history_of(run.retraining)
        return RunDetails(
            run.name,
            history_of_run.curves(),
            history_of_run.log(),
            self._comparisons_of(run) if run.decision is not None else {},
        )

    def _comparisons_of(self, run: RunView) -> Mapping[StudySet, ComparisonView]:
        """Read once for each decision: a run may be carried out again."""
        key = run.name, run.status.updated
        if key not in self._comparisons:
            self._comparisons = {key: comparisons_of(run.retraining)}
        return self._comparisons[key]

    def _history_of(self, retraining: RetrainFolder) -> RunHistory:
        found = self._histories.setdefault(retraining.name, RunHistory(retraining.run.history_file))
        found.read_on()
        return found


def stop_those_that_end_with_viewer() -> None:
    """The viewer closes: runs that were not to outlive it are stopped, their checkpoints kept."""
    for retraining in list_runs():
        if retraining.ends_with_viewer_file.exists() and holder_of(retraining.lock_file):
            stop_run(retraining)


def stop_run(retraining: RetrainFolder) -> RetrainFolder:
    """Asks by file, waits, and ends the process where it did not end by itself."""
    with contextlib.suppress(OSError):  # on a full disk it cannot be asked, and is ended below
        retraining.run.stop_file.touch()
    if not _wait(lambda: holder_of(retraining.lock_file) is None, STOP_S):
        pid = holder_of(retraining.lock_file)
        if pid is not None:
            end_at_once(pid)
        _wait(lambda: holder_of(retraining.lock_file) is None, STOP_S)
    return retraining


def paths_of(retraining: RetrainFolder, study: str) -> tuple[Path, ...]:
    """Where the files of a compared study lie. Raises TrainingError where they have gone."""
    asked = ("-m", "pe_models", "retrain", str(retraining.folder), "--study", study)
    return tuple(Path(path) for path in json.loads(answer_of(asked))["paths"])


def new_name() -> str:
    """Of a run, and of the bundle it makes: it says when, and nothing of the data."""
    return f"retrained-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _shelf() -> Shelf:
    bundles = list_bundles()
    cards = {b.bundle.sha256: _card_of(b.bundle) for b in bundles if b.bundle is not None}
    try:
        return Shelf(bundles, history(), bundle_in_use().sha256, cards=cards)
    except BundleError as error:
        return Shelf(bundles, problem=str(error), cards=cards)


def _card_of(bundle: ModelBundle) -> str:
    """Its model card; why there is none, where there is none that can be read."""
    try:
        return bundle.read(MODEL_CARD).decode(errors="replace")
    except BundleError as error:
        return str(error)


def _require_none_runs() -> None:
    if holder_of(lock_file()) is not None:
        raise TrainingError("A training runs already. Stop it first, or wait until it is done.")


def _wait(is_met: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_met():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True
