"""Peaks are kept apart, the highest first."""

import numpy as np
import pytest

from pe_models.placing.peaks import highest_peaks

STEP_MM = (5.0, 1.0, 2.0)


def scores(**at: float) -> np.ndarray:
    cells = np.zeros((4, 12, 20))
    for name, value in at.items():
        k, row, col = (int(part) for part in name.split("_")[1:])
        cells[k, row, col] = value
    return cells


def test_of_two_peaks_too_near_the_higher_is_kept() -> None:
    cells = scores(at_1_5_5=0.6, at_1_5_8=0.9, at_1_5_15=0.5)
    found = highest_peaks(cells, STEP_MM, apart_mm=10.0, least=0.1, most=9)
    assert found == [(1, 5, 8), (1, 5, 15)]  # 6 and 14 mm from the highest


@pytest.mark.parametrize(("apart_mm", "n_found"), [(10.0, 2), (10.1, 1)])
def test_slices_apart_count_in_millimetres(apart_mm: float, n_found: int) -> None:
    cells = scores(at_0_5_5=0.6, at_2_5_5=0.9)
    assert len(highest_peaks(cells, STEP_MM, apart_mm=apart_mm, least=0.1, most=9)) == n_found


def test_what_is_lower_than_the_least_and_beyond_the_most_is_left_out() -> None:
    cells = scores(at_0_1_1=0.9, at_0_10_10=0.8, at_3_1_19=0.7, at_3_10_1=0.05)
    assert len(highest_peaks(cells, STEP_MM, apart_mm=5.0, least=0.1, most=9)) == 3
    assert highest_peaks(cells, STEP_MM, apart_mm=5.0, least=0.1, most=1) == [(0, 1, 1)]


def test_a_slope_has_one_peak_alone() -> None:
    cells = np.zeros((1, 3, 20))
    cells[0, 1] = np.linspace(0.1, 0.9, 20)
    assert highest_peaks(cells, STEP_MM, apart_mm=1.0, least=0.1, most=9) == [(0, 1, 19)]
