"""A second reader's window before the lock: two models that disagree leave the same window.

Whatever depends on the model differs between the two, wherever it stands; nothing needs to be known
of where to look.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
import pytest
from PySide6.QtCore import QAbstractListModel, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QScrollBar,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pe_models.findings import Flag
from pe_viewer.app import Room, make_application, make_room
from pe_viewer.library.entry import BadgeKind, ModelBadge
from pe_viewer.settings import SettingsFile
from pe_viewer.state import Phase, ReviewSnapshot
from pe_viewer.views.track.track_text import value_text
from tests.pe_viewer.conftest import FLAGS, FakeWorker

WriteCt = Callable[..., Any]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

OPEN_UID, QUEUED_UID = "1.2.826.0.1.9.1001", "1.2.826.0.1.9.1002"
TEXTS = ("text", "toPlainText", "title", "windowTitle", "toolTip", "statusTip", "whatsThis",
         "accessibleName", "accessibleDescription", "placeholderText", "currentText")  # fmt: skip
SHEETS = ("library_sheet", "tag_sheet", "series_sheet", "coverage_sheet", "send_sheet")
CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?|\d{14,}")
"""Times of day, which differ for another reason."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that one window said, drew and exported."""

    words: list[str]
    pictures: dict[str, QImage]
    files: dict[str, str]
    notices: set[str]


def words_of(root: QWidget) -> Iterator[str]:
    """Every text of every widget, seen or not, and what can be pressed; then every action."""
    for widget in (root, *root.findChildren(QWidget)):
        if widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar):
            continue  # inner parts of Qt's, shown when there is room
        found = (getattr(widget, name, "") for name in TEXTS)
        told = [text() if callable(text) else text for text in found]
        state = f"{widget.isEnabled()} {widget.isVisible()}"
        yield f"{type(widget).__name__} {state} {' | '.join(map(str, told))}"
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from cells_of(widget)
    for action in root.findChildren(QAction):
        yield f"{action.text()} {action.toolTip()} {action.isEnabled()} {action.isChecked()}"


