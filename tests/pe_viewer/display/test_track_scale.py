"""The track: slices on rows, superior at the top, nothing lost by merging."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_viewer.display.track import TrackScale, held_between, runs_of

scales = st.builds(TrackScale, st.integers(1, 1200), st.integers(1, 1200))


def test_the_most_superior_slice_lies_at_the_top() -> None:
    scale = TrackScale(n_slices=10, height_px=100)
    assert scale.slice_at(0.0) == 9
    assert scale.slice_at(99.9) == 0
    assert scale.span_of(9, 9) == (0.0, 10.0)
    assert scale.span_of(2, 4) == (50.0, 80.0)


@given(scales, st.integers(0, 1199))
def test_the_middle_of_a_slice_leads_back_to_it(scale: TrackScale, index: int) -> None:
    index %= scale.n_slices
    assert scale.slice_at(scale.centre_of(index)) == index


@given(scales, st.floats(-1e4, 1e4))
def test_every_height_leads_to_a_slice(scale: TrackScale, y: float) -> None:
    assert 0 <= scale.slice_at(y) < scale.n_slices


@given(scales, st.integers(0, 1199))
def test_a_clot_on_one_slice_is_drawn_at_its_height(scale: TrackScale, index: int) -> None:
    index %= scale.n_slices
    scores = np.zeros(scale.n_slices)
    scores[index] = 0.9
    rows = scale.merged_by_maximum(scores)
    top, bottom = scale.span_of(index, index)
    hit = np.flatnonzero(rows == 0.9)
    assert len(hit) >= 1
    assert hit.min() <= top + 1e-6
    assert hit.max() + 1 >= bottom - 1e-6


def test_unknown_slices_do_not_hide_a_known_one_on_their_row() -> None:
    scores = np.full(1083, np.nan)
    scores[500] = 0.4
    rows = TrackScale(1083, 300).merged_by_maximum(scores)
    assert np.nanmax(rows) == 0.4
    assert np.isnan(rows).sum() >= 298


@given(scales, st.integers(0, 1199))
def test_a_row_counts_as_viewed_only_when_all_its_slices_were(
    scale: TrackScale, index: int
) -> None:
    index %= scale.n_slices
    mask = np.ones(scale.n_slices, dtype=np.bool_)
    assert scale.merged_by_all(mask).all()
    mask[index] = False
    row = min(int(scale.centre_of(index)), scale.height_px - 1)
    assert not scale.merged_by_all(mask)[row]


def test_runs_are_half_open_and_reach_both_ends() -> None:
    mask = np.array([True, True, False, True, False, True])
    assert runs_of(mask) == [(0, 2), (3, 4), (5, 6)]
    assert runs_of(np.zeros(3, dtype=np.bool_)) == []


def test_a_coarse_pass_is_drawn_with_the_nearest_known_score() -> None:
    scores = np.array([np.nan, 0.2, np.nan, np.nan, 0.8, np.nan])
    assert held_between(scores).tolist() == [0.2, 0.2, 0.2, 0.8, 0.8, 0.8]
    assert np.isnan(held_between(np.full(3, np.nan))).all()


def test_a_track_without_slices_is_refused() -> None:
    with pytest.raises(ValueError, match="no track"):
        TrackScale(0, 100)
