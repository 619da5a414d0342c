"""Pictures of the window and of the sheets over it, each of one snapshot."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from pe_viewer.actions import OWN
from pe_viewer.app import make_views
from pe_viewer.main_window import NARROW_PX, MainWindow
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet

Opener = Callable[[MainWindow], QWidget]
"""Opens a part of the window and gives what is to be drawn."""


def window_picture(snapshot: ReviewSnapshot, width: int, height: int) -> QImage:
    """The window at that size."""
    return _drawn(snapshot, width, height, lambda window: window)


def sheet_picture(snapshot: ReviewSnapshot, name: str) -> QImage:
    """One sheet over that state; of the palette the window that it lies over."""
    return _drawn(snapshot, 1600, 1000, SHEETS[name][1])


def _drawn(snapshot: ReviewSnapshot, width: int, height: int, opened: Opener) -> QImage:
    """A part of the window, which came to the snapshot as it does: from nothing open."""
    state = ReviewState()
    action_set = ActionSet(state)
    window = MainWindow(state, make_views(state, action_set), action_set)
    window.resize(width, height)
    window.show()
    shows_browser = snapshot.shows_browser and width > NARROW_PX
    shown = replace(snapshot, shows_browser=shows_browser)
    state.update(**{field.name: getattr(shown, field.name) for field in fields(shown)})
    part = opened(window)
    for _ in range(3):
        QApplication.processEvents()
    picture = part.grab().toImage()
    for widget in (part, window):
        widget.close()
    window.deleteLater()
    return picture


def _sheet(name: str) -> Opener:
    """A sheet that needs nothing but to be shown."""

    def opened(window: MainWindow) -> QWidget:
        sheet: QWidget = getattr(window.views, name)
        sheet.show()
        return sheet

    return opened


def _keys(window: MainWindow) -> QWidget:
    """With every key in sight, however small the screen is that nobody looks at."""
    sheet = window.views.shortcut_sheet
    sheet.show()
    sheet.resize(sheet.sizeHint())
    return sheet


def _preferences(window: MainWindow) -> QWidget:
    window.show_preferences()
    return window.views.preferences_sheet


def _presets(window: MainWindow) -> QWidget:
    window.show_preset_sheet()
    return window.views.preset_sheet


def _shortcut_editor(window: MainWindow) -> QWidget:
    window.views.shortcut_editor.show_keys(OWN)
    return window.views.shortcut_editor


def _coverage(window: MainWindow) -> QWidget:
    window.views.coverage_sheet.show_or_go_on()
    return window.views.coverage_sheet


def _palette(window: MainWindow) -> QWidget:
    window.show_command_palette()
    return window


def _end_of_report(window: MainWindow) -> QWidget:
    """Impression, check and sign-off: the form scrolled to its end."""
    panel = window.views.report_panel
    QApplication.processEvents()
    bar = panel.findChildren(QScrollArea)[0].verticalScrollBar()
    bar.setValue(bar.maximum())
    return panel


SHEETS: Final[dict[str, tuple[str, Opener]]] = {
    "keys": ("not-analysed", _keys),
    "preferences": ("not-analysed", _preferences),
    "shortcut-editor": ("not-analysed", _shortcut_editor),
    "presets": ("not-analysed", _presets),
    "palette": ("not-analysed", _palette),
    "series": ("assumed", _sheet("series_sheet")),
    "skipped": ("skipped-files", _sheet("skipped_sheet")),
    "coverage": ("reviewed", _coverage),
    "report-check": ("report", _end_of_report),
    "report-signed": ("report-signed", _end_of_report),
    "library-sheet": ("library", _sheet("library_sheet")),
    "tag-sheet": ("tags", _sheet("tag_sheet")),
}
"""Sheets by name: the state under which each is drawn, and how it is opened."""
