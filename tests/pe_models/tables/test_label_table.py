"""LabelTable: what is read from ``train.csv``, and what is refused or noted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.labels import CSV_COLUMNS, EXAM_LABELS, QUALITY_LABELS
from pe_models.tables.label_table import read_label_table

Rows = list[dict[str, object]]


def row(study: str, image: str, **labels: object) -> dict[str, object]:
    uids = {"StudyInstanceUID": study, "SeriesInstanceUID": f"{study}s", "SOPInstanceUID": image}
    return dict.fromkeys(CSV_COLUMNS, 0) | uids | labels


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(rows: Rows, columns: tuple[str, ...] = CSV_COLUMNS) -> Path:
        path = tmp_path / "train.csv"
        lines = [",".join(columns), *(",".join(str(r[c]) for c in columns) for r in rows)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return make


def test_exams_keep_their_order_and_images_theirs(write) -> None:
    rows = [
        row("b", "b1", pe_present_on_image=1, central_pe=1, qa_motion=1),
        row("a", "a1", negative_exam_for_pe=1),
        row("b", "b2", central_pe=1, qa_motion=1),
    ]
    table = read_label_table(write(rows))
    assert table.exams.study_uids.tolist() == ["b", "a"]
    assert table.exams.image_uids.tolist() == ["b1", "a1", "b2"]
    assert table.exams.exam_of_image.tolist() == [0, 1, 0]
    assert [images.tolist() for images in table.exams.images_by_exam()] == [[0, 2], [1]]
    assert table.image.tolist() == [1.0, 0.0, 0.0]
    assert table.exam[:, EXAM_LABELS.index("central_pe")].tolist() == [1.0, 0.0]
    assert table.exam[:, EXAM_LABELS.index("negative_exam_for_pe")].tolist() == [0.0, 1.0]
    assert table.quality[:, QUALITY_LABELS.index("qa_motion")].tolist() == [1.0, 0.0]
    assert table.is_positive.tolist() == [True, False]
    assert table.n_unknown == 0
    assert table.notes == ()


def test_uids_of_digits_stay_what_they_are(write) -> None:
    table = read_label_table(write([row("007", "0001"), row("1e5", "12")]))
    assert table.exams.study_uids.tolist() == ["007", "1e5"]
    assert table.exams.image_uids.tolist() == ["0001", "12"]


@pytest.mark.parametrize("one", ["1", "1.0"])
def test_an_empty_cell_is_unknown(write, one: str) -> None:
    rows = [row("a", "a1", pe_present_on_image=one), row("a", "a2", pe_present_on_image="")]
    rows = [r | {"indeterminate": "", "qa_motion": ""} for r in rows]
    table = read_label_table(write(rows))
    assert table.image[0] == 1.0
    assert np.isnan(table.image[1])
    assert np.isnan(table.exam[0, EXAM_LABELS.index("indeterminate")])
    assert table.n_unknown == 2
    assert table.is_positive.tolist() == [True]


def test_the_columns_may_stand_in_any_order_and_others_beside_them(write) -> None:
    rows = [row("a", "a1", chronic_pe=1, age="63")]
    table = read_label_table(write(rows, (*CSV_COLUMNS[::-1], "age")))
    assert table.exam[0, EXAM_LABELS.index("chronic_pe")] == 1.0
    assert table.notes == ("train.csv: columns that the competition does not have: 1; left out.",)


def test_rows_that_repeat_count_once(write) -> None:
    rows = [row("a", "a1", pe_present_on_image=1), row("a", "a2")]
    table = read_label_table(write([rows[0], *rows, rows[1]]))
    assert table.exams.image_uids.tolist() == ["a1", "a2"]
    assert table.image.tolist() == [1.0, 0.0]
    assert table.notes == ("train.csv: rows that repeat another count once (such rows: 2).",)


def test_quality_labels_may_be_missing(write) -> None:
    columns = tuple(c for c in CSV_COLUMNS if c not in ("qa_contrast", "flow_artifact"))
    table = read_label_table(write([row("a", "a1", qa_motion=1)], columns))
    assert table.quality[0, QUALITY_LABELS.index("qa_motion")] == 1.0
    assert np.isnan(table.quality[0, QUALITY_LABELS.index("qa_contrast")])
    assert table.notes == (
        "train.csv has no columns qa_contrast, flow_artifact; they count as unknown.",
    )


def test_an_exam_of_two_series_is_noted(write) -> None:
    rows = [row("a", "a1"), row("a", "a2", SeriesInstanceUID="other"), row("b", "b1")]
    assert read_label_table(write(rows)).notes == (
        "train.csv: exams with more than one series: 1.",
    )


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("a", "a1"), row("a", "a2", central_pe=2)], "line 3: central_pe is neither 0, 1"),
        ([row("a", "a1", pe_present_on_image="nan")], "line 2: pe_present_on_image is neither"),
        ([row("a", "a1", pe_present_on_image="yes")], "line 2: pe_present_on_image is neither"),
        ([row("a", "a1", central_pe="0.5")], "line 2: central_pe is neither"),
        ([row("a", "a1", qa_motion="NaN")], "line 2: qa_motion is neither"),
        ([row("a", "a1"), row("a", "a1", pe_present_on_image=1)],
         "line 3 gives an image a second time, differently (such lines: 1)"),
        ([row("a", "a1"), row("b", "a1")], "line 3 gives an image a second time, differently"),
        ([row("a", "a1"), row("b", "b1"), row("a", "a2", rightsided_pe=1)],
         "in line 4 rightsided_pe is not what an earlier row of the same exam says"),
        ([row("a", "a1"), row("a", "a2", rightsided_pe="")], "in line 3 rightsided_pe is not what"),
        ([row("a", "a1"), row("a", "a2", qa_contrast=1)], "in line 3 qa_contrast is not what"),
        ([row("a", "a1"), row("", "a2")], "line 3 has no StudyInstanceUID"),
        ([row("a", "")], "line 2 has no SOPInstanceUID"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_with_its_line(write, rows: Rows, reason: str) -> None:
    with pytest.raises(DatasetError, match=r"^train\.csv") as caught:
        read_label_table(write(rows))
    assert reason in str(caught.value)


def test_a_table_cut_off_within_a_row_is_refused(write) -> None:
    path = write([row("a", f"a{k}", negative_exam_for_pe=1) for k in range(3)])
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DatasetError, match=r"in line 4 .* is not what an earlier row"):
        read_label_table(path)


@pytest.mark.parametrize("column", ["SOPInstanceUID", "pe_present_on_image", "central_pe"])
def test_a_missing_column_is_named(write, column: str) -> None:
    columns = tuple(c for c in CSV_COLUMNS if c != column)
    with pytest.raises(DatasetError, match=f"train.csv lacks the columns {column}"):
        read_label_table(write([row("a", "a1")], columns))


def test_the_competitions_example_rows_are_read(real_data: Path) -> None:
    table = read_label_table(real_data / "rsna-format" / "train-example-rows.csv")
    assert (table.exams.n_exams, table.exams.n_images) == (2, 6)
    assert table.exam.sum(axis=1).tolist() == [3.0, 1.0]
    assert table.notes == ()


@pytest.mark.parametrize("place", [0, 15_000, 29_999])
def test_an_empty_cell_anywhere_in_a_long_table_is_the_only_unknown(write, place: int) -> None:
    """Pandas reads in pieces, and takes columns of digits alone for numbers."""
    rows = [row("a", f"a{k}", pe_present_on_image=k % 2) for k in range(30_000)]
    rows[place]["pe_present_on_image"] = ""
    table = read_label_table(write(rows))
    assert np.flatnonzero(np.isnan(table.image)).tolist() == [place]
    assert np.nansum(table.image) == 15_000 - place % 2
