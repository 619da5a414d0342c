"""The study browser: what was found, what was skipped, and what is shown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel
from pytestqt.qtbot import QtBot

from pe_models.imaging.study import Series, SkippedFile
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.study_browser import StudyBrowser

Shown = Callable[..., Any]


@pytest.fixture
def two_series(opened: ReviewSnapshot) -> ReviewSnapshot:
    """A study whose second series has a warning; the first is open."""
    assert opened.study is not None
    first = opened.study.series[0]
    sources = tuple(
        replace(s, sop_instance_uid=f"9.{k}", instance_number=None)
        for k, s in enumerate(first.slices)
    )
    second = replace(
        first,
        series_uid="1.1.2",
        slices=sources,
        description="LUNG",
        reasons=("no contrast agent named",),
        warnings=(SeriesWarning(WarningCode.TILT, "The gantry was tilted by 12 degrees."),),
    )
    study = replace(opened.study, series=(replace(first, is_ctpa_candidate=True), second))
    return replace(opened, studies=(study,), study=study, series=study.series[0])


def rows(browser: StudyBrowser) -> list[QFrame]:
    named = [f for f in browser.findChildren(QFrame) if f.accessibleName().startswith("Series ")]
    return sorted(named, key=lambda row: row.y())


def words(browser: StudyBrowser) -> list[str]:
    return [label.text() for label in browser.findChildren(QLabel) if label.isVisible()]


def test_studies_and_series_are_listed_as_people_name_them(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    said = words(browser)
    assert "DOE, Jane" in said
    assert "2026-11-20  CT CHEST PE PROTOCOL" in said
    assert "12 slices, 3 mm" in said
    assert said.count("CTPA candidate") == 1
    assert "▲ Gantry tilt" in said


def test_a_series_says_why_it_ranks_where_it_does(two_series: ReviewSnapshot, shown: Shown) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    tip = rows(browser)[1].toolTip()
    assert tip == "no contrast agent named\nThe gantry was tilted by 12 degrees."


def test_a_click_asks_for_that_series(
    two_series: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    with qtbot.waitSignal(browser.series_requested) as asked:
        qtbot.mouseClick(rows(browser)[1], Qt.MouseButton.LeftButton)
    assert asked.args == [series_of(two_series, 1).key]


def test_the_open_series_is_marked(two_series: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    assert [row.property("kind") for row in rows(browser)] == ["row-current", "row"]
    state.update(series=series_of(two_series, 1))
    assert [row.property("kind") for row in rows(browser)] == ["row", "row-current"]


def test_a_loaded_series_gets_a_picture_of_its_middle(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(replace(two_series, volume=None))
    browser = shown(StudyBrowser(state), 240, 600)
    assert pictures(browser) == 0
    state.update(volume=two_series.volume)
    assert pictures(browser) == 1


def test_a_browser_made_late_shows_the_picture_too(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    assert pictures(shown(StudyBrowser(ReviewState(two_series)), 240, 600)) == 1


def test_skipped_files_are_counted_and_named(opened: ReviewSnapshot, shown: Shown) -> None:
    skipped = tuple(SkippedFile(Path(f"folder/{k}.txt"), "not DICOM") for k in range(25))
    browser = shown(StudyBrowser(ReviewState(replace(opened, skipped=skipped))), 240, 600)
    line = next(label for label in browser.findChildren(QLabel) if "skipped" in label.text())
    assert line.text() == "25 files skipped"
    assert line.toolTip().startswith("0.txt: not DICOM\n")
    assert line.toolTip().endswith("and 5 more")
    assert "folder" not in line.toolTip()


def series_of(snapshot: ReviewSnapshot, index: int) -> Series:
    assert snapshot.study is not None
    return snapshot.study.series[index]


def pictures(browser: StudyBrowser) -> int:
    return sum(not label.pixmap().isNull() for label in browser.findChildren(QLabel))
