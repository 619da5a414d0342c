"""How the slice is drawn, in the whole window: overlay by key, peek, turns, one to one."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QLineEdit, QPushButton

from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.texts import date_text, person_name
from pe_viewer.review import Ellipse, Length
from pe_viewer.views.picture.slice_view import SliceView

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_g_shows_the_overlay_and_held_only_for_as_long(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.analyses()
    view = reader.room.window.views.slice_view
    reader.presses(Qt.Key.Key_G)
    assert reader.sees.overlay.is_visible, "a tap leaves it on"
    reader.presses(Qt.Key.Key_G)
    assert not reader.sees.overlay.is_visible
    QTest.keyPress(view, Qt.Key.Key_G)
    assert reader.sees.overlay.is_visible
    pressed_s = time.monotonic()
    reader.waits(lambda s: time.monotonic() - pressed_s > 0.4)
    QTest.keyRelease(view, Qt.Key.Key_G)
    assert not reader.sees.overlay.is_visible, "a peek ends with the key"


def test_r_h_and_f_turn_mirror_and_fit(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.presses(Qt.Key.Key_R)
    reader.presses(Qt.Key.Key_H)
    assert reader.sees.view == ViewTransform(quarter_turns=3, is_mirrored=True)
    reader.presses(Qt.Key.Key_F, SHIFT)
    view = reader.room.window.views.slice_view
    assert view.placement is not None
    assert view.placement.pixel_size == pytest.approx((1.0, 1.0))
    reader.presses(Qt.Key.Key_F)
    assert reader.sees.view == ViewTransform(quarter_turns=3, is_mirrored=True)
    reader.presses(Qt.Key.Key_0, CONTROL)
    assert reader.sees.view == ViewTransform()


def test_stored_pixels_are_shown_as_they_are_on_request(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    view = reader.room.window.views.slice_view
    reader.presses(Qt.Key.Key_Space)
    smooth = view.grab().toImage()
    reader.presses(Qt.Key.Key_I, SHIFT)
    assert not reader.sees.is_smooth
    assert view.grab().toImage() != smooth


def drag(view: SliceView, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place (row, col) of the slice to another."""
    assert view.placement is not None
    begin, stop = (QPointF(*view.placement.to_view(*place)).toPoint() for place in (start, end))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(view, (begin + stop) / 2)
    QTest.mouseMove(view, stop)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=stop)


def test_lengths_and_ellipses_are_drawn_kept_with_their_slice_and_undone(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    view, window = reader.room.window.views.slice_view, reader.sees.window
    reader.presses(Qt.Key.Key_R)
    reader.presses(Qt.Key.Key_L)
    drag(view, (40.0, 30.0), (40.0, 90.0))
    reader.presses(Qt.Key.Key_E)
    drag(view, (50.0, 50.0), (70.0, 80.0))
    length, ellipse = reader.sees.review.measures
    assert isinstance(length, Length)
    assert isinstance(ellipse, Ellipse)
    assert (*length.start, *length.end) == pytest.approx((40.0, 30.0, 40.0, 90.0), abs=0.2)
    assert (*ellipse.start, *ellipse.end) == pytest.approx((50.0, 50.0, 70.0, 80.0), abs=0.2)
    assert reader.sees.window == window, "no window was dragged"
    with_measures = view.grab().toImage()
    reader.presses(Qt.Key.Key_Backspace)
    assert reader.sees.review.measures == (length,)
    assert view.grab().toImage() != with_measures
    reader.presses(Qt.Key.Key_Z, CONTROL)
    assert reader.sees.review.measures == (length, ellipse)
    reader.presses(Qt.Key.Key_Down)
    reader.presses(Qt.Key.Key_Backspace)
    assert reader.sees.notice == "No measure on this slice"


def test_one_key_hides_the_patient_everywhere_in_the_window(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    study = reader.sees.study
    assert study is not None
    told = (person_name(study.patient.name), study.patient.patient_id, date_text(study.date))

    def on_screen() -> str:
        labels = reader.room.window.findChildren(QLabel)
        return "\n".join(
            f"{label.text()} {label.toolTip()}" for label in labels if label.isVisible()
        )

    assert all(words in on_screen() for words in told)
    reader.presses(Qt.Key.Key_H, CONTROL)
    assert not any(words in on_screen() for words in told)
    assert "Identity hidden" in on_screen()
    reader.presses(Qt.Key.Key_H, CONTROL)
    assert all(words in on_screen() for words in told)


def test_0_sets_the_window_by_the_contrast_in_the_trunk_or_says_why_not(
    reader: "Reader", phantom: Path
) -> None:
    reader.opens(phantom)
    before = reader.sees.window
    reader.presses(Qt.Key.Key_0)
    reader.waits(lambda s: "HU in the trunk" in s.notice or "draw an ellipse" in s.notice)
    assert (reader.sees.window != before) == (reader.sees.trunk is not None)


# the offscreen platform has no window manager to tell a dialog's size to
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_presets_are_edited_on_their_sheet(reader: "Reader", phantom: Path) -> None:
    reader.opens(phantom)
    reader.room.window.show_preset_sheet()
    sheet = reader.room.window.views.preset_sheet
    first_name = sheet.findChildren(QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly)[0]
    first_width = sheet.findChildren(QDoubleSpinBox)[0]
    first_name.setText("Clot")
    first_width.setValue(555)
    keep = next(b for b in sheet.findChildren(QPushButton) if b.text() == "Keep")
    reader.qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    reader.presses(Qt.Key.Key_1)
    assert reader.sees.window.width_hu == 555
    assert reader.room.window.views.top_bar._window.text() == "Clot  W 555 L 100"
