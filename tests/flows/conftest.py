"""The whole window, with the real worker process and a bundle of tiny untrained nets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pe_models import wire
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_viewer.app import Room, make_application, make_room
from pe_viewer.services.analysis import Analysis, AnalysisWorker, OnCoarse
from pe_viewer.services.studies import OpenSeries
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewSnapshot

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone at the window: presses keys, drops folders, waits for what is shown."""

    room: Room
    worker: AnalysisWorker
    qtbot: QtBot

    @property
    def sees(self) -> ReviewSnapshot:
        return self.room.state.snapshot

    def opens(self, *paths: Path) -> None:
        self.room.window.paths_opened.emit(list(paths))
        self.waits(lambda s: not s.scanning.is_running and not s.loading.is_running)

    def presses(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        *,
        times: int = 1,
    ) -> None:
        for _ in range(times):
            self.qtbot.keyClick(self.room.window.views.slice_view, key, modifiers)

    def analyses(self) -> None:
        self.presses(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        assert self.sees.analysis.is_running
        self.waits(lambda s: not s.analysis.is_running)

    def answers(self, menu: QMenu, key: Qt.Key) -> None:
        """Answers a menu by a key, and waits until keys go to the window again."""
        self.qtbot.waitUntil(menu.isVisible)
        QApplication.processEvents()  # told of the menu after its end, Qt leaves no window active
        self.qtbot.keyClick(menu, key)
        self.waits_for_the_window()

    def waits_for_the_window(self) -> None:
        """Until a menu is closed and keys go to the window again."""
        self.qtbot.waitUntil(
            lambda: QApplication.activePopupWidget() is None and self.room.window.isActiveWindow()
        )

    def waits(self, is_met: Callable[[ReviewSnapshot], bool]) -> None:
        self.qtbot.waitUntil(lambda: is_met(self.sees))


class SharedWorker(AnalysisWorker):
    """A real worker that outlives the room: its process takes seconds to start."""

    def stop(self) -> None:
        """Left to the end of the session."""

    def stop_at_last(self) -> None:
        super().stop()


class WorkerInside(AnalysisWorker):
    """The worker's pipelines in this process: they find the bundles of the test's own user."""

    def __init__(self, bundle: "ModelBundle") -> None:
        from pe_models.pipeline import Pipelines, open_pipeline

        super().__init__()
        self._pipelines = Pipelines(lambda: open_pipeline(bundle, "cpu"), "cpu")

    def describe(self, cancel: CancelToken) -> wire.Ready:
        main = self._pipelines.main
        return wire.Ready(1, main.bundle.stamp(), "cpu", main.methods)

    def analyze(
        self,
        opened: OpenSeries,
        *,
        on_progress: OnProgress = ignore_progress,
        on_coarse: OnCoarse = lambda scores: None,
        cancel: CancelToken,
    ) -> Analysis:
        found = self._pipelines.analyze(opened.volume, on_progress=on_progress, cancel=cancel)
        return Analysis(found.findings, found.heatmaps)

    def stop(self) -> None:
        """There is no process."""


@pytest.fixture(scope="session")
def shared_worker(tiny_bundle: "ModelBundle") -> Iterator[SharedWorker]:
    worker = SharedWorker(bundle=str(tiny_bundle.source), device="cpu")
    worker.describe(CancelToken())
    yield worker
    worker.stop_at_last()


@pytest.fixture
def own_worker(tiny_bundle: "ModelBundle") -> AnalysisWorker:
    """For a test that kills it; it starts on demand and ends with the room."""
    return AnalysisWorker(bundle=str(tiny_bundle.source), device="cpu")


@pytest.fixture
def reader(
    qtbot: QtBot, qapp: QApplication, shared_worker: SharedWorker, nothing_left: None, home: Path
) -> Iterator[Reader]:
    """A reader at a fresh window of 1600 x 1000 px."""
    yield from _reader_at(qtbot, shared_worker, home)


@pytest.fixture
def lone_reader(
    qtbot: QtBot, qapp: QApplication, own_worker: AnalysisWorker, nothing_left: None, home: Path
) -> Iterator[Reader]:
    """A reader whose room has a worker of its own."""
    yield from _reader_at(qtbot, own_worker, home)


@pytest.fixture
def picture_reader(
    qtbot: QtBot, qapp: QApplication, tiny_bundle: "ModelBundle", nothing_left: None, home: Path
) -> Iterator[Reader]:
    """A reader whose model is in this process, and knows the bundles below ``home``."""
    yield from _reader_at(qtbot, WorkerInside(tiny_bundle), home)


@pytest.fixture
def reader_without_model(
    qtbot: QtBot, qapp: QApplication, nothing_left: None, home: Path
) -> Iterator[Reader]:
    """A reader who asks for no analysis: the worker is not started."""
    yield from _reader_at(qtbot, AnalysisWorker(), home)


def _reader_at(qtbot: QtBot, worker: AnalysisWorker, home: Path) -> Iterator[Reader]:
    make_application()
    room = make_room(SettingsFile(home / "settings.json"), worker)
    room.window.resize(1600, 1000)
    with qtbot.waitExposed(room.window):
        room.window.show()
    yield Reader(room, worker, qtbot)
    room.close()
    room.window.deleteLater()


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of one small phantom study."""
    from pe_models.cli import main

    folder = tmp_path_factory.mktemp("phantom")
    arguments = ["--studies", "1", "--seed", "5", "--matrix", "128", "--slices", "24"]
    assert main(["phantom", "--out", str(folder), *arguments]) == 0
    return folder / "train"
