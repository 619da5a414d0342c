"""Retrainings: started in processes of their own, followed by their files, ended without fail.

The window follows files, not a pipe, so that closing it harms nothing and the next window finds
the run again. Whether a run lives is told by the lock that its process holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pe_models.bundle import (
    ModelBundle,
    copy_bundle,
    import_bundle,
    load_bundle,
    promote,
    retire,
    roll_back,
)
from pe_models.errors import TrainingError
from pe_models.evaluation.gate import StudySet
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import (
    RetrainFolder,
    list_runs,
    runs_folder,
    status_of,
)
from pe_models.retraining.order import RetrainOrder
from pe_models.retraining.promoting import promote_candidate
from pe_models.retraining.settling import settled_now
from pe_models.retraining.usage import Usage
from pe_models.training.run.lock import holder_of
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.jobs.detached import Detached, DetachedProcesses
from pe_viewer.library.library import Library
from pe_viewer.services.comparisons import comparisons_of
from pe_viewer.services.review_labels import copy_reviews, gather_reviews
from pe_viewer.services.run_control import (
    delete_run,
    new_name,
    paths_of,
    plan,
    require_none_runs,
    stop_run,
    wait,
)
from pe_viewer.services.run_history import RunHistory
from pe_viewer.services.shelf import shelf_now
from pe_viewer.training_state import (
    ComparisonView,
    Look,
    RunDetails,
    RunView,
)

_START_S: Final = 30.0
"""Python and torch load before the lock is taken; on a busy machine that takes its time."""

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
        return self._runner.start(
            Lane.ERRAND,
            "plan a training",
            lambda on_progress, cancel: plan(order, cancel),
        )

    def start(self, order: RetrainOrder) -> Job:
        """A new run; ends in its RetrainFolder. Refused where one runs already."""
        return self._runner.start(
            Lane.TRAINING,
            "start a training",
            lambda on_progress, cancel: self._start_new(order, cancel),
        )

    def go_on(self, retraining: RetrainFolder) -> Job:
        """Carries out again a run that was stopped, was killed, or failed."""
        return self._runner.start(
            Lane.TRAINING,
            "go on with a training",
            lambda on_progress, cancel: self._start(retraining, cancel),
        )

    def stop(self, retraining: RetrainFolder) -> Job:
        """Ends a run within two seconds; its last checkpoint stays."""
        return self._run("stop a training", lambda: stop_run(retraining))

    def delete_run(self, retraining: RetrainFolder) -> Job:
        """Removes all that a run left; refused while it lives."""
        self._histories.pop(retraining.name, None)
        return self._run("delete a training", lambda: delete_run(retraining))

    def look(self, selected: str) -> Job:
        """Ends in a Look, with the details of ``selected``."""
        return self._run("look at trainings", lambda: self._look(selected))

    def locate(self, retraining: RetrainFolder, study: str) -> Job:
        """Ends in the paths of a compared study; a phantom is written as DICOM first."""
        return self._runner.start(
            Lane.ERRAND,
            "find a study",
            lambda on_progress, cancel: paths_of(retraining, study, cancel),
        )

    def list_bundles(self) -> Job:
        """Ends in a Shelf."""
        return self._run("list bundles", shelf_now)

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

    def delete_bundle(self, bundle: ModelBundle) -> Job:
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

    def _start_new(self, order: RetrainOrder, cancel: CancelToken) -> RetrainFolder:
        require_none_runs()
        order = settled_now(order)
        retraining = RetrainFolder(runs_folder() / new_name())
        if order.reviews is not None:
            order = replace(order, reviews=copy_reviews(order.reviews, retraining.folder))
        retraining.write_order(order)
        return self._start(retraining, cancel)

    def _start(self, retraining: RetrainFolder, cancel: CancelToken) -> RetrainFolder:
        require_none_runs()
        retraining.run.pause_file.unlink(missing_ok=True)
        retraining.run.stop_file.unlink(missing_ok=True)
        process = self._processes.start(self._command(retraining), retraining.log_file)
        wait(lambda: _has_begun(retraining, process) or cancel.is_cancelled, _START_S)
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


def _has_begun(retraining: RetrainFolder, process: Detached) -> bool:
    """Whether it holds its lock, or has ended already."""
    return holder_of(retraining.lock_file) is not None or process.has_ended
