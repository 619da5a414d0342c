"""Viewed slices are those that stood painted for long enough, and nothing else."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pe_viewer.state import ReviewSnapshot
    from tests.pe_viewer.conftest import Bench, WriteCt


def viewed(bench: "Bench") -> list[int]:
    slices = bench.state.snapshot.viewed
    return [] if slices is None else [k for k in range(slices.n_slices) if k in slices]


def test_a_slice_that_stood_for_a_tenth_of_a_second_is_viewed(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    for slice_index in (3, 7):
        bench.controller.navigation.go_to(slice_index)
        bench.controller.viewing.slice_painted(slice_index)
        began_s = time.monotonic()
        bench.wait(lambda s, shown=slice_index: shown in s.viewed)
        assert time.monotonic() - began_s >= 0.1
    assert viewed(bench) == [3, 7]


def test_a_slice_that_was_only_passed_is_not_viewed(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    for slice_index in (3, 4, 5, 6, 7):
        bench.controller.navigation.go_to(slice_index)
        bench.controller.viewing.slice_painted(slice_index)
    bench.wait(lambda s: len(s.viewed) > 0)
    assert viewed(bench) == [7]


def test_a_slice_that_is_painted_again_and_again_stands_on(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """As under a cursor that moves: each paint is not a new beginning."""
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    painted: list[int] = []

    def paint_and_look(snapshot: "ReviewSnapshot") -> bool:
        bench.controller.viewing.slice_painted(snapshot.slice_index)
        painted.append(snapshot.slice_index)
        return bool(len(snapshot.viewed or ()))

    bench.wait(paint_and_look)
    assert len(painted) > 3


def test_a_series_opened_meanwhile_is_not_marked_by_the_one_before(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    bench.open(tmp_path / "ct")
    bench.controller.viewing.slice_painted(3)
    bench.controller.opening.step_series(1)
    bench.wait(lambda s: s.volume is not None)
    bench.controller.viewing.slice_painted(8)
    bench.wait(lambda s: len(s.viewed) == 1)
    assert viewed(bench) == [8]
