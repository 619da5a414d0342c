"""Which part of the controller answers which request of the window and its views."""

from functools import partial

from pe_viewer.controller import Controller
from pe_viewer.main_window import MainWindow, Views
from pe_viewer.views.preferences.destinations_page import DestinationsPage
from pe_viewer.views.preferences.preferences_pages import WindowPage


def connect(window: MainWindow, controller: Controller) -> None:
    """Joins them; each request has its answer here and nowhere else."""
    views = window.views
    _connect_pictures(views, controller)
    _connect_track(views, controller)
    _connect_findings(window, controller)
    _connect_studies(window, controller)
    _connect_library(window, controller)
    _connect_report(views, controller)
    _connect_sending(views, controller)
    _connect_preferences(window, controller)
    _connect_leaving(window, controller)
    window.paths_opened.connect(controller.opening.open_paths)
    window.overlay_key_released.connect(controller.appearance.release_overlay)
    window.narrow_changed.connect(controller.appearance.set_narrow)
    window.wide_changed.connect(controller.planes.set_wide)
    for picture in (views.slice_view, *views.plane_column.views.values()):
        picture.menu_requested.connect(window.picture_menu.popup)


def _connect_pictures(views: Views, controller: Controller) -> None:
    """Slices and planes, and the buttons that say how they are drawn."""
    slices, appearance, planes = views.slice_view, controller.appearance, controller.planes
    slices.slice_requested.connect(controller.navigation.go_to)
    slices.measure_made.connect(controller.reviewing.add_measure)
    slices.measure_made.connect(controller.reporting.go_on_measuring)
    slices.slice_painted.connect(controller.viewing.slice_painted)
    slices.view_requested.connect(appearance.set_view)
    for picture in (slices, *views.plane_column.views.values()):
        picture.window_requested.connect(appearance.set_window)
        picture.crosshair_requested.connect(planes.put_crosshair)
    for kind, plane_view in views.plane_column.views.items():
        plane_view.view_requested.connect(partial(planes.set_view, kind))
        plane_view.step_requested.connect(partial(planes.step_plane, kind))
    views.go_to_box.place_requested.connect(controller.navigation.go_to_place)
    views.preset_sheet.presets_requested.connect(appearance.set_presets)
    views.top_bar.overlay_button.overlay_requested.connect(appearance.set_overlay)
    views.top_bar.slab_button.slab_requested.connect(planes.set_slab)
    views.top_bar.window_requested.connect(appearance.set_window)
    views.tag_sheet.tags_requested.connect(controller.tags.read)


def _connect_track(views: Views, controller: Controller) -> None:
    track = views.score_track
    track.slice_requested.connect(controller.navigation.go_to)
    views.label_lanes.slice_requested.connect(controller.navigation.go_to)
    track.threshold_requested.connect(controller.threshold.put)
    track.threshold_reset_requested.connect(controller.threshold.reset)


def _connect_findings(window: MainWindow, controller: Controller) -> None:
    panel, reviewing = window.views.findings_panel, controller.reviewing
    panel.flag_requested.connect(controller.navigation.go_to_flag)
    panel.slice_requested.connect(controller.navigation.go_to)
    panel.decision_requested.connect(reviewing.decide_on)
    panel.removal_requested.connect(reviewing.remove)
    panel.comment_requested.connect(reviewing.comment_on)
    panel.heart_takeover_requested.connect(reviewing.take_over_heart)
    panel.analysis_requested.connect(controller.analysing.analyze)
    reviewing.reason_needed.connect(controller.cine.stop)
    reviewing.reason_needed.connect(window.ask_for_reason)
    window.reason_menu.reason_chosen.connect(reviewing.reject)


