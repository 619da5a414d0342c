"""The RSNA 2019 layout as a table of pictures, and what is wrong with a file of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.phantom.head.cohort import write_head_cohort
from pe_models.tasks import HEMORRHAGE
from pe_models.training.pictures.layouts.rsna2019 import is_rsna2019, read_rsna2019

N_SLICES = 4


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layout") / "heads"
    return write_head_cohort(
        folder, n_studies=2, seed=60, matrix=64, n_slices=N_SLICES, positive_fraction=1.0
    )


@pytest.fixture
def edited(heads: Path, tmp_path: Path) -> Callable[[Callable[[list[str]], list[str]]], Path]:
    """A copy whose table, its lines without the header, is what ``edit`` makes of them."""

    def edit_table(edit: Callable[[list[str]], list[str]]) -> Path:
        copy = Path(shutil.copytree(heads, tmp_path / "copy"))
        table = copy / "stage_2_train.csv"
        header, *lines = table.read_text().splitlines()
        table.write_text("\n".join([header, *edit(lines)]) + "\n")
        return copy

    return edit_table


def test_every_slice_has_its_labels_and_its_patient(heads: Path) -> None:
    assert is_rsna2019(heads)
    table = read_rsna2019(heads)
    assert table.task is HEMORRHAGE
    assert len(table) == 2 * N_SLICES
    assert table.skipped == ()
    assert {picture.patient for picture in table.pictures} == {"PHANTOM-60", "PHANTOM-61"}
    lines = dict(line.split(",") for line in (heads / "stage_2_train.csv").read_text().split())
    for picture in table.pictures:
        assert picture.path.is_file()
        for label, value in zip(HEMORRHAGE.labels, picture.labels, strict=True):
            assert lines[f"{picture.key}_{label}"] == str(int(value))


def test_rows_that_repeat_count_once(edited: Callable[..., Path], heads: Path) -> None:
    folder = edited(lambda lines: [*lines, *lines[:9]])
    assert np.array_equal(read_rsna2019(folder).labels, read_rsna2019(heads).labels)


def test_a_row_that_contradicts_another_is_refused(edited: Callable[..., Path]) -> None:
    def turned(lines: list[str]) -> list[str]:
        row_id, value = lines[0].split(",")
        return [*lines, f"{row_id},{1 - int(value)}"]

    folder = edited(turned)
    with pytest.raises(
        DatasetError, match=r"1 slices have rows that contradict each other \(\.\.\."
    ):
        read_rsna2019(folder)


def test_any_must_agree_with_the_others(edited: Callable[..., Path]) -> None:
    def denied(lines: list[str]) -> list[str]:
        return [line.replace("_any,1", "_any,0") for line in lines]

    folder = edited(denied)
    with pytest.raises(DatasetError, match="are any and none"):
        read_rsna2019(folder)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ID_1_stroke,0", "line 2: the ID does not end in one of _epidural"),
        ("_any,0", "line 2: the ID does not end in one of"),
        ("ID_1_any,maybe", "line 2: Label is neither 0, 1"),
    ],
)
def test_a_row_that_means_nothing_is_refused_with_its_line(
    edited: Callable[..., Path], line: str, reason: str
) -> None:
    folder = edited(lambda lines: [line, *lines])
    with pytest.raises(DatasetError, match=reason):
        read_rsna2019(folder)


def test_an_empty_cell_and_an_absent_row_are_unknown(edited: Callable[..., Path]) -> None:
    folder = edited(lambda lines: [lines[0].split(",")[0] + ",", *lines[2:]])
    first = read_rsna2019(folder).pictures[0].labels
    assert np.isnan(first[:2]).all()
    assert not np.isnan(first[2:]).any()


def test_slices_without_a_file_and_files_that_are_no_dicom_are_named(
    edited: Callable[..., Path],
) -> None:
    folder = edited(lambda lines: lines)
    missing, broken, *_ = sorted((folder / "stage_2_train").iterdir())
    missing.unlink()
    broken.write_bytes(b"no DICOM")
    table = read_rsna2019(folder)
    assert len(table) == 2 * N_SLICES - 2
    absent, unreadable = table.skipped
    assert absent == f"1 of {2 * N_SLICES} slices of stage_2_train.csv have no file."
    assert f"1 files of stage_2_train are no DICOM files (...{broken.stem[-8:]})" in unreadable


def test_a_folder_without_the_table_is_refused(tmp_path: Path) -> None:
    assert not is_rsna2019(tmp_path)
    with pytest.raises(DatasetError, match=r"There is no .*stage_2_train\.csv"):
        read_rsna2019(tmp_path)
