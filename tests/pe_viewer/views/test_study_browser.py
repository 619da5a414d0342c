"""The study browser: what was found, why it ranks where it does, what is wrong, what is shown."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.breaking_label import BreakingLabel
from pe_viewer.views.library.series_row import SeriesRow
from pe_viewer.views.library.study_browser import StudyBrowser
from pe_viewer.views.qimages import grey_image

Shown = Callable[..., Any]

PICTURE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
TILT = SeriesWarning(WarningCode.TILT, "The gantry was tilted by 12 degrees.")
LOSSY = SeriesWarning(
    WarningCode.LOSSY, "Compressed with loss.", tuple(f"{k}.dcm" for k in range(12))
)
MIXED = SeriesWarning(WarningCode.MIXED_FRAMES_OF_REFERENCE, "12 frames of reference.")


@pytest.fixture
def two_series(opened: ReviewSnapshot) -> ReviewSnapshot:
    """A study whose second series has warnings; the first is open."""
    assert opened.study is not None
    first = opened.study.series[0]
    sources = tuple(replace(s, sop_instance_uid=f"9.{k}") for k, s in enumerate(first.slices))
    second = replace(
        first,
        series_uid="1.1.2",
        slices=sources,
        rank=1,
        description="LUNG",
        reasons=("a sharp kernel (Bl57)", "no contrast agent is named"),
        warnings=(TILT, LOSSY),
    )
    best = replace(
        first, is_ctpa_candidate=True, reasons=("its description names CTPA", "12 slices")
    )
    study = replace(opened.study, series=(best, second))
    return replace(opened, studies=(study,), study=study, series=best)


def rows(browser: StudyBrowser) -> list[SeriesRow]:
    found = [row for row in browser.findChildren(SeriesRow) if row.isVisible()]
    return sorted(found, key=lambda row: row.y())


def words(widget: StudyBrowser | SeriesRow) -> list[str]:
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisible() and w.text()]


def sign(row: SeriesRow) -> QToolButton:
    return row.findChild(QToolButton)


def test_studies_and_series_are_listed_as_people_name_them(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    assert words(browser)[:2] == ["DOE, Jane", "2026-11-20  CT CHEST PE PROTOCOL"]
    best, lung = rows(browser)
    reasons = "CTPA candidate: its description names CTPA, 12 slices"
    assert words(best) == ["CTPA 1.0", "12 slices, 3 mm", reasons]
    assert words(lung) == ["LUNG", "12 slices, 3 mm"]


def test_every_study_of_a_folder_is_listed_above_its_own_series(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    first = two_series.studies[0]
    earlier = replace(
        first, study_uid="0.9", date="20251103", series=(other_series(first.series[1]),)
    )
    browser = shown(
        StudyBrowser(ReviewState(replace(two_series, studies=(first, earlier)))), 240, 600
    )
    said = words(browser)
    assert len(rows(browser)) == 3
    assert said.index("2025-11-03  CT CHEST PE PROTOCOL") > said.index("LUNG")


def test_the_series_in_view_spells_out_its_reasons_and_warnings(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    state.update(series=series_of(two_series, 1))
    best, lung = rows(browser)
    assert words(best) == ["CTPA 1.0", "12 slices, 3 mm"]
    assert words(lung)[2:] == [
        "A sharp kernel (Bl57), no contrast agent is named",
        "▲ Gantry tilt",
        "▲ Lossy",
    ]


def test_a_series_says_in_its_tip_why_it_ranks_where_it_does_and_what_is_wrong(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    assert rows(browser)[1].toolTip().splitlines() == [
        "A sharp kernel (Bl57), no contrast agent is named",
        "The gantry was tilted by 12 degrees.",
        "Compressed with loss. (0.dcm, 1.dcm, 2.dcm, 3.dcm, 4.dcm, 5.dcm and 6 more)",
    ]


def test_a_sign_counts_the_warnings_and_its_shape_tells_notes_apart(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    best, lung = rows(browser)
    assert not sign(best).isVisible()
    assert (sign(lung).text(), sign(lung).accessibleName()) == ("▲ 2", "2 warnings")
    state.update(series=replace(series_of(two_series, 0), warnings=(MIXED,)))
    assert sign(best).text() == "△ 1"


def test_a_warning_that_reading_adds_appears_at_its_series(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    read = replace(series_of(two_series, 0), warnings=(TILT,))
    state.update(series=read)
    assert "▲ Gantry tilt" in words(rows(browser)[0])
    state.update(series=series_of(two_series, 1))
    assert sign(rows(browser)[0]).text() == "▲ 1", "it stays with the series that was left"


def test_the_sign_asks_for_that_series_and_its_details(
    two_series: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    with qtbot.waitSignals([browser.series_requested, browser.details_requested]):
        qtbot.mouseClick(sign(rows(browser)[1]), Qt.MouseButton.LeftButton)


def test_a_click_asks_for_that_series(
    two_series: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    with qtbot.waitSignal(browser.series_requested) as asked:
        qtbot.mouseClick(rows(browser)[1], Qt.MouseButton.LeftButton)
    assert asked.args == [series_of(two_series, 1).key]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_row_in_focus_asks_for_its_series_by_key(
    two_series: ReviewSnapshot, shown: Shown, qtbot: QtBot, key: Qt.Key
) -> None:
    browser = shown(StudyBrowser(ReviewState(two_series)), 240, 600)
    row = rows(browser)[1]
    with qtbot.waitSignal(browser.series_requested) as asked:
        qtbot.keyClick(row, key)
    assert asked.args == [series_of(two_series, 1).key]


def test_the_open_series_is_marked(two_series: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    assert [row.property("kind") for row in rows(browser)] == ["row-current", "row"]
    state.update(series=series_of(two_series, 1))
    assert [row.property("kind") for row in rows(browser)] == ["row", "row-current"]


def test_no_row_is_wider_than_the_browser(two_series: ReviewSnapshot, shown: Shown) -> None:
    """Descriptions are written without a thought for the width of a list."""
    long = replace(
        series_of(two_series, 1), description="CHEST_2.5MM/ABD.PEL_2.5MM_AXIAL_SOFT_TISSUE_B30F"
    )
    study = replace(two_series.studies[0], series=(series_of(two_series, 0), long))
    browser = shown(
        StudyBrowser(ReviewState(replace(two_series, studies=(study,), series=long))), 240, 600
    )
    assert all(row.x() + row.width() < 240 for row in rows(browser))


def test_the_series_in_view_is_brought_into_sight(two_series: ReviewSnapshot, shown: Shown) -> None:
    many = tuple(
        replace(series_of(two_series, 1), slices=renamed(series_of(two_series, 1), k), rank=k)
        for k in range(20)
    )
    study = replace(two_series.studies[0], series=many)
    state = ReviewState(replace(two_series, studies=(study,), series=many[0]))
    browser = shown(StudyBrowser(state), 240, 300)
    state.update(series=many[-1])
    last = rows(browser)[-1]
    assert not last.visibleRegion().isEmpty()


def test_pictures_of_the_series_appear_as_they_come(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(two_series)
    browser = shown(StudyBrowser(state), 240, 600)
    assert pictures(browser) == []
    keys = [series.key for series in two_series.studies[0].series]
    state.update(thumbnails={keys[1]: PICTURE})
    assert len(pictures(browser)) == 1
    state.update(thumbnails=dict.fromkeys(keys, PICTURE))
    assert len(pictures(browser)) == 2


def test_a_picture_has_the_proportions_of_the_patient(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    """40 rows of 1 mm by 60 cols of 0.5 mm: 40 mm high and 30 mm wide."""
    pictured = replace(two_series, thumbnails={series_of(two_series, 0).key: PICTURE})
    (picture,) = pictures(shown(StudyBrowser(ReviewState(pictured)), 240, 600))
    assert picture.width() / picture.height() == pytest.approx(30 / 40)


def pictures(browser: StudyBrowser) -> list[QImage]:
    found = (label.pixmap() for label in browser.findChildren(QLabel))
    return [pixmap.toImage() for pixmap in found if not pixmap.isNull()]


def series_of(snapshot: ReviewSnapshot, index: int) -> Series:
    return snapshot.studies[0].series[index]


def other_series(series: Series) -> Series:
    return replace(series, series_uid="8.8", slices=renamed(series, 8))


def renamed(series: Series, number: int) -> tuple[Any, ...]:
    return tuple(
        replace(s, sop_instance_uid=f"7.{number}.{k}", file=f"{number}-{k}.dcm")
        for k, s in enumerate(series.slices)
    )


LONG_WORD = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren".upper()


def test_a_word_wider_than_the_list_is_broken_and_nothing_of_it_is_cut(
    two_series: ReviewSnapshot, shown: Shown
) -> None:
    """The name, what the study is, and the series: each in lines no wider than its place."""
    study = two_series.studies[0]
    long = replace(
        study,
        patient=replace(study.patient, name=f"{LONG_WORD}^JANE"),
        description=LONG_WORD,
        series=(replace(study.series[0], description=LONG_WORD),),
    )
    state = ReviewState(replace(two_series, studies=(long,), study=long, series=long.series[0]))
    browser = shown(StudyBrowser(state), 240, 600)
    told = [w for w in browser.findChildren(BreakingLabel) if LONG_WORD in w.text().upper()]
    assert len(told) == 3
    for words in told:
        lines, metrics = words.lines(), words.fontMetrics()
        assert "".join(lines) == words.text()
        assert len(lines) > 1
        assert all(metrics.horizontalAdvance(line.rstrip()) <= words.width() for line in lines)
        assert words.height() >= len(lines) * metrics.lineSpacing()


def test_the_picture_of_a_series_has_all_the_pixels_of_a_dense_screen(
    opened: ReviewSnapshot, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DenseRow(SeriesRow):
        def devicePixelRatioF(self) -> float:
            return 2.0

    assert opened.series is not None
    row = shown(DenseRow(opened.series, ReviewState(opened)), 240, 80)
    given: list[QPixmap] = []  # a label gives it back as its own screen shows it
    monkeypatch.setattr(row._picture, "setPixmap", given.append)
    row.show_thumbnail(grey_image(np.zeros((96, 96), dtype=np.uint8)))
    (pixmap,) = given
    assert pixmap.devicePixelRatio() == 2.0
    assert max(pixmap.width(), pixmap.height()) == 96
    assert max(pixmap.deviceIndependentSize().toTuple()) == 48
