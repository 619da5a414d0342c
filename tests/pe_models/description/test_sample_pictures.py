"""Sample pictures: the right slice of the right exam, as it lies."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pe_models.description.pictures import find_samples, write_samples
from pe_models.imaging.window import PE_WINDOW
from pe_models.labels import EXAM_LABELS
from pe_models.tables.exams import Exams
from pe_models.tables.label_table import LabelTable

STUDY = "1.2.826.0.1.9.12345678"  # of the fixture write_ct
N_SLICES = 12


@pytest.fixture
def table_of() -> Callable[..., LabelTable]:
    """``table_of({label}, positive=[5, 6, 7])``: that study, listed from the top down."""

    def make(labels: set[str], positive: list[int]) -> LabelTable:
        order = list(range(N_SLICES))[::-1]
        return LabelTable(
            exams=Exams(
                study_uids=np.array([STUDY], dtype=object),
                series_uids=np.array(["series"], dtype=object),
                image_uids=np.array([f"1.2.826.0.1.1.{k + 1}" for k in order], dtype=object),
                exam_of_image=np.zeros(N_SLICES, dtype=np.intp),
                series_of_image=np.zeros(N_SLICES, dtype=np.intp),
                rows=np.arange(N_SLICES),
            ),
            image=np.array([float(k in positive) for k in order]),
            exam=np.array([[float(label in labels) for label in EXAM_LABELS]]),
            quality=np.zeros((1, 4)),
            notes=(),
        )

    return make


@pytest.mark.parametrize("place", [STUDY, f"train/{STUDY}/series"])
def test_a_positive_exam_shows_the_middle_of_its_positive_slices(
    table_of, write_ct, tmp_path: Path, place: str
) -> None:
    hu = write_ct(tmp_path / place, n_slices=N_SLICES)
    samples = find_samples(table_of({"central_pe", "rightsided_pe"}, [5, 6, 7]), tmp_path)
    assert [sample.label for sample in samples] == ["central_pe", "rightsided_pe"]
    assert all(sample.shows_pe and sample.slice_index == 6 for sample in samples)
    assert samples[0].n_slices == N_SLICES
    np.testing.assert_array_equal(samples[0].grey, PE_WINDOW.to_grey(hu[6]))


def test_another_exam_shows_its_middle_slice(table_of, write_ct, tmp_path: Path) -> None:
    write_ct(tmp_path / STUDY, n_slices=N_SLICES)
    (sample,) = find_samples(table_of({"negative_exam_for_pe"}, []), tmp_path)
    assert (sample.label, sample.shows_pe) == ("negative_exam_for_pe", False)
    assert sample.slice_index == N_SLICES // 2


def test_images_that_are_not_there_or_no_images_give_no_sample(table_of, tmp_path: Path) -> None:
    table = table_of({"central_pe"}, [5])
    assert find_samples(table, tmp_path) == ()
    (tmp_path / STUDY).mkdir()
    (tmp_path / STUDY / "a.dcm").write_bytes(b"no DICOM")
    assert find_samples(table, tmp_path) == ()


def test_samples_are_written_as_png_and_svg(table_of, write_ct, tmp_path: Path) -> None:
    write_ct(tmp_path / STUDY, n_slices=N_SLICES)
    samples = find_samples(table_of({"central_pe"}, [5]), tmp_path)
    write_samples(tmp_path / "out", samples)
    assert (tmp_path / "out" / "samples.png").read_bytes().startswith(b"\x89PNG")
    svg = (tmp_path / "out" / "samples.svg").read_bytes()
    assert b"<svg" in svg
    assert STUDY.encode() not in svg
