"""The main window: layout, menus, dialogs that ask for a path, and drops. No logic."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_viewer.library.series_id import key_of_study
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.bars.status_bar import StatusBar
from pe_viewer.views.bars.top_bar import TopBar
from pe_viewer.views.command_palette import CommandPalette
from pe_viewer.views.dropped_files import local_paths
from pe_viewer.views.findings.findings_panel import FindingsPanel
from pe_viewer.views.findings.reason_menu import ReasonMenu
from pe_viewer.views.library.forget_question import ask_to_forget
from pe_viewer.views.library.library_sheet import LibrarySheet
from pe_viewer.views.library.study_browser import StudyBrowser
from pe_viewer.views.library.welcome import Welcome
from pe_viewer.views.picture.go_to_box import GoToBox
from pe_viewer.views.picture.picture_menu import PictureMenu
from pe_viewer.views.picture.plane_column import PlaneColumn
from pe_viewer.views.picture.slice_view import SliceView
from pe_viewer.views.preferences.preferences_sheet import PreferencesSheet
from pe_viewer.views.preferences.preset_sheet import PresetSheet
from pe_viewer.views.preferences.shortcut_editor import ShortcutEditor
from pe_viewer.views.pressing_keys import PressingKeys
from pe_viewer.views.report.panel import ReportPanel
from pe_viewer.views.sheets.coverage_sheet import CoverageSheet
from pe_viewer.views.sheets.export_sheet import ExportSheet
from pe_viewer.views.sheets.send_sheet import SendSheet
from pe_viewer.views.sheets.series_sheet import SeriesSheet
from pe_viewer.views.sheets.shortcut_sheet import ShortcutSheet
from pe_viewer.views.sheets.skipped_sheet import SkippedSheet
from pe_viewer.views.sheets.tag_sheet import TagSheet
from pe_viewer.views.track.label_lanes import LabelLanes
from pe_viewer.views.track.score_track import ScoreTrack

NARROW_PX: Final = 1280
"""At this width and below the study browser is closed at first."""

WIDE_PX: Final = 1920
"""From this width the report stands beside the findings; below, in their place."""

TWO_VIEWS_PX: Final = 2560
"""From this width the other planes stand beside the slices at first."""

_TOP_BAR_PX: Final = 36
_BROWSER_PX: Final = 240
_TRACK_PX: Final = 64
_FINDINGS_PX: Final = 320
_REPORT_PX: Final = 440
_STATUS_BAR_PX: Final = 24
_SLICES_TO_PLANES: Final = (3, 2)
"""The width of the slices to that of the planes beside them."""

_MINIMUM_PX: Final = (960, 600)
_ZOOM_STEP: Final = 1.25


@dataclass(frozen=True, slots=True)
class Views:
    """The window's parts, each drawing the state."""

    top_bar: TopBar
    study_browser: StudyBrowser
    welcome: Welcome
    slice_view: SliceView
    plane_column: PlaneColumn
    score_track: ScoreTrack
    label_lanes: LabelLanes
    findings_panel: FindingsPanel
    report_panel: ReportPanel
    status_bar: StatusBar
    go_to_box: GoToBox
    command_palette: CommandPalette
    shortcut_sheet: ShortcutSheet
    preset_sheet: PresetSheet
    coverage_sheet: CoverageSheet
    series_sheet: SeriesSheet
    skipped_sheet: SkippedSheet
    library_sheet: LibrarySheet
    tag_sheet: TagSheet
    preferences_sheet: PreferencesSheet
    export_sheet: ExportSheet
    send_sheet: SendSheet
    shortcut_editor: ShortcutEditor


