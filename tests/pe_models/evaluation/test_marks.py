"""Marks: peaks of heat maps in millimetres, and the emboli that they lie in."""

import numpy as np
import pytest

from pe_models.evaluation.marks import APART_MM, peaks_of, with_emboli
from pe_models.evaluation.scores import PlacedMark
from pe_models.findings import Crop, Heatmap

SPACING_MM = (2.0, 0.5, 0.7)
CROP = Crop(10, 50, 20, 80)


def maps(peaks: dict[tuple[int, int, int], float], n_slices: int = 12) -> list[Heatmap]:
    """A grid of 10 x 10 over the crop: cells of 4 x 6 px, that is 2.0 x 4.2 mm."""
    values = np.full((n_slices, 10, 10), -9.0, dtype=np.float32)
    for place, logit in peaks.items():
        values[place] = logit
    return [Heatmap(k, values[k], CROP) for k in range(n_slices)]


def test_a_peak_is_told_in_voxels_of_the_volume() -> None:
    (mark,) = peaks_of(maps({(3, 2, 7): 0.0}), SPACING_MM)
    assert mark.slice_index == 3
    assert mark.row == pytest.approx(10 + 2 * 4 + 1.5)  # the middle of rows 18 to 21
    assert mark.col == pytest.approx(20 + 7 * 6 + 2.5)
    assert mark.map_score == pytest.approx(0.5)


def test_of_two_peaks_that_are_near_the_higher_is_kept() -> None:
    near, far = (3, 2, 2), (3 + int(APART_MM / 2.0), 2, 2)  # 8 mm and 10 mm away along the slices
    found = peaks_of(maps({(3 + 4, 2, 2): 1.0, near: 2.0}), SPACING_MM)
    assert [mark.slice_index for mark in found] == [3]
    found = peaks_of(maps({far: 1.0, near: 2.0}), SPACING_MM)
    assert [mark.slice_index for mark in found] == [3, 8]


def test_a_plateau_is_one_mark() -> None:
    flat = {(k, 4, 4): 1.5 for k in range(3, 6)}
    assert len(peaks_of(maps(flat), SPACING_MM)) == 1


def test_where_no_cell_says_anything_there_is_no_mark() -> None:
    assert peaks_of(maps({}), SPACING_MM) == ()


def test_a_mark_lies_in_emboli_within_five_millimetres() -> None:
    marks = (PlacedMark(5, 20.0, 30.0, 0.9), PlacedMark(1, 5.0, 5.0, 0.4))
    inside = np.array([[5, 20, 30], [5, 21, 30]], dtype=np.int16)
    beside = np.array([[7, 20, 34]], dtype=np.int16)  # 4 and 2.8 mm: 4.88 mm away
    away = np.array([[7, 20, 35]], dtype=np.int16)  # 4 and 3.5 mm: 5.3 mm away
    found = with_emboli(marks, (inside, beside, away), SPACING_MM)
    assert [mark.emboli for mark in found] == [(0, 1), ()]
    assert [mark.emboli for mark in with_emboli(marks, (), SPACING_MM)] == [(), ()]
    assert with_emboli((), (inside,), SPACING_MM) == ()
