"""The one place that constructs: state, services, controller, views and the window."""

import logging
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pe_models import SOFTWARE_NAME, __version__, places
from pe_viewer.actions import Receiver
from pe_viewer.controller import Controller
from pe_viewer.controller.adaptive import Adaptive
from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.appearance import Appearance
from pe_viewer.controller.auditing import Auditing
from pe_viewer.controller.autosave import Autosave
from pe_viewer.controller.cataloguing import Cataloguing
from pe_viewer.controller.cine import Cine
from pe_viewer.controller.comparing import Comparing
from pe_viewer.controller.explaining import Explaining
from pe_viewer.controller.exporting import Exporting
from pe_viewer.controller.navigation import Navigation
from pe_viewer.controller.opening import Opening
from pe_viewer.controller.planes import Planes
from pe_viewer.controller.preferences import Preferences
from pe_viewer.controller.queue_keeping import QueueKeeping
from pe_viewer.controller.queueing import AnalysisQueue
from pe_viewer.controller.reporting import Reporting
from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.controller.second_reader import SecondReader
from pe_viewer.controller.sending import Sending
from pe_viewer.controller.session_keeping import SessionKeeping
from pe_viewer.controller.shortcuts import Shortcuts
from pe_viewer.controller.tag_reading import TagReading
from pe_viewer.controller.threshold import Threshold
from pe_viewer.controller.thumbnail_making import ThumbnailMaking
from pe_viewer.controller.viewing import Viewing
from pe_viewer.display.presets import load_window_presets
from pe_viewer.display.texts import EXTRA_METHODS, FORMAT_TEXTS
from pe_viewer.jobs import JobRunner, Lane
from pe_viewer.library.database import LibraryError
from pe_viewer.library.library import Library
from pe_viewer.main_window import MainWindow, Views
from pe_viewer.services.analysis import AnalysisService, AnalysisWorker
from pe_viewer.services.bundles import bundles_at_hand, name_in_use
from pe_viewer.services.library import LibraryService
from pe_viewer.services.logs import NO_LOG, crash_log, start_log
from pe_viewer.services.planes import PlaneService
from pe_viewer.services.queued import QueueService
from pe_viewer.services.readings import ReadingService
from pe_viewer.services.reports import ReportService
from pe_viewer.services.sending import SendService
from pe_viewer.services.single_instance import SingleInstance, StartRequest
from pe_viewer.services.studies import StudyService
from pe_viewer.services.tags import TagService
from pe_viewer.services.thumbnails import ThumbnailService
from pe_viewer.services.trunk import TrunkService
from pe_viewer.settings import Settings, SettingsFile
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.training_door import TrainingDoor
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.bars.status_bar import StatusBar
from pe_viewer.views.bars.top_bar import TopBar
from pe_viewer.views.command_palette import CommandPalette
from pe_viewer.views.fault_reporter import FaultReporter
from pe_viewer.views.findings.findings_panel import FindingsPanel
from pe_viewer.views.library.library_sheet import LibrarySheet
from pe_viewer.views.library.study_browser import StudyBrowser
from pe_viewer.views.library.welcome import Welcome
from pe_viewer.views.picture.go_to_box import GoToBox
from pe_viewer.views.picture.plane_column import PlaneColumn
from pe_viewer.views.picture.slice_view import SliceView
from pe_viewer.views.preferences.destinations_page import DestinationsPage
from pe_viewer.views.preferences.preferences_pages import (
    ModelPage,
    OverlayPage,
    ReadingPage,
    ReportPage,
    WindowPage,
)
from pe_viewer.views.preferences.preferences_sheet import PreferencesSheet
from pe_viewer.views.preferences.preset_sheet import PresetSheet
from pe_viewer.views.preferences.shortcut_editor import ShortcutEditor
from pe_viewer.views.report.panel import ReportPanel
from pe_viewer.views.screen_room import keep_within_screen
from pe_viewer.views.sheets.coverage_sheet import CoverageSheet
from pe_viewer.views.sheets.export_sheet import ExportSheet
from pe_viewer.views.sheets.send_sheet import SendSheet
from pe_viewer.views.sheets.series_sheet import SeriesSheet
from pe_viewer.views.sheets.shortcut_sheet import ShortcutSheet
from pe_viewer.views.sheets.skipped_sheet import SkippedSheet
from pe_viewer.views.sheets.tag_sheet import TagSheet
from pe_viewer.views.style import apply_style
from pe_viewer.views.track.label_lanes import LabelLanes
from pe_viewer.views.track.score_track import ScoreTrack
from pe_viewer.wiring import connect

logger = logging.getLogger(__name__)

