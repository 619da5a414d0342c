"""A compared study opens at the slice in question, with both tracks, until another is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pe_viewer.display.track import TrackPair

N_SLICES = 12
PAIR = TrackPair("old 1", "new 2", (0.1,) * N_SLICES, (0.1,) * 7 + (0.9,) * 5)


@pytest.fixture
def folder(tmp_path: Path, write_ct: Callable[..., object]) -> Path:
    write_ct(tmp_path / "ct", n_slices=N_SLICES, series=1)
    write_ct(tmp_path / "ct", n_slices=N_SLICES, series=2)
    return tmp_path / "ct"


def opened(bench: Any, folder: Path, pair: TrackPair = PAIR) -> None:
    bench.controller.comparing.open_study([folder], pair, 8)
    bench.wait(lambda s: s.series is not None and not s.loading.is_running)


def test_both_tracks_come_with_the_study_at_the_slice_in_question(bench: Any, folder: Path) -> None:
    opened(bench, folder)
    assert bench.state.snapshot.compared == PAIR
    assert bench.state.snapshot.slice_index == 8


def test_another_series_has_no_tracks(bench: Any, folder: Path) -> None:
    opened(bench, folder)
    shown = bench.state.snapshot
    other = next(s for s in shown.study.series if s.key != shown.series.key)
    bench.controller.opening.open_series(other.key)
    bench.wait(lambda s: s.series.key == other.key)
    assert bench.state.snapshot.compared is None


def test_tracks_of_another_length_are_not_drawn_over_a_study(bench: Any, folder: Path) -> None:
    opened(bench, folder, TrackPair("old 1", "new 2", (0.5,) * 9, (0.5,) * 9))
    assert bench.state.snapshot.compared is None


def test_a_study_that_is_opened_in_between_does_not_take_the_tracks(
    bench: Any, folder: Path, tmp_path: Path, write_ct: Callable[..., object]
) -> None:
    write_ct(tmp_path / "other", n_slices=N_SLICES, series=3)
    bench.controller.comparing.open_study([folder], PAIR, 8)
    bench.open(tmp_path / "other")
    assert bench.state.snapshot.compared is None


def test_tracks_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1 slices"):
        TrackPair("old 1", "new 2", (0.1, 0.2), (0.1,))
