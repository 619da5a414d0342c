"""What was begun in one study when another comes into view: it stays in the one, or ends."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QToolButton

from pe_viewer.form.ctpa_form import Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.review import Review
from pe_viewer.services.single_instance import StartRequest
from pe_viewer.views.findings.added_row import AddedRow
from pe_viewer.views.library.series_row import SeriesRow

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]
Go = Callable[["Reader", Path], None]
SHIFT = Qt.KeyboardModifier.ShiftModifier

# the offscreen platform neither raises a window nor has a keyboard to grab for a menu
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def two_patients(write_ct: WriteCt, tmp_path: Path) -> Path:
    """A folder of one study each of DOE^ANNA and of DOE^BERTA, in its folders 1 and 2."""
    write_ct(tmp_path / "ct" / "1", series=1, name="DOE^ANNA", study_uid="1.2.826.0.1.9.1")
    write_ct(tmp_path / "ct" / "2", series=2, name="DOE^BERTA", study_uid="1.2.826.0.1.9.2")
    return tmp_path / "ct"


def clicks_the_other_series(reader: "Reader", folder: Path) -> None:
    rows = reader.room.window.views.study_browser.findChildren(SeriesRow)
    other = next(row for row in rows if row.property("kind") == "row")
    reader.qtbot.mouseClick(other, Qt.MouseButton.LeftButton)


def drops_the_other_folder(reader: "Reader", folder: Path) -> None:
    reader.room.window.paths_opened.emit([folder / "2"])


def starts_the_program_again(reader: "Reader", folder: Path) -> None:
    reader.room.start_again(StartRequest((folder / "2",), analyzes=False))


def closes_the_study(reader: "Reader", folder: Path) -> None:
    reader.room.controller.opening.close_study()


def comment_line(reader: "Reader") -> QLineEdit:
    """The one that is open on the finding in view."""
    reader.waits_for_the_window()
    reader.presses(Qt.Key.Key_C, SHIFT)
    panel = reader.room.window.views.findings_panel

    def lines() -> list[QLineEdit]:
        return [line for line in panel.findChildren(QLineEdit) if line.isVisible()]

    reader.qtbot.waitUntil(lambda: len(lines()) == 1)
    return lines()[0]


WAYS = pytest.mark.parametrize(
    "goes",
    [
        clicks_the_other_series,
        drops_the_other_folder,
        starts_the_program_again,
        closes_the_study,
    ],
)


def goes_and_comes_back(reader: "Reader", folder: Path, goes: Go) -> None:
    """From the study in view, none of which is to be seen in what comes, and to it again."""
    left = reader.sees.series_key
    goes(reader, folder)
    reader.waits(lambda s: s.series_key != left)
    assert reader.sees.review == Review()
    reader.opens(folder)
    reader.waits(lambda s: s.series_key == left)


@WAYS
def test_a_half_typed_comment_stays_in_its_study_and_never_reaches_the_next(
    reader_without_model: "Reader", two_patients: Path, goes: Go
) -> None:
    reader = reader_without_model
    reader.opens(two_patients)
    reader.presses(Qt.Key.Key_Insert)
    reader.qtbot.keyClicks(comment_line(reader), "of Anna")
    goes_and_comes_back(reader, two_patients, goes)
    assert [decision.comment for decision in reader.sees.review.added] == ["of Anna"]


@WAYS
def test_a_half_typed_number_stays_in_its_study_and_never_reaches_the_next(
    reader_without_model: "Reader", two_patients: Path, goes: Go
) -> None:
    reader = reader_without_model
    reader.opens(two_patients)
    reader.room.controller.reporting.toggle_panel()
    lines = reader.room.window.views.report_panel.findChildren(QLineEdit)
    width = next(line for line in lines if line.accessibleName() == "RV in mm")
    width.setFocus()
    reader.qtbot.keyClicks(width, "44")
    goes_and_comes_back(reader, two_patients, goes)
    assert reader.sees.review.form.rv == Diameter(44.0)
    assert width.text() == "44.0"


@WAYS
def test_a_half_typed_addendum_stays_with_its_study_and_is_not_added_unasked(
    reader_without_model: "Reader", two_patients: Path, goes: Go
) -> None:
    reader = reader_without_model
    reader.opens(two_patients)
    reader.room.controller.reporting.toggle_panel()
    sign_off = SignOff("Dr. Weiß", datetime(2026, 11, 21, tzinfo=UTC))
    reader.room.controller.reviewing.seal(Review(sign_off=sign_off), notice="")
    texts = reader.room.window.views.report_panel.findChildren(QPlainTextEdit)
    addendum = next(text for text in texts if text.accessibleName() == "Addendum")
    reader.qtbot.keyClicks(addendum, "of Anna")
    goes_and_comes_back(reader, two_patients, goes)
    assert addendum.toPlainText() == "of Anna"
    assert reader.sees.review.sign_off == sign_off


def open_reason_line(reader: "Reader") -> QLineEdit:
    """The line for a reason against the gravest point of the check."""
    checks = reader.room.window.views.report_panel.checks
    buttons = checks.findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Override…").click()
    return next(line for line in checks.findChildren(QLineEdit) if not line.isHidden())


@WAYS
def test_a_half_typed_reason_stays_with_its_study_and_overrides_nothing_unasked(
    reader_without_model: "Reader", two_patients: Path, goes: Go
) -> None:
    reader = reader_without_model
    reader.opens(two_patients)
    reader.room.controller.reporting.toggle_panel()
    reader.qtbot.keyClicks(open_reason_line(reader), "of Anna")
    goes_and_comes_back(reader, two_patients, goes)
    lines = reader.room.window.views.report_panel.checks.findChildren(QLineEdit)
    assert [line.text() for line in lines if not line.isHidden()] == ["of Anna"]
    assert reader.sees.review.form.overrides == ()


def test_a_finding_is_removed_while_its_comment_is_being_typed(
    reader_without_model: "Reader", two_patients: Path
) -> None:
    reader = reader_without_model
    reader.opens(two_patients)
    reader.presses(Qt.Key.Key_Insert)
    reader.qtbot.keyClicks(comment_line(reader), "no, an artefact")
    row = reader.room.window.views.findings_panel.findChild(AddedRow)
    assert row is not None
    removing = row.findChildren(QToolButton)[-1]
    reader.qtbot.mouseClick(removing, Qt.MouseButton.LeftButton)
    assert reader.sees.review == Review()


def test_slices_that_run_stand_still_while_a_reason_is_asked_for(
    reader_without_model: "Reader", two_patients: Path
) -> None:
    reader = reader_without_model
    reader.opens(two_patients / "1")
    reader.room.controller.cine.toggle()
    assert reader.sees.cine.is_playing
    reader.room.controller.reviewing.reason_needed.emit()
    assert not reader.sees.cine.is_playing
    assert reader.room.window.reason_menu.isVisible()
    reader.room.window.reason_menu.hide()


@pytest.mark.parametrize("sheet_name", ["export_sheet", "send_sheet", "coverage_sheet"])
def test_a_sheet_that_asks_about_one_report_goes_when_another_study_comes(
    reader_without_model: "Reader", two_patients: Path, sheet_name: str
) -> None:
    """Answered now, it would write or send the report of the other patient."""
    reader = reader_without_model
    reader.opens(two_patients / "1")
    sheet = getattr(reader.room.window.views, sheet_name)
    sheet.show()
    reader.opens(two_patients / "2")
    assert not sheet.isVisible()
