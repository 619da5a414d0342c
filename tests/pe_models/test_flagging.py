"""Flags: one place to look each, together all slices at or above the threshold."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pe_models.findings import Flag
from pe_models.flagging import PROMINENCE, cut_flags

TRACKS = st.lists(st.floats(0, 1), min_size=1, max_size=60).map(np.asarray)
THRESHOLDS = st.floats(0.05, 0.95)


def flags(*scores: float, threshold: float = 0.3) -> tuple[Flag, ...]:
    return cut_flags(np.asarray(scores), threshold)


def test_a_run_at_or_above_the_threshold_is_one_flag() -> None:
    assert flags(0.1, 0.3, 0.9, 0.5, 0.2) == (Flag(1, 2, 3, 0.9),)


def test_two_runs_are_two_flags_from_below_upward() -> None:
    assert flags(0.8, 0.1, 0.1, 0.6) == (Flag(0, 0, 0, 0.8), Flag(3, 3, 3, 0.6))


def test_a_track_below_the_threshold_has_no_flag() -> None:
    assert flags(0.1, 0.29, 0.2) == ()


def test_a_run_over_the_whole_volume_reaches_both_ends() -> None:
    assert flags(0.4, 0.5, 0.45) == (Flag(0, 1, 2, 0.5),)


def test_a_run_is_cut_where_the_score_falls_and_rises_again() -> None:
    assert flags(0.6, 0.9, 0.5, 0.4, 0.7, 0.6) == (Flag(0, 1, 3, 0.9), Flag(4, 4, 5, 0.7))


def test_the_valley_stays_with_the_higher_peak_on_either_side() -> None:
    assert flags(0.6, 0.7, 0.4, 0.5, 0.9) == (Flag(0, 1, 1, 0.7), Flag(2, 4, 4, 0.9))


def test_a_ripple_does_not_cut_a_run() -> None:
    assert flags(0.6, 0.9, 0.85, 0.92, 0.9) == (Flag(0, 3, 4, 0.92),)


def test_a_fall_that_never_rises_does_not_cut_a_run() -> None:
    assert len(flags(0.95, 0.8, 0.6, 0.45, 0.35)) == 1


def test_three_peaks_are_three_flags() -> None:
    found = flags(0.7, 0.4, 0.9, 0.4, 0.8)
    assert [flag.peak for flag in found] == [0, 2, 4]


def test_the_first_of_equal_peaks_counts() -> None:
    assert flags(0.5, 0.8, 0.8, 0.8)[0].peak == 1


@given(TRACKS, THRESHOLDS)
def test_the_flags_hold_exactly_the_slices_at_or_above_the_threshold(
    scores: np.ndarray, threshold: float
) -> None:
    marked = [k for flag in cut_flags(scores, threshold) for k in range(flag.first, flag.last + 1)]
    assert marked == np.flatnonzero(scores >= threshold).tolist()


@given(TRACKS, THRESHOLDS)
def test_a_flags_score_is_the_highest_of_its_slices(scores: np.ndarray, threshold: float) -> None:
    for flag in cut_flags(scores, threshold):
        assert flag.score == scores[flag.peak] == scores[flag.first : flag.last + 1].max()


@given(TRACKS, THRESHOLDS)
def test_no_flag_hides_a_second_peak_of_that_prominence(
    scores: np.ndarray, threshold: float
) -> None:
    for flag in cut_flags(scores, threshold):
        inside = scores[flag.first : flag.last + 1]
        for k in range(len(inside)):
            lower_peak = min(inside[: k + 1].max(), inside[k:].max())
            assert lower_peak - inside[k] < PROMINENCE


@given(TRACKS, THRESHOLDS)
def test_flags_that_touch_are_parted_by_a_valley_of_that_prominence(
    scores: np.ndarray, threshold: float
) -> None:
    found = cut_flags(scores, threshold)
    for below, above in itertools.pairwise(found):
        if below.last + 1 == above.first:
            valley = scores[below.peak : above.peak + 1].min()
            assert min(below.score, above.score) - valley >= PROMINENCE
