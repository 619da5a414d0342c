"""Walks the circle of retraining by mouse in the real window, and leaves the guide's pictures.

    python -m benchmarks.gallery.retraining_guide OUT [--home DIR]

Phantoms are read and signed; what was signed and more phantoms make candidates of the bundle in
use, one of all nets and one of the sequence net alone. The latter is compared, put to use where the
gate lets it, and gone back on; the installation is checked; a folder whose labels were turned round
makes another candidate, which the gate refuses. Real trainings: half an hour on two quiet cores.
With ``--home`` an interrupted walk goes on.
"""

import argparse
import csv
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QScrollArea, QToolButton, QWidget

from pe_models.labels import CSV_COLUMNS, IMAGE_LABEL, NEGATIVE, RIGHT, RV_LV_LT_1
from pe_models.phantom.cohort import write_cohort
from pe_viewer.app import Room, make_application, make_room, open_library
from pe_viewer.cli import platform
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.settings import SettingsFile
from pe_viewer.training_room import TrainingRoom

SIZE_PX = (1280, 860)
MAIN_PX = (1600, 1000)
BUTTON = Qt.MouseButton.LeftButton
PATIENCE_S = 3600
SEED = 33_000
N_READ = 2
_JPEG_QUALITY = 86
STEP_MS = 130
"""A slice counts as viewed once it stood painted for 100 ms."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path)
    args = parser.parse_args()
    if not platform.has_display():
        platform.use_no_display()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home = args.home or Path(scratch)
        os.environ["PE_HOME"] = str(home)
        Walk(home, args.out).walk()


class Walk:
    """Someone with a mouse, and a camera."""

    def __init__(self, home: Path, out: Path) -> None:
        self._out = out
        make_application()
        self._cohort, self._sabotaged = home / "to-read", home / "sabotaged"
        made = write_cohort(
            self._cohort,
            n_studies=N_READ,
            seed=SEED,
            positive_fraction=0.5,
            matrix=256,
            n_slices=50,
        )
        self._studies = sorted((made / "train").iterdir())
        self._room = self._reading_room(home)

    def walk(self) -> None:
        for study in self._studies:
            self.read_and_sign(study)
        self._room.window.ask_for_training()
        room = self._room.training.room
        room.window.resize(*SIZE_PX)
        self.retrain(room, "retrain", stages="All nets")
        self.retrain(
            room, "retrain-comparison", stages="Sequence net alone", n_phantoms=24, matrix=512
        )
        self.open_compared(room)
        self.promote_and_go_back(room)
        self.check(room)
        self.sabotage()
        self.retrain(room, "retrain-refused", stages="Sequence net alone")
        self._room.close()

    def read_and_sign(self, study: Path) -> None:
        """Every slice is looked at, the runs with PE are marked, the form says so, and signs."""
        room, keys = self._room, Qt.Key
        room.window.paths_opened.emit([study])
        self.wait(lambda: self.shows(study.name) and self.sees.volume is not None)
        if self.sees.review.sign_off is not None:
            return
        view, shows_pe = room.window.views.slice_view, self.slices_with_pe(study.name)
        QTest.keyClick(view, keys.Key_End)
        for _ in range(self.sees.n_slices):
            QTest.qWait(STEP_MS)
            at = self.sees.series.slices[self.sees.slice_index].sop_instance_uid
            if at in shows_pe and self.sees.review.added_at(self.sees.slice_index) is None:
                QTest.keyClick(view, keys.Key_Insert)
            QTest.keyClick(view, keys.Key_Up)
        QTest.keyClick(view, keys.Key_F4)
        panel = room.window.views.report_panel
        self.click_named(panel, QToolButton, f"Embolism: {'present' if shows_pe else 'absent'}")
        while reasons := self.named(panel, QPushButton, "Override"):
            QTest.mouseClick(reasons[0], BUTTON)
            (line,) = self.named(panel, QLineEdit, "Reason to sign in spite of")
            QTest.keyClicks(line, "A phantom")
            QTest.keyClick(line, keys.Key_Return)
        (name,) = self.named(panel, QLineEdit, "Name of the reader")
        name.clear()
        QTest.keyClicks(name, "Dr. Reader")
        self.click_named(panel, QPushButton, "Sign")
        QTest.keyClick(view, keys.Key_F4)

    def retrain(
        self,
        room: TrainingRoom,
        name: str,
        *,
        stages: str,
        n_phantoms: int = 12,
        matrix: int = 256,
    ) -> None:
        """From the form to the gate; a picture of each."""
        page, run = room.window.data_page, room.window.run_page
        self.click(room.window.new)
        if name != "retrain-refused":
            page.form.n_phantoms.setValue(n_phantoms)
            choose(page.form.matrix, str(matrix))
            self.wait(page.form.reviews.isEnabled)
            page.form.reviews.setChecked(True)
        else:
            page.form.phantoms.setChecked(False)
            page.form.reviews.setChecked(False)
            page.form.folder.setChecked(True)
            page.form.folder_path.setText(str(self._sabotaged))
        choose(page.form.preset, "Touch up")
        choose(page.form.stages, stages)
        self.click(page.check)
        self.wait(page.start.isEnabled)
        if name == "retrain":
            self.picture(room.window, "retrain-data")
        n_runs = len(room.state.snapshot.runs)
        self.click(page.start)
        self.wait(lambda: len(room.state.snapshot.runs) > n_runs)
        if name == "retrain":
            self.wait(lambda: ("slice", "loss") in room.state.snapshot.details.curves)
            self.wait(lambda: len(room.state.snapshot.details.curves["slice", "loss"][0]) > 100)
            self.picture(room.window, "retrain-run")
        self.wait(lambda: is_decided(room))
        QTest.qWait(1000)
        scroll_to_top(run)
        if name != "retrain":
            self.picture(room.window, name)

    def open_compared(self, room: TrainingRoom) -> None:
        """The study on which the bundles lie furthest apart, in the viewer."""
        self._room.window.raise_()
        self.click(room.window.run_page.comparison.studies.open)
        self.wait(lambda: self.sees.compared is not None and self.sees.volume is not None)
        QTest.qWait(500)
        self.picture(self._room.window, "retrain-both-tracks")

    def promote_and_go_back(self, room: TrainingRoom) -> None:
        card, page = room.window.run_page.card, room.window.bundles_page
        if card.promote.isVisible():
            self.click(card.promote)
            self.wait(lambda: not card.promote.isVisible())
        self.click(room.window.bundles)
        QTest.qWait(1000)
        self.picture(room.window, "retrain-bundles")
        if page.buttons["Go back"].isEnabled():
            self.click(page.buttons["Go back"])
            QTest.qWait(2000)

    def check(self, room: TrainingRoom) -> None:
        self.click(room.window.check)
        self.click(room.window.check_page.check)
        self.wait(lambda: not room.state.snapshot.check.is_running)
        self.picture(room.window, "retrain-check")

    def sabotage(self) -> None:
        """A cohort whose labels say the opposite, in the rules' terms, and no truth beside them."""
        folder = write_cohort(
            self._sabotaged, n_studies=8, seed=SEED + 100, positive_fraction=0.5, matrix=256,
            n_slices=50,
        )  # fmt: skip
        truth = folder / "truth"
        for path in truth.iterdir():
            path.unlink()
        truth.rmdir()
        turn_round(folder / "train.csv")

    @property
    def sees(self) -> Any:
        return self._room.state.snapshot

    def shows(self, study_uid: str) -> bool:
        return self.sees.series is not None and self.sees.series.study_uid == study_uid

    def slices_with_pe(self, study_uid: str) -> set[str]:
        with (self._cohort / "train.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        return {
            row["SOPInstanceUID"]
            for row in rows
            if row["StudyInstanceUID"] == study_uid and row[IMAGE_LABEL] == "1"
        }

    def named(self, place: QWidget, kind: type[Any], name: str) -> list[Any]:
        QCoreApplication.sendPostedEvents()
        found = [part for part in place.findChildren(kind) if part.isVisible()]
        return [p for p in found if (p.accessibleName() or p.text()).startswith(name)]

    def click_named(self, place: QWidget, kind: type[Any], name: str) -> None:
        (part,) = self.named(place, kind, name)
        QTest.mouseClick(part, BUTTON)

    def click(self, widget: QWidget) -> None:
        self.wait(lambda: widget.isVisible() and widget.isEnabled())
        QTest.mouseClick(widget, BUTTON)

    def wait(self, is_met: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_met():
            QTest.qWait(50)
            if time.monotonic() > end:
                self.picture(self._room.training.room.window, "stuck")
                raise SystemExit("it did not come so far; see stuck.jpg")

    def picture(self, window: QWidget, name: str) -> None:
        QTest.qWait(200)
        window.grab().save(str(self._out / f"{name}.jpg"), "JPG", _JPEG_QUALITY)
        print(name, flush=True)

    @staticmethod
    def _reading_room(home: Path) -> Room:
        library, _ = open_library(home / "data")
        room = make_room(
            SettingsFile(home / "settings.json"), AnalysisWorker(device="cpu"), library
        )
        room.window.resize(*MAIN_PX)
        room.window.show()
        return room


def is_decided(room: TrainingRoom) -> bool:
    """Whether the newest run is in view, with what the gate said of it."""
    seen = room.state.snapshot
    run = seen.selected_run
    if run is None or run.decision is None:
        return False
    is_newest = run.name == seen.runs[0].name == seen.details.name
    return is_newest and bool(seen.details.comparisons)


def choose(combo: QComboBox, words: str) -> None:
    combo.setCurrentIndex(combo.findText(words, Qt.MatchFlag.MatchStartsWith))


def scroll_to_top(page: QWidget) -> None:
    for area in page.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(0)


def turn_round(labels: Path) -> None:
    """Every exam with PE becomes one without, and the other way round."""
    with labels.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        on = (IMAGE_LABEL, RIGHT, RV_LV_LT_1) if row[NEGATIVE] == "1" else (NEGATIVE,)
        row.update({label: str(int(label in on)) for label in CSV_COLUMNS[3:]})
    with labels.open("w", newline="") as file:
        writer = csv.DictWriter(file, CSV_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
