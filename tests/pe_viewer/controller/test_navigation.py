"""Stepping through slices and flags: toward the feet is toward slice 0; ends stop and say so."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.findings import Flag
from pe_models.imaging.geometry import Geometry
from pe_viewer.controller.navigation import NOTHING_FLAGGED, Navigation
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState

N_SLICES = 40
FLAGS = (Flag(3, 4, 5, 0.6), Flag(20, 21, 23, 0.9))
FLAGGED = [3, 4, 5, 20, 21, 22, 23]


def at(slice_index: int, flags: tuple[Flag, ...] | None = FLAGS) -> ReviewState:
    """A state that shows one slice of a volume with ``flags``; None is not analysed."""
    findings: Any = None if flags is None else SimpleNamespace(flags=flags)
    series: Any = SimpleNamespace(key="series")
    return ReviewState(
        ReviewSnapshot(
            series=series,
            geometry=Geometry.axial((N_SLICES, 4, 6), (1.25, 0.7, 0.8)),
            slice_index=slice_index,
            findings=findings,
        )
    )


@given(st.integers(-200, 200), st.integers(0, N_SLICES - 1))
def test_a_step_never_leaves_the_volume(by: int, start: int) -> None:
    state = at(start)
    Navigation(state).step_slices(by)
    assert state.snapshot.slice_index == min(max(start + by, 0), N_SLICES - 1)


def test_home_is_the_most_superior_slice_and_end_the_most_inferior() -> None:
    state = at(7)
    Navigation(state).go_to_most_superior()
    assert state.snapshot.slice_index == N_SLICES - 1
    Navigation(state).go_to_most_inferior()
    assert state.snapshot.slice_index == 0


def test_nothing_moves_while_nothing_is_open() -> None:
    state = ReviewState()
    navigation = Navigation(state)
    navigation.step_slices(5)
    navigation.next_flagged_slice()
    assert (state.snapshot.slice_index, state.snapshot.notice) == (0, "")


def test_n_visits_every_flagged_slice_toward_the_feet_then_says_it_was_the_last() -> None:
    state = at(N_SLICES - 1)
    navigation, visited = Navigation(state), []
    for _ in range(len(FLAGGED)):
        navigation.next_flagged_slice()
        visited.append(state.snapshot.slice_index)
    assert visited == FLAGGED[::-1]
    navigation.next_flagged_slice()
    assert state.snapshot.slice_index == FLAGGED[0]
    assert state.snapshot.notice == "Last flagged slice"


def test_b_goes_back_toward_the_head_then_says_it_was_the_first() -> None:
    state = at(0)
    navigation, visited = Navigation(state), []
    for _ in range(len(FLAGGED)):
        navigation.previous_flagged_slice()
        visited.append(state.snapshot.slice_index)
    assert visited == FLAGGED
    navigation.previous_flagged_slice()
    assert state.snapshot.slice_index == FLAGGED[-1]
    assert state.snapshot.notice == "First flagged slice"


@given(st.integers(0, N_SLICES - 1))
def test_b_takes_n_back_from_a_flagged_slice(start: int) -> None:
    state = at(start)
    navigation = Navigation(state)
    navigation.next_flagged_slice()
    reached = state.snapshot.slice_index
    navigation.next_flagged_slice()
    if state.snapshot.slice_index != reached:
        navigation.previous_flagged_slice()
        assert state.snapshot.slice_index == reached


def test_shift_n_and_shift_b_step_from_peak_to_peak() -> None:
    state = at(30)
    navigation = Navigation(state)
    navigation.next_flag_peak()
    assert state.snapshot.slice_index == 21
    navigation.next_flag_peak()
    assert state.snapshot.slice_index == 4
    navigation.next_flag_peak()
    assert (state.snapshot.slice_index, state.snapshot.notice) == (4, "Last flag")
    navigation.previous_flag_peak()
    assert state.snapshot.slice_index == 21
    navigation.previous_flag_peak()
    assert (state.snapshot.slice_index, state.snapshot.notice) == (21, "First flag")


@pytest.mark.parametrize("request_name", ["next_flagged_slice", "previous_flag_peak"])
def test_before_analysis_the_reader_is_told_the_key(request_name: str) -> None:
    state = at(10, flags=None)
    getattr(Navigation(state), request_name)()
    assert (state.snapshot.slice_index, state.snapshot.notice) == (10, "Not analysed yet (Ctrl+R)")


def test_during_analysis_the_reader_is_told_that_it_runs() -> None:
    state = at(10, flags=None)
    state.update(analysis=Activity(Phase.RUNNING))
    Navigation(state).next_flagged_slice()
    assert "running" in state.snapshot.notice


def test_where_nothing_is_flagged_the_reader_is_told_that() -> None:
    state = at(10, flags=())
    Navigation(state).next_flagged_slice()
    assert state.snapshot.notice == NOTHING_FLAGGED


def test_a_flag_is_shown_at_its_peak() -> None:
    state = at(0)
    Navigation(state).go_to_flag(1)
    assert state.snapshot.slice_index == 21
    Navigation(state).go_to_flag(2)
    assert state.snapshot.slice_index == 21


def test_moving_clears_the_notice() -> None:
    state = at(10)
    state.update(notice="Last flagged slice")
    Navigation(state).step_slices(1)
    assert state.snapshot.notice == ""
