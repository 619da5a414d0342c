"""Bad input ends in a clear message or a marked result; the window goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from pe_models.findings import Verdict
from pe_models.imaging.warnings import WarningCode
from pe_viewer.state import Phase

if TYPE_CHECKING:
    from tests.flows.conftest import Reader

WriteCt = Callable[..., NDArray[np.int16]]


@pytest.fixture
def still_reads(reader: "Reader", phantom: Path) -> Callable[[], None]:
    """Asserts that the window opens a good study after the bad one."""

    def check() -> None:
        reader.opens(phantom)
        reader.presses(Qt.Key.Key_Home)
        assert reader.sees.slice_index == reader.sees.n_slices - 1

    return check


def test_an_empty_folder(reader: "Reader", still_reads: Callable[[], None], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    reader.opens(tmp_path / "empty")
    assert reader.sees.scanning.phase is Phase.FAILED
    assert "Choose the folder that holds the CT slices" in reader.sees.scanning.message
    assert reader.room.window.views.welcome.isVisible()
    still_reads()


def test_a_folder_of_text_files(
    reader: "Reader", still_reads: Callable[[], None], tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("not a CT")
    (tmp_path / "slice.dcm").write_text("not a CT either")
    reader.opens(tmp_path)
    assert reader.sees.scanning.phase is Phase.FAILED
    assert "2 files were looked at" in reader.sees.scanning.message
    still_reads()


def test_a_truncated_file_is_a_missing_slice_that_is_named(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    victim = sorted((tmp_path / "ct").iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-3000])
    reader.opens(tmp_path / "ct")
    sees = reader.sees
    assert sees.volume is not None
    assert len(sees.volume.missing_slices) == 1
    assert sees.series is not None
    assert WarningCode.TRUNCATED in {warning.code for warning in sees.series.warnings}


def test_a_single_slice_is_shown_and_never_called_negative(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=1)
    reader.opens(tmp_path / "ct")
    assert reader.sees.volume is not None
    assert reader.sees.series is not None
    assert WarningCode.SINGLE_SLICE in {w.code for w in reader.sees.series.warnings}
    reader.analyses()
    findings = reader.sees.findings
    assert findings is None or findings.verdict is not Verdict.NEGATIVE


@pytest.mark.parametrize(
    ("modality", "description"), [("CT", "HEAD WITHOUT CONTRAST"), ("MR", "T1 AXIAL")]
)
def test_what_is_no_chest_ct_is_shown_but_refused_by_the_analysis(
    reader: "Reader", write_ct: WriteCt, tmp_path: Path, modality: str, description: str
) -> None:
    write_ct(tmp_path / "other", modality=modality, description=description)
    reader.opens(tmp_path / "other")
    volume = reader.sees.volume
    assert volume is not None
    reader.presses(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    reader.waits(lambda s: not s.analysis.is_running)
    assert reader.sees.analysis.phase is Phase.FAILED
    assert len(reader.sees.analysis.message) > 20
    assert reader.sees.findings is None
    assert reader.sees.volume is volume
