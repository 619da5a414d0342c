"""Pictures of the window in every state it is drawn in, from one CT and hand-made Findings.

    python benchmarks/gallery.py [FOLDER] [--out DIR] [--size 1600x1000 ...] [--only NAME ...]

Nothing runs: each picture is one snapshot of the state, so that states that are hard to reach (a
failed job, a coarse pass) can be looked at as easily as the others. ``QT_SCALE_FACTOR`` 1.5 or 2
draws them as a finer screen would. The guide's pictures are made by ``guide.py``.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from _gallery_states import states, subject_of
from _subject import ROOT, add_folder, folder_or_phantom
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from pe_viewer.actions import OWN
from pe_viewer.app import make_application, make_views
from pe_viewer.main_window import NARROW_PX, MainWindow
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet

Opener = Callable[[MainWindow], QWidget]
"""Opens a part of the window and gives what is to be drawn."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--truth", type=Path, help="the folder of a phantom cohort's truth")
    parser.add_argument("--out", type=Path, default=ROOT / "cohorts" / "gallery")
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT in px")
    parser.add_argument("--only", action="append", help="a state's or a sheet's name")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    make_application()
    known = states(subject_of(folder_or_phantom(args.folder), args.truth))
    wanted = set(args.only or (*known, *SHEETS))
    for name in wanted & set(known):
        for size in args.size or ["1600x1000"]:
            width, height = (int(part) for part in size.split("x"))
            window_picture(known[name], width, height).save(str(args.out / f"{name}-{size}.png"))
    for name in wanted & set(SHEETS):
        state_name, _ = SHEETS[name]
        if state_name not in known:
            continue
        sheet_picture(known[state_name], name).save(str(args.out / f"sheet-{name}.png"))


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


if __name__ == "__main__":
    main()
