"""Without a mouse and without eyes: every control can be reached by Tab and tells its name."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QWidget,
)

from pe_viewer.views.training.form import RetrainForm

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from tests.flows.conftest import Reader

    WriteCt = Callable[..., NDArray[np.int16]]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
)


def controls(root: QWidget) -> Iterator[QWidget]:
    """Everything below ``root`` that takes the focus, but for the inner parts of Qt's own."""
    for widget in root.findChildren(QWidget):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_focus and isinstance(widget, CONTROLS) and not is_inner(widget):
            yield widget


def is_inner(widget: QWidget) -> bool:
    """Whether it is a part of one of Qt's own, as the list that a combo box pops up."""
    if widget.objectName().startswith("qt_"):
        return True
    owner = widget.parentWidget()
    while owner is not None and not isinstance(owner, QComboBox | QAbstractSpinBox):
        owner = owner.parentWidget()
    return owner is not None


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


def where(widget: QWidget) -> str:
    owner = widget.parentWidget()
    return f"{type(widget).__name__} {widget.objectName()!r} in {type(owner).__name__}"


def test_every_control_of_the_window_and_its_sheets_tells_its_name(
    reader: "Reader", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    window = reader.room.window
    window.show_preferences()
    window.show_shortcut_editor()
    window.show_preset_sheet()
    found = list(controls(window))
    for sheet in window.findChildren(QDialog):
        sheet.hide()
    assert len(found) > 60
    assert [where(widget) for widget in found if not name_of(widget)] == []


def test_every_control_of_the_training_window_tells_its_name(
    reader_without_model: "Reader",
) -> None:
    training = reader_without_model.room.training
    training.show()
    found = list(controls(training.room.window))
    assert len(found) > 15
    assert [where(widget) for widget in found if not name_of(widget)] == []
    form = training.room.window.findChild(RetrainForm)
    assert form is not None
    combos = training.room.window.findChildren(QComboBox)
    assert [where(combo) for combo in combos if not combo.accessibleName()] == []
    assert name_of(form.share) == "Phantoms, made on the spot: share with PE"
    assert form.device.accessibleName() == "Device"


def test_the_pictures_tell_their_names(reader: "Reader") -> None:
    views = reader.room.window.views
    names = [view.accessibleName() for view in (views.slice_view, views.score_track)]
    assert all(names)
    assert all(view.accessibleName() for view in views.plane_column.views.values())


def test_tab_walks_through_every_visible_control_and_comes_back(
    reader: "Reader", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    window = reader.room.window
    reader.waits_for_the_window()
    window.views.slice_view.setFocus()
    visited: list[QWidget] = []
    for _ in range(200):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in visited:
            break
        visited.append(focused)
        reader.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.views.slice_view, "the round is closed"
    to_reach = [w for w in controls(window) if w.isVisible() and w.isEnabled()]
    to_reach = [w for w in to_reach if w.window() is window]
    assert [where(widget) for widget in to_reach if widget not in visited] == []


@pytest.mark.parametrize("sheet_name", ["preferences_sheet", "shortcut_editor", "preset_sheet"])
def test_tab_walks_through_a_sheet_and_escape_leaves_it(reader: "Reader", sheet_name: str) -> None:
    window = reader.room.window
    show = {
        "preferences_sheet": window.show_preferences,
        "shortcut_editor": window.show_shortcut_editor,
        "preset_sheet": window.show_preset_sheet,
    }[sheet_name]
    show()
    sheet = getattr(window.views, sheet_name)
    reader.qtbot.waitUntil(sheet.isActiveWindow)
    visited: set[QWidget] = set()
    for _ in range(100):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in visited:
            break
        visited.add(focused)
        reader.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    to_reach = [w for w in controls(sheet) if w.isVisible() and w.isEnabled()]
    assert [where(widget) for widget in to_reach if widget not in visited] == []
    reader.qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


@pytest.mark.parametrize("kind", ["QPushButton", "QToolButton", "QLineEdit", "QComboBox"])
def test_the_focus_can_be_seen(kind: str) -> None:
    """The style sheet says how a control looks that has the focus."""
    from pe_viewer.views.style import style_sheet

    assert f"{kind}:focus" in style_sheet()