class MainWindow(QMainWindow):
    """Places the views and asks for paths; what is asked for leaves as a signal."""

    paths_opened = Signal(object)
    narrow_changed = Signal(bool)
    wide_changed = Signal(bool)
    first_painted = Signal()
    overlay_key_released = Signal()
    shortcut_editor_requested = Signal()
    training_requested = Signal()
    bundles_requested = Signal()
    forgetting_requested = Signal(object)
    check_requested = Signal()
    closed = Signal()

    def __init__(self, state: ReviewState, views: Views, action_set: ActionSet) -> None:
        super().__init__()
        self.views = views
        self._state = state
        self._action_set = action_set
        self._is_narrow: bool | None = None
        self._is_wide = False
        self._has_painted = False
        self._pressing_keys = PressingKeys()
        self.reason_menu = ReasonMenu(self)
        self.picture_menu = PictureMenu(action_set, self)
        self._pages = QStackedWidget()
        self._reading_page = self._make_reading_page()
        for sheet in (
            views.shortcut_sheet,
            views.preset_sheet,
            views.coverage_sheet,
            views.series_sheet,
            views.skipped_sheet,
            views.library_sheet,
            views.tag_sheet,
            views.preferences_sheet,
            views.export_sheet,
            views.send_sheet,
            views.shortcut_editor,
        ):
            sheet.setParent(self, sheet.windowFlags())
        views.command_palette.setParent(self)
        self.setWindowTitle(SOFTWARE_NAME)
        self.setMinimumSize(*_MINIMUM_PX)
        self.setAcceptDrops(True)
        self.addActions(list(action_set))
        action_set.fill(self.menuBar())
        self.setCentralWidget(self._make_central())
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def ask_for_folder(self) -> None:
        """Asks for a folder of CT slices."""
        folder = QFileDialog.getExistingDirectory(self, "Open a folder of CT slices")
        if folder:
            self.paths_opened.emit([Path(folder)])

    def ask_for_file(self) -> None:
        """Asks for DICOM files, a DICOMDIR or a zip."""
        names, _ = QFileDialog.getOpenFileNames(self, "Open DICOM files, a DICOMDIR or a zip")
        if names:
            self.paths_opened.emit([Path(name) for name in names])

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def ask_for_slice(self) -> None:
        """Asks for an image number or a position, where a series is open."""
        if self._pages.currentWidget() is self._reading_page:
            self.views.go_to_box.ask()

    def ask_for_reason(self) -> None:
        """Asks why the flag in view is not PE."""
        view = self.views.slice_view
        self.reason_menu.popup(view.mapToGlobal(view.rect().center()))

    def edit_comment(self) -> None:
        """Opens the comment on what lies at the slice in view, where the findings are shown."""
        if self.views.findings_panel.isVisible():
            self.views.findings_panel.edit_comment()

    def show_actual_size(self) -> None:
        self.views.slice_view.ask_for_actual_size()

    def zoom_in(self) -> None:
        self.views.slice_view.ask_for_zoom(_ZOOM_STEP)

    def zoom_out(self) -> None:
        self.views.slice_view.ask_for_zoom(1.0 / _ZOOM_STEP)

    def ask_for_training(self) -> None:
        self.training_requested.emit()

    def ask_for_bundles(self) -> None:
        self.bundles_requested.emit()

    def ask_for_check(self) -> None:
        self.check_requested.emit()

    def ask_to_forget_study(self) -> None:
        """Asks whether the study in view is to be forgotten, where there is one."""
        study = self._state.snapshot.study
        if study is not None:
            forget = partial(self.forgetting_requested.emit, [key_of_study(study)])
            ask_to_forget(self, "Forget this study?", forget)

    def show_preferences(self) -> None:
        self.views.preferences_sheet.show_settings()

    def show_shortcut_editor(self) -> None:
        self.shortcut_editor_requested.emit()

    def show_command_palette(self) -> None:
        self.views.command_palette.ask()

    def show_shortcut_sheet(self) -> None:
        self.views.shortcut_sheet.show()

    def show_preset_sheet(self) -> None:
        self.views.preset_sheet.show_presets()

    def show_series_sheet(self) -> None:
        """What is known of the series in view, where there is one."""
        self.views.series_sheet.show_where_open()

    def show_skipped_sheet(self) -> None:
        """The files of the last scan that are in no series."""
        self.views.skipped_sheet.show()

    def show_library_sheet(self) -> None:
        """All studies that were opened."""
        self.views.library_sheet.show()

    def show_tag_sheet(self) -> None:
        """What the file of the slice in view says."""
        self.views.tag_sheet.show()

    def show_about(self) -> None:
        box = QMessageBox(self)
        box.setWindowTitle(f"About {SOFTWARE_NAME}")
        box.setText(f"{SOFTWARE_NAME} {__version__}\n\n{NOTICE}")
        box.open()

    def event(self, event: QEvent) -> bool:
        return self._pressing_keys.takes(event, self) or super().event(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Keys that show something for as long as they are held."""
        released = QKeySequence(event.keyCombination())
        is_overlay_key = released in self._action_set["toggle_overlay"].shortcuts()
        if is_overlay_key and not event.isAutoRepeat():
            self.overlay_key_released.emit()
        super().keyReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_right_panels()
        is_narrow = event.size().width() <= NARROW_PX
        if is_narrow is not self._is_narrow:
            self._is_narrow = is_narrow
            self.narrow_changed.emit(is_narrow)
        is_wide = event.size().width() >= TWO_VIEWS_PX
        if is_wide is not self._is_wide:
            self._is_wide = is_wide
            self.wide_changed.emit(is_wide)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.paths_opened.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def _make_reading_page(self) -> QWidget:
        views, page = self.views, QWidget()
        views.study_browser.setFixedWidth(_BROWSER_PX)
        views.score_track.setFixedWidth(_TRACK_PX)
        views.findings_panel.setFixedWidth(_FINDINGS_PX)
        views.report_panel.setFixedWidth(_REPORT_PX)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(views.study_browser)
        row.addWidget(views.slice_view, stretch=_SLICES_TO_PLANES[0])
        row.addWidget(views.plane_column, stretch=_SLICES_TO_PLANES[1])
        row.addWidget(views.score_track)
        row.addWidget(views.label_lanes)
        row.addWidget(views.findings_panel)
        row.addWidget(views.report_panel)
        return page

    def _make_central(self) -> QWidget:
        views, central = self.views, QWidget()
        views.top_bar.setFixedHeight(_TOP_BAR_PX)
        views.status_bar.setFixedHeight(_STATUS_BAR_PX)
        self._pages.addWidget(views.welcome)
        self._pages.addWidget(self._reading_page)
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(views.top_bar)
        column.addWidget(self._pages, stretch=1)
        column.addWidget(views.status_bar)
        return central

    def _show_right_panels(self) -> None:
        snapshot = self._state.snapshot
        has_room = not snapshot.shows_report or self.width() >= WIDE_PX
        self.views.findings_panel.setVisible(snapshot.shows_findings and has_room)
        self.views.report_panel.setVisible(snapshot.shows_report)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        is_same_layout = (
            (old.series is None) == (new.series is None)
            and old.shows_browser == new.shows_browser
            and old.shows_findings == new.shows_findings
            and old.shows_report == new.shows_report
            and old.shows_planes == new.shows_planes
        )
        if not is_same_layout:
            self._show(self._state.snapshot)  # newer than ``new`` where another part answered it

    def _show(self, snapshot: ReviewSnapshot) -> None:
        is_reading = snapshot.series is not None
        self.views.study_browser.setVisible(snapshot.shows_browser)
        self._show_right_panels()
        self.views.plane_column.setVisible(snapshot.shows_planes)
        self._pages.setCurrentWidget(self._reading_page if is_reading else self.views.welcome)
        if is_reading:
            self.views.slice_view.setFocus()
