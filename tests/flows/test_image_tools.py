"""How the slice is drawn, in the whole window: overlay by key, peek, turns, one to one."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pe_viewer.display.looks import ViewTransform

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
