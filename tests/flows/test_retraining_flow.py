"""The training window by mouse, with a small real process in the place of a training."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from pe_models.bundle import ModelBundle, bundle_in_use
from pe_models.evaluation.gate import RULE, Check, GateDecision
from pe_models.retraining.folder import RetrainFolder, list_runs, runs_folder, status_of
from pe_models.retraining.order import PhantomData, RetrainOrder
from pe_models.training.run import RunState
from pe_viewer.app import make_application
from pe_viewer.display.track import TrackPair
from pe_viewer.form.sign_off import SignOff
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.library.library import Library
from pe_viewer.library.review_json import Reading
from pe_viewer.review import Review
from pe_viewer.services.training import TrainingService
from pe_viewer.training_room import TrainingRoom
from pe_viewer.training_state import ReviewsFound, TrainingSnapshot
from pe_viewer.views.training.window import RetrainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT = Qt.MouseButton.LeftButton
PROCESS = Path(__file__).parents[1] / "pe_viewer" / "training_process.py"


class NearbyStudies(TrainingService):
    """Tells at once where a compared study lies."""

    def locate(self, retraining: RetrainFolder, study: str) -> Job:
        return self._runner.start(Lane.ERRAND, "find a study", lambda *_: (Path(study),))


@dataclass(frozen=True, slots=True)
class Trainer:
    """Someone at the training window: clicks, and waits for what is shown."""

    room: TrainingRoom
    library: Library
    qtbot: QtBot
    opened: list[tuple[object, ...]]

    @property
    def window(self) -> RetrainWindow:
        return self.room.window

    @property
    def sees(self) -> TrainingSnapshot:
        return self.room.state.snapshot

    def clicks(self, widget: QWidget) -> None:
        assert widget.isVisible(), widget
        assert widget.isEnabled(), widget
        self.qtbot.mouseClick(widget, LEFT)

    def chooses(self, combo: QComboBox, words: str) -> None:
        combo.setCurrentIndex(combo.findText(words, Qt.MatchFlag.MatchStartsWith))

    def waits(self, is_met: Callable[[TrainingSnapshot], bool]) -> None:
        self.qtbot.waitUntil(lambda: is_met(self.sees), timeout=150_000)

    def waits_for(self, button: QAbstractButton) -> None:
        self.qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=150_000)

    def chooses_run(self, row: int) -> None:
        runs: QListWidget = self.window.runs
        place = runs.visualItemRect(runs.item(row)).center()
        self.qtbot.mouseClick(runs.viewport(), LEFT, pos=place)


@pytest.fixture
def trainer(qtbot: QtBot, nothing_left: None, home: Path) -> Iterator[Trainer]:
    make_application()
    runner, library = JobRunner(), Library(None)
    library.open()
    opened: list[tuple[object, ...]] = []
    service = NearbyStudies(
        runner, library, lambda run: (str(PROCESS), str(run.folder), "4000", "hears")
    )
    room = TrainingRoom(runner, library, lambda: None, lambda *what: opened.append(what), service)
    with qtbot.waitExposed(room.window):
        room.show()
    yield Trainer(room, library, qtbot, opened)
    room.close()
    for run in list_runs():
        pid = status_of(run).pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
    assert runner.shutdown()
    library.close()


def test_what_was_signed_meanwhile_is_found_when_the_reader_comes_back(trainer: Trainer) -> None:
    trainer.waits(lambda s: s.runs == () and s.shelf.in_use_sha256 != "")
    assert trainer.sees.reviews == ReviewsFound()
    elsewhere = QWidget()
    trainer.qtbot.addWidget(elsewhere)
    elsewhere.show()
    elsewhere.activateWindow()
    trainer.qtbot.waitUntil(elsewhere.isActiveWindow)
    sign_off = SignOff("Dr Reader", datetime(2026, 11, 20, tzinfo=UTC), 9, 12, "f" * 64)
    reading = Reading(Review(sign_off=sign_off), 0, frozenset())
    trainer.library.readings.save("series", "study", reading)
    trainer.window.activateWindow()
    trainer.waits(lambda s: s.reviews.notes != ())
    assert "1 signed readings are left out" in trainer.sees.reviews.notes[0]


@pytest.mark.long
def test_a_training_is_checked_started_paused_stopped_and_goes_on_by_mouse(
    trainer: Trainer,
) -> None:
    page = trainer.window.data_page
    trainer.chooses(page.form.preset, "Tiny")
    trainer.chooses(page.form.start, "From scratch")
    trainer.clicks(page.check)
    trainer.waits_for(page.start)
    assert "6 patients with PE, 6 without" in page.counts.text()
    assert "not measured on this machine yet" in page.counts.text()
    trainer.clicks(page.start)
    run = trainer.window.run_page
    trainer.waits(lambda s: s.live_run is not None and s.live_run.status.done > 3)
    assert trainer.window.page is run
    assert "Training the slice net" in run.step.text()
    trainer.waits(lambda s: ("slice", "loss") in s.details.curves)
    trainer.clicks(run.pause)
    trainer.waits(lambda s: s.runs[0].status.state is RunState.PAUSED)
    trainer.clicks(run.resume)
    trainer.waits(lambda s: s.runs[0].status.state is RunState.RUNNING)
    trainer.clicks(run.stop)
    trainer.waits(lambda s: s.runs[0].status.state is RunState.STOPPED)
    assert run.state_words.text() == "stopped"
    trainer.waits_for(run.go_on)
    trainer.clicks(run.go_on)
    trainer.waits(lambda s: s.live_run is not None)
    trainer.clicks(trainer.window.new)
    trainer.clicks(page.check)
    trainer.waits(lambda s: s.plan.summary is not None)
    assert "one training at a time" in page.problems.text()
    assert not page.start.isEnabled()


def test_one_class_only_is_refused_before_anything_starts(trainer: Trainer) -> None:
    page = trainer.window.data_page
    trainer.waits(lambda s: s.shelf.in_use is not None)
    page.form.share.setValue(0)
    trainer.clicks(page.check)
    trainer.waits(lambda s: s.plan.summary is not None)
    assert "there are 0 and 12" in page.problems.text()
    assert not page.start.isEnabled()
    assert list_runs() == ()


def test_a_candidate_that_passed_is_put_to_use_by_one_click(
    trainer: Trainer, tiny_bundle: ModelBundle
) -> None:
    finished_run(tiny_bundle, difference=0.0)
    trainer.waits(lambda s: len(s.runs) == 1)
    trainer.chooses_run(0)
    card = trainer.window.run_page.card
    trainer.waits_for(card.promote)
    trainer.clicks(card.promote)
    trainer.waits(lambda s: s.shelf.in_use_sha256 == tiny_bundle.sha256)
    assert bundle_in_use().sha256 == tiny_bundle.sha256
    assert not card.promote.isVisible()
    trainer.clicks(trainer.window.bundles)
    bundles = trainer.window.bundles_page
    assert "promoted: passed the gate" in bundles.history.text()
    trainer.clicks(bundles.buttons["Go back"])
    trainer.waits(lambda s: s.shelf.in_use_sha256 != tiny_bundle.sha256)
    assert bundle_in_use().name == "pe-phantom"


def test_a_refused_candidate_can_be_looked_into_and_not_put_to_use(
    trainer: Trainer, tiny_bundle: ModelBundle
) -> None:
    finished_run(tiny_bundle, difference=-0.5)
    trainer.waits(lambda s: len(s.runs) == 1)
    trainer.chooses_run(0)
    run = trainer.window.run_page
    trainer.waits(lambda s: bool(s.details.comparisons))
    assert run.card.verdict.text() == "The gate refuses the candidate"
    assert not run.card.promote.isVisible()
    trainer.clicks(run.comparison.studies.open)
    trainer.qtbot.waitUntil(lambda: bool(trainer.opened))
    paths, tracks, slice_index = trainer.opened[0]
    assert paths == (Path("k1"),)
    assert tracks == TrackPair("older 1", "tiny 1", (0.1, 0.2), (0.9, 0.2))
    assert slice_index == 0


def finished_run(candidate: ModelBundle, *, difference: float) -> RetrainFolder:
    """A run as its process leaves it, with every criterion ``difference`` from even."""
    run = RetrainFolder(runs_folder() / candidate.name)
    run.write_order(RetrainOrder(PhantomData(12, 30_000), preset="tiny"))
    run.bundle.parent.mkdir()
    run.bundle.symlink_to(candidate.source)
    checks = tuple(
        Check(criterion, 0.8, 0.8 + difference, difference, difference, difference)
        for criterion in RULE
    )
    record = {"candidate": {"sha256": candidate.sha256}, "decision": GateDecision(checks).to_dict()}
    write(run.gate_file, record)
    state = {"state": "done", "stage": "safety", "done": 1, "total": 1, "updated": "now"}
    write(run.run.state_file, state)
    folder = run.comparison / "held-out"
    folder.mkdir(parents=True)
    apart = {"study": "k1", "is_positive": True, "exam_pe_score": {"a": 0.1, "b": 0.9},
             "slice_index": 0, "slice_gap": 0.8}  # fmt: skip
    named = {"a": {"name": "older", "version": "1"}, "b": {"name": "tiny", "version": "1"}}
    write(
        folder / "comparison.json",
        {**named, "n_studies": 1, "figures": {}, "disagreements": [apart]},
    )
    tracks = {"k1": {"truth": [1, 0], "a": [0.1, 0.2], "b": [0.9, 0.2]}}
    write(folder / "curves.json", {"tracks": tracks})
    return run


def write(path: Path, record: object) -> None:
    path.write_text(json.dumps(record))
