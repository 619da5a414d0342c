"""Requests of the training window -> service -> TrainingState."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_models.bundle import ModelBundle
from pe_models.retraining.order import RetrainOrder
from pe_viewer.display.track import TrackPair
from pe_viewer.jobs import Job
from pe_viewer.services.training import TrainingService
from pe_viewer.training_state import ComparedStudy, Look, PlanView, RunView, TrainingState

_LOOK_MS: Final = 500

OpenStudy = Callable[[Sequence[Path], TrackPair, int], None]
"""Opens paths in the viewer, with the tracks of two bundles, at a slice."""


class Retraining(QObject):
    """Follows the runs while the window is open; ``on_bundle_changed`` is called when another
    bundle came into use."""

    def __init__(
        self,
        state: TrainingState,
        service: TrainingService,
        on_bundle_changed: Callable[[], None],
        open_study: OpenStudy,
    ) -> None:
        super().__init__()
        self._state, self._service = state, service
        self._on_bundle_changed, self._open_study = on_bundle_changed, open_study
        self._looking: Job | None = None
        self._finding: Job | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def open(self) -> None:
        """The window came into view."""
        self._timer.start()
        self.look()
        self.list_bundles()
        self.find_reviews()

    def close(self) -> None:
        """The window went out of view; a run goes on."""
        self._timer.stop()

    def look(self) -> None:
        """Reads the files of the runs, one look at a time."""
        if self._looking is None:
            self._looking = self._service.look(self._state.snapshot.selected)
            self._looking.succeeded.connect(self._on_looked)
            self._looking.finished.connect(self._on_look_finished)

    def select(self, name: str) -> None:
        self._state.update(selected=name, notice="")
        self.look()

    def find_reviews(self) -> None:
        """Looks what is signed off in the library, one look at a time."""
        if self._finding is None:
            self._finding = self._service.find_reviews()
            self._finding.succeeded.connect(lambda found: self._state.update(reviews=found))
            self._finding.failed.connect(self._say)
            self._finding.finished.connect(self._on_find_finished)

    def plan(self, order: RetrainOrder) -> None:
        """Counts what the order would train on, and what it would cost."""
        self._state.update(plan=PlanView(is_running=True), notice="")
        job = self._service.plan(order)
        job.succeeded.connect(lambda plan: self._state.update(plan=plan))
        job.failed.connect(lambda message: self._state.update(plan=PlanView(message=message)))

    def start(self, order: RetrainOrder) -> None:
        self._follow(self._service.start(order), "Training starts")

    def pause(self) -> None:
        self._with_selected(lambda run: self._service.pause(run.retraining))

    def resume(self) -> None:
        self._with_selected(lambda run: self._service.resume(run.retraining))

    def stop(self) -> None:
        self._with_selected(
            lambda run: self._follow(self._service.stop(run.retraining), "Training stops")
        )

    def end_with_viewer(self, ends: bool) -> None:
        """Whether closing the viewer stops the run in view."""
        self._with_selected(lambda run: self._service.end_with_viewer(run.retraining, ends=ends))

    def go_on(self) -> None:
        self._with_selected(
            lambda run: self._follow(self._service.go_on(run.retraining), "Training goes on")
        )

    def delete_run(self) -> None:
        """Removes the run in view, which must have ended."""
        run = self._state.snapshot.selected_run
        if run is not None:
            job = self._service.delete_run(run.retraining)
            job.succeeded.connect(lambda _: self._say(f"{run.name} was deleted"))
            job.failed.connect(self._say)
            job.finished.connect(self.look)

    def promote(self) -> None:
        """Puts the candidate of the run in view to use, where the gate lets it."""
        self._with_selected(lambda run: self._change_bundle(self._service.promote(run.retraining)))

    def open_study(self, study: ComparedStudy) -> None:
        """Shows a compared study in the viewer; a phantom without files is written first."""
        run = self._state.snapshot.selected_run
        if run is None or study.tracks is None:
            return
        self._say("The study is looked for; a phantom is made, which takes a while")
        job = self._service.locate(run.retraining, study.study)
        job.succeeded.connect(partial(self._on_located, study.tracks, study.slice_index))
        job.failed.connect(self._say)

    def use(self, bundle: ModelBundle) -> None:
        self._change_bundle(self._service.use(bundle))

    def roll_back(self) -> None:
        self._change_bundle(self._service.roll_back())

    def list_bundles(self) -> None:
        job = self._service.list_bundles()
        job.succeeded.connect(lambda shelf: self._state.update(shelf=shelf))
        job.failed.connect(self._say)

    def verify(self, bundle: ModelBundle) -> None:
        job = self._service.verify(bundle)
        job.succeeded.connect(
            lambda found: self._say(f"{found.name} {found.version} is whole: {found.sha256[:16]}…")
        )
        job.failed.connect(self._say)

    def import_file(self, path: Path) -> None:
        job = self._service.import_file(path)
        job.succeeded.connect(lambda found: self._say(f"{found.name} {found.version} was added"))
        self._list_after(job)

    def export_file(self, bundle: ModelBundle, target: Path) -> None:
        job = self._service.export_file(bundle, target)
        job.succeeded.connect(lambda found: self._say(f"{bundle.name} was written"))
        job.failed.connect(self._say)

    def delete_bundle(self, bundle: ModelBundle) -> None:
        job = self._service.delete_bundle(bundle)
        job.succeeded.connect(lambda _: self._say(f"{bundle.name} was deleted"))
        self._list_after(job)

    def _change_bundle(self, job: Job) -> None:
        job.succeeded.connect(self._on_promoted)
        self._list_after(job)

    def _list_after(self, job: Job) -> None:
        job.failed.connect(self._say)
        job.finished.connect(self.list_bundles)

    def _follow(self, job: Job, words: str) -> None:
        self._say(words)
        job.succeeded.connect(lambda retraining: self.select(retraining.name))
        job.failed.connect(self._say)

    def _with_selected(self, act: Callable[[RunView], object]) -> None:
        run = self._state.snapshot.selected_run
        if run is not None:
            act(run)
            self.look()

    def _say(self, words: str) -> None:
        self._state.update(notice=words)

    def _on_located(self, tracks: TrackPair, slice_index: int, paths: Sequence[Path]) -> None:
        self._say("The study is open in the viewer")
        self._open_study(paths, tracks, slice_index)

    def _on_looked(self, look: Look) -> None:
        is_current = look.details.name == self._state.snapshot.selected
        self._state.update(runs=look.runs, **({"details": look.details} if is_current else {}))

    def _on_look_finished(self) -> None:
        self._looking = None

    def _on_find_finished(self) -> None:
        self._finding = None

    def _on_promoted(self, bundle: ModelBundle) -> None:
        self._say(f"{bundle.name} {bundle.version} is in use now")
        self._on_bundle_changed()