def cells_of(view: QAbstractItemView) -> Iterator[str]:
    model, roles = view.model(), (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
    n_columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for row in range(model.rowCount()):
        for column in range(n_columns):
            yield " ".join(str(model.index(row, column).data(role)) for role in roles)


def hovered(room: Room) -> Iterator[str]:
    """The tips along the track, and what stands in them."""
    track = room.window.views.score_track
    for y in range(0, track.height(), 8):
        at = QPointF(QPoint(track.width() // 2, y))
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, track.mapToGlobal(at), Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(track, move)
        yield f"{QToolTip.text()} {track.cursor().shape()}"
    QToolTip.hideText()
    snapshot = room.state.snapshot
    yield from (value_text(snapshot, index) for index in range(snapshot.n_slices))


def write_two(write_ct: WriteCt, folder: Path) -> None:
    for number, uid in enumerate((OPEN_UID, QUEUED_UID), start=1):
        write_ct(folder / str(number), series=number)
        for path in (folder / str(number)).iterdir():
            image = pydicom.dcmread(path)
            image.StudyInstanceUID = uid
            image.save_as(path)


@pytest.fixture
def reads(
    qtbot: QtBot, qapp: QApplication, nothing_left: None, home: Path, write_ct: WriteCt,
    tmp_path: Path,
) -> Callable[..., Told]:  # fmt: skip
    """``reads(flags, locks=False)``: one second reader's work on two studies, and all they met."""
    write_two(write_ct, tmp_path / "ct")

    def read(flags: tuple[Flag, ...], *, locks: bool = False) -> Told:
        make_application()
        worker = FakeWorker()
        worker.flags = flags
        (home / "settings.json").unlink(missing_ok=True)
        room = make_room(SettingsFile(home / "settings.json"), worker)
        try:
            return read_in(room, qtbot, tmp_path, locks=locks)
        finally:
            for sheet in room.window.findChildren(QDialog):
                sheet.hide()
            room.close()
            room.window.deleteLater()

    return read


def read_in(room: Room, qtbot: QtBot, folder: Path, *, locks: bool) -> Told:
    state, view = room.state, room.window.views.slice_view
    notices: set[str] = set()

    def wait(is_met: Callable[[ReviewSnapshot], bool]) -> None:
        qtbot.waitUntil(lambda: is_met(state.snapshot), timeout=20_000)

    room.window.resize(1600, 1000)
    with qtbot.waitExposed(room.window):
        room.window.show()
    room.warm_up()
    room.controller.second_reader.toggle()
    state.changed.connect(lambda old, new: notices.add(new.notice))
    room.window.paths_opened.emit([folder / "ct"])
    wait(lambda s: s.volume is not None)
    wait(lambda s: s.viewed is not None and s.slice_index in s.viewed)
    room.controller.analysing.analyze()
    wait(lambda s: s.analysis.phase is Phase.DONE)
    room.controller.queue.add_all_open()
    wait(lambda s: [q.activity.phase for q in s.queue] == [Phase.DONE])
    wait(lambda s: len(s.library) == 2 and all(entry.badge is not None for entry in s.library))
    wait(lambda s: len(s.library_pictures) == 2 and len(s.thumbnails) == 2)
    if locks:
        room.controller.second_reader.lock_first_read()
        wait(lambda s: any(is_told(entry.badge) for entry in s.library))
    keys = (Qt.Key.Key_N, Qt.Key.Key_B, Qt.Key.Key_G, Qt.Key.Key_Return, Qt.Key.Key_F4)
    for key in keys:
        QTest.keyClick(view, key)
        QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier)
    room.controller.navigation.go_to(3)
    wait(lambda s: s.viewed is not None and 3 in s.viewed)
    for name in SHEETS:
        sheet = getattr(room.window.views, name)
        sheet.show()
    room.controller.exporting.ask_for_folder()
    wait(lambda s: s.tags is not None)
    told = (*words_of(room.window), *hovered(room))
    words = sorted(CLOCK.sub("now", line) for line in told)  # two studies of one second: any order
    views = room.window.views
    drawn = (views.score_track, views.findings_panel, views.study_browser, views.report_panel,
             views.slice_view, room.window)  # fmt: skip
    pictures = {type(widget).__name__: widget.grab().toImage() for widget in drawn}
    files = exported(room, wait, folder / "report")
    return Told(words, pictures, files, notices)


def is_told(badge: ModelBadge | None) -> bool:
    """The list learns of the lock with the reading's next save."""
    return badge is not None and badge.kind is not BadgeKind.HELD_BACK


def exported(
    room: Room, wait: Callable[[Callable[[ReviewSnapshot], bool]], None], out: Path
) -> dict[str, str]:
    """The text formats, as all others are made from the same Report."""
    room.controller.exporting.export(out, ("json", "csv", "html", "fhir"))
    wait(lambda s: s.exporting.phase in (Phase.DONE, Phase.FAILED))
    assert room.state.snapshot.exporting.phase is Phase.DONE, room.state.snapshot.exporting.message
    files = {path.name: CLOCK.sub("now", path.read_text("utf-8")) for path in out.iterdir()}
    for path in out.iterdir():
        path.unlink()
    return files


def test_before_the_lock_two_models_that_disagree_leave_the_same_window(
    reads: Callable[..., Told],
) -> None:
    sick, healthy = reads(FLAGS), reads(())
    assert sick.words == healthy.words
    assert sick.notices == healthy.notices
    assert sick.files == healthy.files
    assert differing(sick, healthy) == set()


def differing(one: Told, other: Told) -> set[str]:
    return {name for name, picture in one.pictures.items() if picture != other.pictures[name]}


def test_after_the_lock_each_window_tells_what_its_model_said(reads: Callable[..., Told]) -> None:
    """The search above finds what there is to find."""
    sick, healthy = reads(FLAGS, locks=True), reads((), locks=True)
    assert any("flagged 0.94" in words for words in set(sick.words) - set(healthy.words))
    assert any("model score 0.94" in words for words in set(sick.words) - set(healthy.words))
    assert sick.files != healthy.files
    assert differing(sick, healthy) >= {"ScoreTrack", "FindingsPanel", "StudyBrowser", "MainWindow"}
