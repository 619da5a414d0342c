"""The lines above and below: identity, window, model; notice, progress, a word to the reader."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from pe_models import NOTICE
from pe_models.imaging.study import SkippedFile
from pe_models.imaging.window import Window
from pe_viewer.display.presets import load_window_presets
from pe_viewer.state import (
    Activity,
    ModelStatus,
    Phase,
    QueuedStudy,
    ReviewSnapshot,
    ReviewState,
)
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.bars.identity_line import widths_px
from pe_viewer.views.bars.status_bar import StatusBar
from pe_viewer.views.bars.top_bar import TopBar
from pe_viewer.views.elided_label import ElidedLabel

Shown = Callable[..., Any]


def top_bar(state: ReviewState) -> TopBar:
    return TopBar(state, ActionSet(state))


def words(widget: TopBar | StatusBar) -> list[str]:
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisible() and w.text()]


def button(bar: QWidget, name: str) -> QToolButton:
    return next(b for b in bar.findChildren(QToolButton) if name in b.accessibleName())


def cancel_button(bar: StatusBar) -> QToolButton:
    return button(bar, "Cancel")


def test_the_patients_identity_is_on_screen(opened: ReviewSnapshot, shown: Shown) -> None:
    said = words(shown(top_bar(ReviewState(opened)), 1400, 36))
    assert said[:5] == ["DOE, Jane", "63 y F", "ID 123", "2026-11-20", "CT CHEST PE PROTOCOL"]


def test_a_name_is_missing_aloud(opened: ReviewSnapshot, shown: Shown) -> None:
    assert opened.study is not None
    nameless = replace(opened.study, patient=replace(opened.study.patient, name=""))
    assert words(shown(top_bar(ReviewState(replace(opened, study=nameless))), 1400, 36))[0] == (
        "No name"
    )


LONG_NAME = "WOLFESCHLEGELSTEINHAUSENBERGERDORFF-FEATHERSTONEHAUGH^MAXIMILIAN"
"""Of 64 characters, as many as a component of a name may have."""


def long_named(analysed: ReviewSnapshot) -> ReviewSnapshot:
    """With everything in the bar that takes room from the name."""
    assert analysed.study is not None
    patient = replace(analysed.study.patient, name=LONG_NAME, patient_id="8812345678")
    study = replace(analysed.study, patient=patient)
    return replace(analysed, study=study, shows_planes=True)


@pytest.mark.parametrize("width", [960, 1280, 1600])
def test_a_long_name_ends_in_an_ellipsis_and_the_id_is_whole(
    analysed: ReviewSnapshot, shown: Shown, width: int
) -> None:
    bar = shown(top_bar(ReviewState(long_named(analysed))), width, 36)
    name, patient_id = (
        w for w in bar.findChildren(ElidedLabel) if w.text().lower().startswith(("wolfe", "id 88"))
    )
    assert patient_id.isVisible()
    assert patient_id.width() >= patient_id.sizeHint().width()
    assert patient_id.geometry().right() <= patient_id.parentWidget().width()
    assert name.width() >= 60
    assert name.width() >= name.sizeHint().width() or name.is_cut
    for told in ("MAXIMILIAN", "63 y F", "ID 8812345678", "2026-11-20", "CT CHEST PE PROTOCOL"):
        assert told.lower() in name.toolTip().lower()


def test_the_bar_asks_for_no_wider_window_than_the_least(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    bar = shown(top_bar(ReviewState(long_named(analysed))), 960, 36)
    assert bar.minimumSizeHint().width() <= 960


WHOLE = (100, 50, 70, 80, 200, 10)
"""Name, age, ID, date, description, the sign for what is left out; gaps of 14 px between."""


@pytest.mark.parametrize(
    ("room", "given"),
    [
        (556, (100, 50, 70, 80, 200, 0)),
        (500, (100, 50, 70, 80, 144, 0)),
        (390, (100, 50, 70, 80, 0, 10)),
        (300, (100, 50, 70, 0, 0, 10)),
        (220, (100, 0, 70, 0, 0, 10)),
        (190, (100, 0, 70, 0, 0, 0)),
        (160, (76, 0, 70, 0, 0, 0)),
        (130, (60, 0, 56, 0, 0, 0)),
    ],
)
def test_description_date_age_and_name_give_way_in_this_order_before_the_id(
    room: int, given: tuple[int, ...]
) -> None:
    assert widths_px(WHOLE, room) == given


def test_without_an_id_the_name_alone_is_cut() -> None:
    assert widths_px((100, 0, 0, 0, 0, 10), 70) == (70, 0, 0, 0, 0, 0)


def test_folders_and_the_library_are_one_click_away_whatever_is_open(shown: Shown) -> None:
    bar = shown(top_bar(ReviewState()), 1400, 36)
    for hint in ("Ctrl+O", "Ctrl+F"):
        assert button(bar, hint).isVisible()


def test_the_window_is_named_by_its_preset_where_it_is_one(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(opened)
    bar = shown(top_bar(state), 1400, 36)
    assert button(bar, "Window preset").text() == "PE  W 700 L 100"
    state.update(window=Window(612.0, 80.0))
    assert button(bar, "Window preset").text() == "W 612 L 80"


def test_the_preset_menu_asks_for_a_window(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    bar = shown(top_bar(ReviewState(opened)), 1400, 36)
    with qtbot.waitSignal(bar.window_requested) as asked:
        button(bar, "Window preset").menu().actions()[1].trigger()
    assert asked.args == [load_window_presets()[1].window]


def test_buttons_keep_their_icons_whether_checked_or_not(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(opened)
    bar = shown(top_bar(state), 1400, 36)
    state.update(shows_browser=False)
    assert not button(bar, "study browser").icon().isNull()
    assert not button(bar, "study browser").isChecked()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (ModelStatus("pe", "2", "phantoms", is_ready=True, device="cpu"), "Model: pe, CPU"),
        (ModelStatus("pe", "2", "phantoms", is_ready=True, device="cuda:0"), "Model: pe, GPU"),
        (ModelStatus(), "Model: starting"),
        (ModelStatus(message="changed on disk"), "Model: none"),
    ],
)
def test_the_state_of_the_model_is_on_screen(
    opened: ReviewSnapshot, shown: Shown, model: ModelStatus, said: str
) -> None:
    assert said in words(shown(top_bar(ReviewState(replace(opened, model=model))), 1400, 36))


@pytest.mark.parametrize("phase", Phase)
def test_the_notice_stays_whatever_happens(
    opened: ReviewSnapshot, shown: Shown, phase: Phase
) -> None:
    busy = replace(opened, analysis=Activity(phase, "Analysing", 0.4, message="why " * 200))
    bar = shown(StatusBar(ReviewState(busy)), 960, 24)
    notice = next(w for w in bar.findChildren(QLabel) if w.text() == NOTICE)
    assert notice.isVisible()
    assert notice.width() >= notice.sizeHint().width()


def test_progress_shows_percent_and_time_left_and_can_be_cancelled(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    running = Activity(Phase.RUNNING, "Analysing", 0.41, seconds_left=12.0)
    bar = shown(StatusBar(ReviewState(replace(opened, analysis=running))), 1200, 24)
    assert "Analysing 41 % · 12 s left" in words(bar)
    assert bar.findChild(QProgressBar).value() == 41
    with qtbot.waitSignal(bar.cancel_requested):
        qtbot.mouseClick(cancel_button(bar), Qt.MouseButton.LeftButton)


def test_when_nothing_runs_there_is_no_progress_and_no_cancel(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(replace(opened, analysis=Activity(Phase.RUNNING, "Analysing", 0.41)))
    bar = shown(StatusBar(state), 1200, 24)
    state.update(analysis=Activity(Phase.DONE))
    assert words(bar) == [NOTICE]
    assert not bar.findChild(QProgressBar).isVisible()
    assert not cancel_button(bar).isVisible()


def test_a_failure_stays_readable(opened: ReviewSnapshot, shown: Shown) -> None:
    failed = Activity(Phase.FAILED, message="The disk is full. Choose another folder.")
    bar = shown(StatusBar(ReviewState(replace(opened, exporting=failed))), 1200, 24)
    assert "The disk is full. Choose another folder." in words(bar)


def test_a_word_to_the_reader_comes_and_goes(opened: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(opened)
    bar = shown(StatusBar(state), 1200, 24)
    state.update(notice="Last flagged slice")
    assert "Last flagged slice" in words(bar)
    state.update(notice="")
    assert words(bar) == [NOTICE]


def test_a_word_that_is_too_long_is_cut_with_a_sign_and_whole_in_its_tip(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    notice = "The report could not be written. Choose another folder, or make room there. " * 4
    bar = shown(StatusBar(ReviewState(replace(opened, notice=notice))), 960, 24)
    (word,) = (w for w in bar.findChildren(ElidedLabel) if w.text() == notice)
    assert word.is_cut
    assert word.geometry().right() <= bar.width()
    assert "make room there" in word.toolTip()


def test_a_scan_is_counted_beside_the_study_that_stays_open(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    scanning = Activity(Phase.RUNNING, "Scanning", 0.62, done=1240, total=2000)
    state = ReviewState(replace(opened, scanning=scanning))
    bar = shown(StatusBar(state), 1200, 24)
    assert "Reading headers  1,240 of 2,000" in words(bar)
    assert cancel_button(bar).isVisible()
    state.update(scanning=Activity(Phase.RUNNING, "Scanning"))
    assert "Looking for files" in words(bar)


def test_a_scan_while_nothing_is_open_is_told_on_the_page_alone(shown: Shown) -> None:
    scanning = Activity(Phase.RUNNING, "Scanning", 0.62, done=1240, total=2000)
    bar = shown(StatusBar(ReviewState(ReviewSnapshot(scanning=scanning))), 1200, 24)
    assert words(bar) == [NOTICE]


def test_skipped_files_are_counted_and_their_list_is_one_click_away(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    skipped = tuple(SkippedFile(Path(f"{k}.txt"), "not a DICOM file") for k in range(1200))
    state = ReviewState(replace(opened, skipped=skipped))
    bar = shown(StatusBar(state), 1200, 24)
    count = next(b for b in bar.findChildren(QToolButton) if b.text() == "1,200 files skipped")
    with qtbot.waitSignal(bar.skipped_requested):
        qtbot.mouseClick(count, Qt.MouseButton.LeftButton)
    state.update(skipped=())
    assert not count.isVisible()


def test_what_is_left_in_the_queue_is_told_while_nothing_else_runs(shown: Shown) -> None:
    running = Activity(Phase.RUNNING, "Analysing", 0.41)
    queue = (QueuedStudy("1", (), Activity(Phase.DONE)), QueuedStudy("2", (), running),
             QueuedStudy("3"))  # fmt: skip
    state = ReviewState(ReviewSnapshot(queue=queue))
    bar = shown(StatusBar(state), 1200, 24)
    assert "Queue: 2 studies left, analysing 41 %" in words(bar)
    state.update(exporting=Activity(Phase.RUNNING, "Writing the report"))
    assert not any("Queue" in said for said in words(bar))
    state.update(exporting=Activity(), queue=queue[:1])
    assert not any("Queue" in said for said in words(bar))
