"""Viewed slices are those that were painted, and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def viewed(bench: "Bench") -> list[int]:
    slices = bench.state.snapshot.viewed
    return [] if slices is None else [k for k in range(slices.n_slices) if k in slices]


def test_painted_slices_become_viewed(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    for slice_index in (3, 7, 3):
        bench.controller.viewing.slice_painted(slice_index)
    bench.wait(lambda s: len(s.viewed) == 2)
    assert viewed(bench) == [3, 7]


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
