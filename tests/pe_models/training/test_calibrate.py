"""The threshold for flags favours recall, within limits."""

import numpy as np
import pytest

from pe_models.training.calibrate import HIGHEST_FLAG, LOWEST_FLAG, choose_flag_threshold


def test_nine_of_ten_positive_slices_are_flagged() -> None:
    scores = np.concatenate([np.linspace(0.2, 0.6, 101), np.zeros(400)])
    truth = np.concatenate([np.ones(101), np.zeros(400)])
    threshold = choose_flag_threshold(scores, truth)
    assert threshold == pytest.approx(0.24)
    assert (scores[truth == 1] >= threshold).mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    ("positive_score", "threshold"), [(0.99, HIGHEST_FLAG), (0.001, LOWEST_FLAG)]
)
def test_the_threshold_stays_within_its_limits(positive_score: float, threshold: float) -> None:
    scores = np.array([positive_score, 0.0])
    assert choose_flag_threshold(scores, np.array([1.0, 0.0])) == threshold


def test_without_positive_slices_the_threshold_is_the_middle() -> None:
    assert choose_flag_threshold(np.zeros(3), np.zeros(3)) == HIGHEST_FLAG
    assert choose_flag_threshold(np.ones(2), np.full(2, np.nan)) == HIGHEST_FLAG
