"""Figures of tables that have little to show."""

from pathlib import Path

import numpy as np
import pytest

from pe_models.description.describe import describe
from pe_models.description.figures import write_figures
from pe_models.description.words import lines


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_text("header\n" + "row\n" * 9)
    return path


def unknown(table):
    table.exam[:] = np.nan
    table.quality[:] = np.nan
    return table


@pytest.mark.parametrize(
    "studies",
    [
        [(set(), [0])],
        [({"negative_exam_for_pe"}, [0, 0]), ({"negative_exam_for_pe"}, [0])],
        [({"central_pe", "rv_lv_ratio_lt_1"}, [1])],
    ],
)
def test_a_table_with_little_in_it_is_drawn_and_said(
    make_table, source: Path, tmp_path: Path, studies
) -> None:
    table = make_table(studies)
    record = describe(table, source)
    write_figures(tmp_path / "figures", table, record)
    assert len(list((tmp_path / "figures").glob("*.png"))) == 5
    assert lines(record)[0].startswith(f"{len(studies)} exams")


def test_a_table_of_which_nothing_is_known_is_drawn_and_said(
    make_table, source: Path, tmp_path: Path
) -> None:
    table = unknown(make_table([(set(), [np.nan, np.nan])]))
    record = describe(table, source)
    write_figures(tmp_path / "figures", table, record)
    assert record["always_negative"]["image_accuracy"] is None
    text = "\n".join(lines(record))
    assert "1 exams (0 positive, 0 negative, 0 indeterminate, 1 other)" in text
    assert text.count("unknown") >= 14
