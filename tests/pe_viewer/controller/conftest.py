"""A bench with a CT open or analysed, and several studies on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest

from pe_viewer.library.series_id import key_of_row

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt

WriteStudies = Callable[[Path, Sequence[str]], None]


@pytest.fixture
def opened(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> "Bench":
    """Twelve slices of one series, none analysed."""
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    return bench


@pytest.fixture
def analysed(opened: "Bench") -> "Bench":
    """The same with flags of 0.7 over slices 2 to 4 and of 0.94 over 7 to 9, cut at 0.5."""
    opened.analyze()
    return opened


def keys_of_written(study_uids: Sequence[str]) -> tuple[str, ...]:
    """What the library calls the studies of ``write_studies``."""
    numbered = enumerate(study_uids, start=1)
    return tuple(key_of_row(f"DOE^{number}", "ID-123", "", uid) for number, uid in numbered)


@pytest.fixture
def write_studies(write_ct: "WriteCt") -> WriteStudies:
    """``write_studies(folder, study_uids)``: each below ``folder`` / 1, 2 and so on."""

    def write(folder: Path, study_uids: Sequence[str]) -> None:
        for number, uid in enumerate(study_uids, start=1):
            write_ct(folder / str(number), series=number)
            for path in (folder / str(number)).iterdir():
                image = pydicom.dcmread(path)
                image.StudyInstanceUID, image.PatientName = uid, f"DOE^{number}"
                image.save_as(path)

    return write