_FIRST_SIZE_PX: Final = (1600, 1000)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Room:
    """A reading room: its window and what stands behind it. ``close`` before it goes."""

    state: ReviewState
    controller: Controller
    window: MainWindow
    studies: StudyService
    analysis: AnalysisService
    library: Library
    runner: JobRunner
    training: TrainingDoor

    def import_readers(self) -> None:
        """First of all after the first paint: what every study needs. It stays for good, as does
        the window."""
        self.runner.settle()
        self.studies.import_readers().finished.connect(self.runner.settle)

    def warm_up(self) -> None:
        """After the first paint: what the first analysis will need, and what the reader left."""
        self.controller.analysing.warm_up()
        self.controller.cataloguing.begin()
        self.controller.session.begin()
        self.controller.queue_keeping.begin()
        self.controller.sending.begin()

    def start_again(self, request: StartRequest) -> None:
        """Another start of the program was asked for that: it happens here, in front."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()
        if request.analyzes:
            self.controller.analysing.analyze_all()
        self.controller.opening.open_paths(request.paths)

    def close(self) -> None:
        """Stops all jobs, ends the worker and frees the study's memory. A second call does nothing:
        it would keep the closed room as the last session."""
        if self.runner.is_shut:
            return
        self.window.hide()
        self.runner.drain(Lane.LIBRARY)
        self.controller.autosave.close()
        self.controller.auditing.close()
        self.controller.session.close()
        self.controller.queue_keeping.close()
        self.controller.queue.close()
        self.controller.sending.close()
        self.training.close()
        self.runner.shutdown()
        self.controller.opening.close_study()
        self.library.close()
        self.analysis.shutdown()


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The styled application, or the one that runs already."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else None
    if application is None:
        application = QApplication([SOFTWARE_NAME, *arguments])
    application.setApplicationName(SOFTWARE_NAME)
    application.setApplicationVersion(__version__)
    apply_style(application)
    return application


def make_room(
    settings: SettingsFile, worker: AnalysisWorker, library: Library | None = None
) -> Room:
    """Everything behind one window, joined; nothing runs yet.

    ``library`` is open already and closes with the room; None keeps nothing beyond it.
    """
    kept = settings.settings
    state = ReviewState(
        ReviewSnapshot(
            shows_browser=kept.shows_browser,
            shows_findings=kept.shows_findings,
            shows_corner_text=kept.shows_corner_text,
        )
    )
    runner, library = JobRunner(), library or library_in_memory()
    studies, analysis = StudyService(runner), AnalysisService(runner, worker)
    controller = make_controller(state, settings, runner, studies, analysis, library)
    action_set = ActionSet(state)
    window = MainWindow(state, make_views(state, action_set, settings), action_set)
    _check_settings(action_set, kept)
    action_set.connect_requests({Receiver.CONTROLLER: controller, Receiver.WINDOW: window})
    connect(window, controller)
    window.views.preferences_sheet.preferences_requested.connect(
        lambda changes: _check_settings(action_set, settings.settings)
    )
    training = TrainingDoor(
        runner,
        library,
        partial(_use_promoted, controller, settings),
        controller.comparing.open_study,
    )
    window.training_requested.connect(training.show)
    window.bundles_requested.connect(training.show_bundles)
    window.check_requested.connect(training.show_check)
    return Room(state, controller, window, studies, analysis, library, runner, training)


def _use_promoted(controller: Controller, settings: SettingsFile) -> None:
    """The bundle in use changed: analyses go by it, whatever was chosen by name before."""
    settings.change(bundle=None)
    controller.analysing.use_model(bundle=None, device=settings.settings.device)


def make_controller(
    state: ReviewState,
    settings: SettingsFile,
    runner: JobRunner,
    studies: StudyService,
    analysis: AnalysisService,
    library: Library,
) -> Controller:
    """All parts of the controller, over one state."""
    shelf = LibraryService(runner, library)
    autosave = Autosave(state, ReadingService(runner, library))
    analysing, reviewing = Analysing(state, analysis, settings), Reviewing(state)
    second_reader = SecondReader(state, settings, analysing, reviewing)
    navigation = Navigation(state)
    opening = Opening(state, studies, analysing, reviewing, autosave, settings)
    queue = AnalysisQueue(state, QueueService(runner, library), analysis, analysing)
    return Controller(
        navigation=navigation,
        cine=Cine(state),
        appearance=Appearance(state, settings, load_window_presets()),
        adaptive=Adaptive(state, TrunkService(runner)),
        planes=Planes(state, PlaneService(runner)),
        viewing=Viewing(state),
        reviewing=reviewing,
        reporting=Reporting(state, settings, reviewing),
        auditing=Auditing(state, shelf, settings),
        threshold=Threshold(state),
        second_reader=second_reader,
        analysing=analysing,
        autosave=autosave,
        opening=opening,
        exporting=Exporting(state, ReportService(runner)),
        sending=Sending(state, SendService(runner, library.folder)),
        thumbnail_making=ThumbnailMaking(state, ThumbnailService(runner)),
        queue=queue,
        queue_keeping=QueueKeeping(state, shelf, queue),
        cataloguing=Cataloguing(
            state,
            shelf,
            settings,
            opening=opening,
            analysing=analysing,
            reviewing=reviewing,
            autosave=autosave,
            queue=queue,
        ),
        session=SessionKeeping(state, shelf, settings, opening),
        tags=TagReading(state, TagService(runner)),
        explaining=Explaining(state, analysis, analysing),
        shortcuts=Shortcuts(state, settings),
        preferences=Preferences(state, settings, second_reader, analysing),
        comparing=Comparing(state, opening, navigation),
    )


def library_in_memory() -> Library:
    """A library that keeps nothing beyond the program, open."""
    library = Library(None)
    library.open()
    return library


def open_library(folder: Path) -> tuple[Library, str]:
    """The library in ``folder``, open, and what the reader has to know of it, "" for nothing.

    Where it cannot be used the library is one in memory, and the words say so.
    """
    library = Library(folder)
    try:
        return library, library.open()
    except LibraryError as error:
        logger.error("the library cannot be used")
        return library_in_memory(), str(error)


def run(
    paths: Sequence[Path], *, analyzes: bool = False, exits_after_first_paint: bool = False
) -> int:
    """Shows the window, opened on ``paths``, until it is closed. The exit status.

    Where a window is open already, it does so in the place of a second one.
    ``analyzes``: every series that is opened is analysed, whatever the settings say.
    """
    application = make_application()
    instance = SingleInstance(places.user_data())
    if not exits_after_first_paint:
        if instance.hand_over(StartRequest(tuple(paths), analyzes)):
            return 0
        instance.listen()  # before the room is made: an icon is often clicked twice
    log = start_log()
    with crash_log(), closing(_make_own_room("" if log else NO_LOG)) as room:
        sys.excepthook = FaultReporter(room.window, log)
        if analyzes:
            room.controller.analysing.analyze_all()
        if exits_after_first_paint:
            room.window.first_painted.connect(application.quit)
        else:
            instance.start_requested.connect(room.start_again)
            room.window.first_painted.connect(room.import_readers)
            room.window.first_painted.connect(lambda: room.controller.opening.open_paths(paths))
            room.window.first_painted.connect(room.warm_up)
        room.window.closed.connect(application.quit)
        room.window.resize(*_FIRST_SIZE_PX)
        keep_within_screen(room.window)
        room.window.show()
        try:
            return application.exec()
        finally:
            sys.excepthook = sys.__excepthook__
            instance.close()


def _make_own_room(problem: str) -> Room:
    """The room of this user, with their settings and their library.

    ``problem`` is told where neither of these has one.
    """
    settings = SettingsFile(places.settings_file())
    worker = AnalysisWorker(bundle=settings.settings.bundle, device=settings.settings.device)
    library, notice = open_library(places.user_data())
    room = make_room(settings, worker, library)
    room.state.update(notice=notice or settings.problem or problem)
    return room


def make_views(
    state: ReviewState, action_set: ActionSet, settings: SettingsFile | None = None
) -> Views:
    """Every view of one window, drawing ``state``; ``settings`` are what its preferences show."""
    slice_view = SliceView(state)
    return Views(
        top_bar=TopBar(state, action_set),
        study_browser=StudyBrowser(state),
        welcome=Welcome(state),
        slice_view=slice_view,
        plane_column=PlaneColumn(state),
        score_track=ScoreTrack(state),
        label_lanes=LabelLanes(state),
        findings_panel=FindingsPanel(state),
        report_panel=ReportPanel(state),
        status_bar=StatusBar(state),
        go_to_box=GoToBox(slice_view),
        command_palette=CommandPalette(action_set),
        shortcut_sheet=ShortcutSheet(state, action_set),
        preset_sheet=PresetSheet(state),
        coverage_sheet=CoverageSheet(state),
        series_sheet=SeriesSheet(state),
        skipped_sheet=SkippedSheet(state),
        library_sheet=LibrarySheet(state),
        preferences_sheet=make_preferences(state, settings or SettingsFile(None)),
        export_sheet=ExportSheet(lambda: (settings or SettingsFile(None)).settings),
        send_sheet=SendSheet(state),
        shortcut_editor=ShortcutEditor(state),
        tag_sheet=TagSheet(state),
    )


def make_preferences(state: ReviewState, settings: SettingsFile) -> PreferencesSheet:
    """The sheet with all its pages; another part of the program adds its own here."""
    pages = (
        ReadingPage(),
        ModelPage(name_in_use, bundles_at_hand),
        OverlayPage(EXTRA_METHODS),
        WindowPage(),
        ReportPage(tuple(FORMAT_TEXTS.items())),
        DestinationsPage(state),
    )
    return PreferencesSheet(lambda: settings.settings, pages)


def _check_settings(action_set: ActionSet, settings: Settings) -> None:
    """The check marks of what is a setting and no part of the state."""
    action_set["analyze_on_open"].setChecked(settings.analyze_on_open)
    action_set["restore_at_start"].setChecked(settings.restores_session)
