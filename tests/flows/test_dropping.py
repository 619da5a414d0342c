"""What is dropped on the window opens, wherever on it, or says why not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from pe_viewer.review import Review
from pe_viewer.state import Phase

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]
COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier

# the offscreen platform has no window manager to tell a dialog's size to
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def zipped(write_ct: WriteCt, tmp_path: Path) -> Path:
    """A zip of one study in a folder of its own."""
    write_ct(tmp_path / "ct" / "DOE_JANE")
    return Path(shutil.make_archive(str(tmp_path / "DOE_JANE"), "zip", tmp_path / "ct"))


def dragged(path: Path) -> QMimeData:
    """As file managers give it: the path as text, too."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    mime.setText(str(path))
    return mime


def drop(on: QWidget, path: Path) -> bool:
    """Drags a file over a widget and lets it go; whether it was taken."""
    mime = dragged(path)
    enter = QDragEnterEvent(QPoint(5, 5), COPY, mime, LEFT, PLAIN)
    QApplication.sendEvent(on, enter)
    if not enter.isAccepted():
        return False
    fall = QDropEvent(QPointF(5, 5), COPY, mime, LEFT, PLAIN)
    QApplication.sendEvent(on, fall)
    return fall.isAccepted()


def test_a_dropped_zip_opens(reader_without_model: "Reader", zipped: Path) -> None:
    reader = reader_without_model
    assert drop(reader.room.window, zipped)
    reader.waits(lambda s: s.volume is not None)
    assert reader.sees.series is not None
    assert {source.file for source in reader.sees.series.slices} == {str(zipped)}


def test_a_zip_that_has_come_by_half_says_so_and_what_is_open_stays(
    reader_without_model: "Reader", zipped: Path, tmp_path: Path
) -> None:
    reader = reader_without_model
    reader.opens(zipped)
    series = reader.sees.series
    half = tmp_path / "half.zip"
    half.write_bytes(zipped.read_bytes()[: zipped.stat().st_size // 2])
    assert drop(reader.room.window, half)
    reader.waits(lambda s: s.scanning.phase is Phase.FAILED)
    assert "a damaged zip file" in reader.sees.scanning.message
    assert reader.sees.series is series


def test_a_drag_that_leaves_again_opens_nothing(
    reader_without_model: "Reader", zipped: Path
) -> None:
    reader = reader_without_model
    mime = dragged(zipped)
    enter = QDragEnterEvent(QPoint(5, 5), COPY, mime, LEFT, PLAIN)
    QApplication.sendEvent(reader.room.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(reader.room.window, QDragLeaveEvent())
    assert reader.sees.scanning.phase is Phase.IDLE


@pytest.mark.parametrize(
    ("kind", "name"),
    [(QLineEdit, "RV in mm"), (QLineEdit, "Name of the reader"), (QPlainTextEdit, "Impression")],
)
def test_a_file_dropped_on_a_field_opens_and_its_path_is_in_no_report(
    reader_without_model: "Reader", zipped: Path, kind: type[QWidget], name: str
) -> None:
    reader = reader_without_model
    reader.opens(zipped)
    before = reader.sees.studies
    reader.room.controller.reporting.toggle_panel()
    fields = reader.room.window.views.report_panel.findChildren(kind)
    field = next(field for field in fields if field.accessibleName().startswith(name))
    text = field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()
    assert drop(field.viewport() if isinstance(field, QPlainTextEdit) else field, zipped)
    reader.waits(lambda s: s.studies is not before and s.volume is not None)
    after = field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()
    assert after == text
    assert reader.sees.review == Review()
