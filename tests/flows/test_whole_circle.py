"""The whole circle from the menu, with real trainings: promotion, and refusal of a worse one."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from pe_models.bundle import bundle_in_use
from pe_models.labels import (
    CENTRAL,
    IMAGE_LABEL,
    LEFT,
    NEGATIVE,
    RIGHT,
    RV_LV_GTE_1,
    RV_LV_LT_1,
)
from pe_models.phantom.cohort import write_cohort
from pe_models.training.run import RunState
from pe_viewer.app import make_application
from pe_viewer.jobs import JobRunner
from pe_viewer.library.library import Library
from pe_viewer.training_room import TrainingRoom
from pe_viewer.training_state import RunView

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(5400),
    pytest.mark.qt_log_ignore("This plugin does not support"),
]

BUTTON = Qt.MouseButton.LeftButton
MOST_S = 600.0
"""The bar of the tiny circle, on two quiet cores."""


@pytest.fixture
def room(qtbot: QtBot, nothing_left: None, home: Path) -> Iterator[TrainingRoom]:
    make_application()
    runner, library = JobRunner(), Library(None)
    library.open()
    room = TrainingRoom(runner, library, lambda: None, lambda *what: None)
    with qtbot.waitExposed(room.window):
        room.show()
    yield room
    room.close()
    assert runner.shutdown()
    library.close()


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.waitUntil(lambda: widget.isVisible() and widget.isEnabled(), timeout=300_000)
    qtbot.mouseClick(widget, BUTTON)


def choose(combo: QComboBox, words: str) -> None:
    place = combo.findText(words, Qt.MatchFlag.MatchStartsWith)
    assert place >= 0, words
    combo.setCurrentIndex(place)


def carried_out(qtbot: QtBot, room: TrainingRoom) -> RunView:
    """Checks the data, starts, and waits for the end of the run."""
    page = room.window.data_page
    click(qtbot, room.window.new)
    click(qtbot, page.check)
    click(qtbot, page.start)

    def newest() -> RunView | None:
        runs = room.state.snapshot.runs
        return runs[0] if runs and runs[0].name == room.state.snapshot.selected else None

    def is_over() -> bool:
        run = newest()
        return run is not None and not run.status.is_alive and run.status.state is not None

    qtbot.waitUntil(is_over, timeout=4_000_000)
    run = newest()
    assert run is not None
    assert run.status.state is RunState.DONE, run.status.message
    return run


def test_a_tiny_retraining_of_all_stages_is_decided_upon_within_ten_minutes(
    qtbot: QtBot, room: TrainingRoom
) -> None:
    form = room.window.data_page.form
    choose(form.preset, "Tiny")
    choose(form.start, "From scratch")
    in_use = bundle_in_use().sha256
    began = time.monotonic()
    run = carried_out(qtbot, room)
    assert time.monotonic() - began < MOST_S
    assert run.decision is not None
    assert len(run.decision.checks) == 4
    assert bundle_in_use().sha256 == in_use


def test_sabotaged_labels_are_refused_though_the_held_out_studies_believe_them(
    qtbot: QtBot, room: TrainingRoom, tmp_path: Path
) -> None:
    cohort = write_cohort(
        tmp_path / "cohort", n_studies=8, seed=31_000, positive_fraction=0.5, matrix=256,
        n_slices=60,
    )  # fmt: skip
    turn_round(cohort / "train.csv")
    form = room.window.data_page.form
    form.phantoms.setChecked(False)
    form.folder.setChecked(True)
    form.folder_path.setText(str(cohort))
    choose(form.preset, "Touch up")
    choose(form.stages, "Sequence net alone")
    run = carried_out(qtbot, room)
    assert run.decision is not None
    assert not run.decision.passes
    assert not room.window.run_page.card.promote.isVisible()


def turn_round(labels: Path) -> None:
    """Every exam with PE becomes one without, and the other way round, in the rules' terms."""
    with labels.open(newline="") as file:
        rows = list(csv.DictReader(file))
    exams = {row["StudyInstanceUID"] for row in rows if row[NEGATIVE] == "1"}
    for row in rows:
        becomes_positive = row["StudyInstanceUID"] in exams
        for label in row:
            if label not in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                row[label] = "0"
        on = (IMAGE_LABEL, CENTRAL, LEFT, RIGHT, RV_LV_GTE_1) if becomes_positive else (NEGATIVE,)
        for label in on:
            row[label] = "1"
        assert RV_LV_LT_1 in row
    with labels.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