def _connect_studies(window: MainWindow, controller: Controller) -> None:
    """What is open, what can be opened, and what is under way."""
    browser, welcome = window.views.study_browser, window.views.welcome
    browser.series_requested.connect(controller.opening.open_series)
    browser.details_requested.connect(window.show_series_sheet)
    browser.queue_requested.connect(controller.queue.add)
    browser.dequeue_requested.connect(controller.queue.remove)
    welcome.cancel_requested.connect(controller.cancel)
    welcome.open_requested.connect(window.ask_for_folder)
    welcome.path_opened.connect(controller.opening.open_path)
    welcome.study_requested.connect(controller.cataloguing.open_study)
    welcome.pictures_requested.connect(controller.cataloguing.fetch_pictures)
    welcome.library_requested.connect(window.show_library_sheet)
    welcome.session_requested.connect(controller.session.restore)
    window.views.status_bar.cancel_requested.connect(controller.cancel)
    window.views.status_bar.skipped_requested.connect(window.show_skipped_sheet)


def _connect_library(window: MainWindow, controller: Controller) -> None:
    sheet, cataloguing = window.views.library_sheet, controller.cataloguing
    sheet.study_requested.connect(cataloguing.open_study)
    sheet.queue_requested.connect(controller.queue.add)
    sheet.dequeue_requested.connect(controller.queue.remove)
    sheet.pictures_requested.connect(cataloguing.fetch_pictures)
    for asker in (window, sheet):
        asker.forgetting_requested.connect(cataloguing.forget_studies)
    sheet.forgetting_all_requested.connect(cataloguing.forget_all)


def _connect_report(views: Views, controller: Controller) -> None:
    """The form, and the export with what is asked before it."""
    panel, reporting = views.report_panel, controller.reporting
    panel.form_requested.connect(reporting.set_form)
    panel.tool_requested.connect(controller.appearance.use_tool)
    panel.takeover_requested.connect(reporting.take_over_model_words)
    panel.override_requested.connect(reporting.override)
    panel.reason_begun.connect(reporting.begin_reason)
    panel.signing_requested.connect(reporting.sign)
    panel.addendum_requested.connect(reporting.add_addendum)
    panel.addendum_begun.connect(reporting.begin_addendum)
    controller.exporting.folder_needed.connect(views.coverage_sheet.show_or_go_on)
    views.coverage_sheet.report_requested.connect(views.export_sheet.ask)
    views.export_sheet.export_requested.connect(controller.exporting.export_chosen)


def _connect_sending(views: Views, controller: Controller) -> None:
    """The sheet that sends, and the page that says where to."""
    sending = controller.sending
    sending.sheet_needed.connect(views.send_sheet.ask)
    views.send_sheet.send_requested.connect(sending.send)
    views.send_sheet.retry_requested.connect(sending.retry)
    views.send_sheet.removal_requested.connect(sending.give_up)
    for page in views.preferences_sheet.pages:
        if isinstance(page, DestinationsPage):
            page.destinations_requested.connect(sending.keep_destinations)
            page.test_requested.connect(sending.test)
            sending.tested.connect(page.show_answer)


def _connect_leaving(window: MainWindow, controller: Controller) -> None:
    """What was typed or asked of one series is not answered for the next."""
    views, leaving = window.views, controller.opening.leaving
    leaving.connect(views.findings_panel.finish_comment)
    leaving.connect(views.report_panel.finish_typing)
    for asking in (
        views.export_sheet,
        views.send_sheet,
        views.go_to_box,
        window.reason_menu,
    ):
        leaving.connect(asking.hide)


def _connect_preferences(window: MainWindow, controller: Controller) -> None:
    """The preferences and the keys."""
    views, preferences = window.views, window.views.preferences_sheet
    preferences.preferences_requested.connect(controller.preferences.keep)
    for page in preferences.pages:
        if isinstance(page, WindowPage):
            page.presets_requested.connect(window.show_preset_sheet)
            page.shortcuts_requested.connect(window.show_shortcut_editor)
    window.shortcut_editor_requested.connect(
        lambda: views.shortcut_editor.show_keys(controller.shortcuts.scheme_id)
    )
    views.shortcut_editor.keys_requested.connect(controller.shortcuts.use)
