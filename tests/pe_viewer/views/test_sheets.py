"""The sheets: what is known of a series, and which files were skipped."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QLabel, QTableView, QTextBrowser
from pytestqt.qtbot import QtBot

from pe_models.imaging.study import SkippedFile
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.sheets.coverage_sheet import CoverageSheet
from pe_viewer.views.sheets.series_sheet import SeriesSheet
from pe_viewer.views.sheets.skipped_sheet import SkippedSheet, common_folder, reasons_text

Shown = Callable[..., Any]

DISC = Path("disc") / "DOE JANE"
SKIPPED = (
    SkippedFile(DISC / "VIEWER" / "autorun.inf", "not a DICOM file"),
    SkippedFile(DISC / "VIEWER" / "viewer.exe", "not a DICOM file"),
    SkippedFile(DISC / "RAW" / "IM0001", "empty"),
)


def warned(opened: ReviewSnapshot, *files: str) -> ReviewSnapshot:
    assert opened.series is not None
    warning = SeriesWarning(WarningCode.LOSSY, "Compressed with loss.", files)
    return replace(opened, series=replace(opened.series, warnings=(warning,)))


def page_of(sheet: SeriesSheet) -> QTextBrowser:
    page = sheet.findChild(QTextBrowser)
    assert isinstance(page, QTextBrowser)
    return page


def test_the_sheet_of_a_series_follows_the_series_in_view(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(opened)
    sheet = shown(SeriesSheet(state), 560, 560)
    assert "No warnings" in page_of(sheet).toPlainText()
    state.update(series=warned(opened, "3.dcm").series)
    assert "1 file: 3.dcm" in page_of(sheet).toPlainText()


def test_the_sheet_is_read_and_copied_by_keys_alone(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    files = tuple(f"{k}.dcm" for k in range(2000))
    sheet = shown(SeriesSheet(ReviewState(warned(opened, *files))), 560, 560)
    sheet.show_where_open()
    page = page_of(sheet)
    assert page.hasFocus()
    qtbot.keyClick(page, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert page.verticalScrollBar().value() > 0.99 * page.verticalScrollBar().maximum() > 0
    qtbot.keyClick(page, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "1999.dcm" in QApplication.clipboard().text()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_there_is_no_sheet_while_nothing_is_open(opened: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(opened)
    sheet = shown(SeriesSheet(state), 560, 560)
    sheet.show_where_open()
    assert sheet.isVisible()
    state.update(series=None)
    assert not sheet.isVisible()
    sheet.show_where_open()
    assert not sheet.isVisible()


def test_what_is_open_before_a_report_follows_the_reading_and_goes_with_its_series(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(opened)
    sheet = shown(CoverageSheet(state), 440, 200)

    def said() -> str:
        return " ".join(label.text() for label in sheet.findChildren(QLabel))

    sheet.show_or_go_on()
    assert "0 of 12 slices" in said()
    assert opened.viewed is not None
    state.update(viewed=opened.viewed.with_slices([3, 4, 5]))
    assert "3 of 12 slices" in said()
    state.update(viewed=opened.viewed.with_slices(range(12)))
    assert "Nothing is left open" in said()
    assert sheet.isVisible()
    assert opened.series is not None
    state.update(series=replace(opened.series, series_uid="1.1.2"))
    assert not sheet.isVisible()


def test_skipped_files_are_listed_with_their_reasons_below_their_common_folder(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(opened)
    sheet = shown(SkippedSheet(state), 720, 480)
    assert "No file was skipped" in [w.text() for w in sheet.findChildren(QLabel)]
    state.update(skipped=SKIPPED)
    model = sheet.findChild(QTableView).model()
    rows = [tuple(model.index(r, c).data() for c in (0, 1)) for r in range(model.rowCount())]
    assert rows == [
        (str(Path("VIEWER") / "autorun.inf"), "not a DICOM file"),
        (str(Path("VIEWER") / "viewer.exe"), "not a DICOM file"),
        (str(Path("RAW") / "IM0001"), "empty"),
    ]
    assert [model.headerData(c, Qt.Orientation.Horizontal) for c in (0, 1)] == ["File", "Reason"]
    said = [w.text() for w in sheet.findChildren(QLabel)]
    assert said == ["3 files skipped", "not a DICOM file: 2, empty: 1"]


def test_the_list_of_skipped_files_moves_by_keys(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    sheet = shown(SkippedSheet(ReviewState(replace(opened, skipped=SKIPPED))), 720, 480)
    table = sheet.findChild(QTableView)
    table.setFocus()
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.currentIndex().row() == 1


def test_tens_of_thousands_of_skipped_files_make_no_widgets(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    many = tuple(SkippedFile(Path(f"disc/{k}.txt"), "not a DICOM file") for k in range(50_000))
    sheet = shown(SkippedSheet(ReviewState(replace(opened, skipped=many))), 720, 480)
    model = sheet.findChild(QTableView).model()
    assert model.rowCount() == 50_000
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.columnCount(QModelIndex()) == 2
    assert len(sheet.findChildren(QLabel)) == 2


def test_rare_reasons_are_summed() -> None:
    files = [SkippedFile(Path("x"), f"reason {k}") for k in range(6)]
    said = reasons_text([*files, files[5]])
    assert said == "reason 5: 2, reason 0: 1, reason 1: 1, reason 2: 1, others: 2"
    assert reasons_text([]) == ""


def test_a_common_folder_is_told_only_where_there_is_one() -> None:
    assert common_folder([DISC / "a" / "x", DISC / "b" / "y"]) == str(DISC)
    assert common_folder([DISC / "a" / "x"]) == str(DISC / "a")
    assert common_folder([]) == ""
    assert common_folder([Path("x"), Path(tempfile.gettempdir()) / "y"]) == ""


def test_with_the_identity_hidden_no_sheet_names_a_file(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    """Names of files may be names of patients."""
    assert opened.series is not None
    lossy = SeriesWarning(WarningCode.LOSSY, "Lossy.", ("DOE_JANE_1.dcm",))
    skipped = SkippedFile(Path("/studies/DOE_JANE/notes.txt"), "not a DICOM file")
    state = ReviewState(
        replace(
            opened, series=replace(opened.series, warnings=(lossy,)), skipped=(skipped,)
        )
    )  # fmt: skip
    series_sheet = shown(SeriesSheet(state), 560, 560)
    skipped_sheet = shown(SkippedSheet(state), 560, 560)
    page = series_sheet.findChild(QTextBrowser)
    table = skipped_sheet.findChild(QTableView)
    assert "DOE_JANE" in page.toPlainText()
    assert table.model().rowCount() == 1
    state.update(hides_identity=True)
    assert "DOE_JANE" not in page.toPlainText()
    assert "Lossy." in page.toPlainText()
    assert table.model().rowCount() == 0
    assert any(
        "not a DICOM file: 1" in label.text() for label in skipped_sheet.findChildren(QLabel)
    )
