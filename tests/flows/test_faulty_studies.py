"""What imaging found wrong, where the reader looks: over the slice, in the list, on the track."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QTextBrowser, QToolButton

from pe_models.imaging.warnings import WarningCode
from pe_viewer.jobs import Lane
from pe_viewer.state import Phase
from pe_viewer.views.library.series_row import SeriesRow
from pe_viewer.views.picture.corner_text import blocks_of
from pe_viewer.views.picture.slice_absence import absence_of, condition_of
from pe_viewer.views.track.track_text import value_text

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]

OFFSCREEN = "propagateSizeHints"
"""What Qt's platform without a screen says of every dialog."""


def edited(folder: Path, edit: Callable[[Dataset], None]) -> None:
    """Changes every file of a folder."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        edit(dataset)
        dataset.save_as(path, enforce_file_format=False)


def corner(reader: "Reader", pixel: tuple[int, int] | None = (3, 7)) -> list[str]:
    return [line.text for block in blocks_of(reader.sees, pixel) for line in block.lines]


def rows(reader: "Reader") -> list[SeriesRow]:
    found = reader.room.window.views.study_browser.findChildren(SeriesRow)
    return sorted((row for row in found if row.isVisible()), key=lambda row: row.y())


def said_of(row: SeriesRow) -> list[str]:
    labels = [w.text() for w in row.findChildren(QLabel) if w.isVisible() and w.text()]
    signs = [b.text() for b in row.findChildren(QToolButton) if b.isVisible()]
    return labels + signs


def codes(reader: "Reader") -> set[WarningCode]:
    assert reader.sees.series is not None
    return {warning.code for warning in reader.sees.series.warnings}


def test_a_gap_is_told_beside_it_and_counted_elsewhere(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    """Slices 5 to 7 of 12 are missing: 5 mm between the fifth and the sixth that are left."""
    write_ct(tmp_path / "ct")
    for path in (tmp_path / "ct").iterdir():
        if dcmread(path, stop_before_pixels=True).ImagePositionPatient[2] in (
            -93.75,
            -92.5,
            -91.25,
        ):
            path.unlink()
    reader.opens(tmp_path / "ct")
    assert codes(reader) == {WarningCode.GAP}
    reader.room.controller.navigation.go_to(4)
    assert "▲ Gap of 5.0 mm toward the head" in corner(reader)
    reader.presses(Qt.Key.Key_Up)
    assert "▲ Gap of 5.0 mm toward the feet" in corner(reader)
    reader.presses(Qt.Key.Key_Home)
    assert "▲ 1 of this series: Ctrl+I" in corner(reader)
    assert "▲ Gap between slices" in said_of(rows(reader)[0])
    assert "Gap of 5.0 mm" in value_text(reader.sees, 5)


def test_a_truncated_file_is_named_in_the_place_of_its_slice(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    victim = sorted((tmp_path / "ct").iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-3000])
    reader.opens(tmp_path / "ct")
    assert reader.sees.volume is not None
    (index,) = reader.sees.volume.missing_slices
    reader.room.controller.navigation.go_to(index)
    absence = absence_of(reader.sees, condition_of(reader.sees))
    assert absence.title == "This slice could not be read"
    assert absence.reason.startswith(f"{victim.name}\n1 slice cannot be shown: ")
    assert "▲ Files truncated" in said_of(rows(reader)[0])
    assert value_text(reader.sees, index).endswith("could not be read")


def test_a_series_whose_every_slice_is_broken_says_so_in_its_place(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    for path in (tmp_path / "ct").iterdir():
        path.write_bytes(path.read_bytes()[:-3000])
    reader.opens(tmp_path / "ct")
    absence = absence_of(reader.sees, condition_of(reader.sees))
    assert absence.title == "This series could not be read"
    assert "None of the 12 slices" in absence.reason


def test_what_a_file_does_not_say_is_marked_where_it_is_shown(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")

    def strip(dataset: Dataset) -> None:
        del dataset.PixelSpacing, dataset.RescaleSlope, dataset.RescaleIntercept

    edited(tmp_path / "ct", strip)
    reader.opens(tmp_path / "ct")
    assert codes(reader) == {WarningCode.ASSUMED_SPACING, WarningCode.ASSUMED_RESCALE}
    lines = corner(reader)
    assert any(line.startswith("HU ") and line.endswith("scale assumed") for line in lines)
    assert any("mm, assumed" in line for line in lines)


def test_slices_without_a_position_are_never_given_one(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")

    def strip(dataset: Dataset) -> None:
        del dataset.ImagePositionPatient, dataset.ImageOrientationPatient

    edited(tmp_path / "ct", strip)
    reader.opens(tmp_path / "ct")
    assert any(line.endswith("/12  position not certain") for line in corner(reader))


def test_an_mr_says_that_its_values_are_not_hu_and_is_not_offered_to_the_model(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "mr", modality="MR", description="T1")
    reader.opens(tmp_path / "mr")
    lines = corner(reader)
    assert "▲ Not CT" in lines
    assert any(line.startswith("Value ") and line.endswith("not HU") for line in lines)
    panel = reader.room.window.views.findings_panel
    assert "Not for this model" in [w.text() for w in panel.findChildren(QLabel)]
    assert not [b for b in panel.findChildren(QPushButton) if b.isVisible()]


def test_a_coronal_reformat_is_shown_with_its_own_sides_and_not_read_by_the_model(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")

    def stand_up(dataset: Dataset) -> None:
        z = float(dataset.ImagePositionPatient[2])
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        dataset.ImagePositionPatient = [-20.0, z, 100.0]

    edited(tmp_path / "ct", stand_up)
    reader.opens(tmp_path / "ct")
    assert reader.sees.geometry is not None
    assert "Im 6/12  y -92.5 mm" in corner(reader)
    assert "△ Not axial" in corner(reader)
    panel = reader.room.window.views.findings_panel
    assert any("not axial" in w.text() for w in panel.findChildren(QLabel) if w.isVisible())


@pytest.mark.parametrize("shape", [(256, 256), (600, 512), (768, 768), (1024, 1024)])
def test_every_matrix_is_drawn_in_its_true_proportions(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path, shape: tuple[int, int]
) -> None:
    """Pixels of 0.7 mm by 0.8 mm."""
    rows_px, cols_px = shape
    write_ct(tmp_path / "ct", n_slices=3)

    def grow(dataset: Dataset) -> None:
        dataset.Rows, dataset.Columns = shape
        dataset.PixelData = np.zeros(shape, dtype=np.int16).tobytes()

    edited(tmp_path / "ct", grow)
    reader.opens(tmp_path / "ct")
    placement = reader.room.window.views.slice_view.placement
    assert placement is not None
    _, _, width, height = placement.rectangle()
    assert width / height == pytest.approx(cols_px * 0.8 / (rows_px * 0.7))
    assert reader.sees.volume is not None
    assert reader.sees.volume.hu.shape == (3, *shape)


@pytest.mark.qt_log_ignore(OFFSCREEN)
def test_skipped_files_are_counted_below_and_listed_by_key(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "disc")
    for name in ("autorun.inf", "viewer.exe"):
        (tmp_path / "disc" / name).write_text("not a CT")
    reader.opens(tmp_path / "disc")
    views = reader.room.window.views
    assert "2 files skipped" in [b.text() for b in views.status_bar.findChildren(QToolButton)]
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    reader.presses(Qt.Key.Key_I, both)
    model = views.skipped_sheet.findChild(QTableView).model()
    assert views.skipped_sheet.isVisible()
    assert [model.index(r, 0).data() for r in range(2)] == ["autorun.inf", "viewer.exe"]
    views.skipped_sheet.close()


@pytest.mark.qt_log_ignore(OFFSCREEN)
def test_the_reader_picks_another_series_by_key_and_reads_why_it_is_not_first(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1, n_slices=24)
    write_ct(tmp_path / "ct", series=2, n_slices=24, description="LUNG WO CONTRAST 5 MM")
    reader.opens(tmp_path / "ct")
    best, other = rows(reader)
    assert any(line.startswith("CTPA candidate: ") for line in said_of(best))
    reader.presses(Qt.Key.Key_PageDown)
    reader.waits(lambda s: s.loading.phase is Phase.DONE)
    assert any("without contrast" in line for line in said_of(other))
    assert not any(line.startswith("CTPA candidate: ") for line in said_of(best))
    reader.presses(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    sheet = reader.room.window.views.series_sheet
    page = sheet.findChild(QTextBrowser).toPlainText()
    assert "Ranked 2 of 2" in page
    assert "without contrast" in page
    sheet.close()
    reader.presses(Qt.Key.Key_PageUp)
    assert reader.sees.series is not None
    assert reader.sees.series.rank == 0


def test_a_series_is_picked_by_enter_on_its_row_though_enter_accepts_flags(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1, n_slices=24)
    write_ct(tmp_path / "ct", series=2, n_slices=24, description="LUNG WO CONTRAST 5 MM")
    reader.opens(tmp_path / "ct")
    row = rows(reader)[1]
    row.setFocus(Qt.FocusReason.TabFocusReason)
    reader.qtbot.keyClick(row, Qt.Key.Key_Return)
    reader.waits(lambda s: s.series is not None and s.series.rank == 1)


def test_escape_stops_a_scan_and_what_was_open_stays_as_it_was(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    reader.opens(tmp_path / "ct")
    before = reader.sees
    crowd = tmp_path / "crowd"
    write_ct(crowd, series=2, n_slices=40)
    for number in range(20):
        shutil.copytree(crowd, tmp_path / "many" / str(number))
    reader.room.window.paths_opened.emit([tmp_path / "many"])
    assert reader.sees.scanning.is_running
    assert reader.sees.volume is before.volume
    reader.presses(Qt.Key.Key_Escape)
    assert reader.sees.scanning.phase is Phase.CANCELLED
    assert reader.sees.notice == "Scan cancelled"
    assert reader.room.runner.drain(Lane.DISK)
    assert reader.sees.volume is before.volume
    assert reader.sees.studies is before.studies


def test_a_scan_is_cancelled_by_its_button_while_nothing_is_open(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=40)
    reader.room.window.paths_opened.emit([tmp_path / "ct"])
    welcome = reader.room.window.views.welcome
    cancel = next(b for b in welcome.findChildren(QPushButton) if b.text() == "Cancel")
    assert cancel.isVisible()
    reader.qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert reader.sees.scanning.phase is Phase.CANCELLED
    assert not cancel.isVisible()
    assert reader.sees.study is None
