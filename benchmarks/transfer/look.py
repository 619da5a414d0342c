"""Pictures of where a dense net errs on the unchanged real CTs, one a place, highest first.

    python -m benchmarks.transfer.look --data DIR --run runs/ship --out PICTURES

Each shows the slice at the PE and the mediastinal window around the peak, and the lung beside them.
Pictures of real CTs stay outside the repository.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.transfer.scorers import Mark, SliceNetScorer
from benchmarks.transfer.sites import read_sites
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import PE_WINDOW, Window

_WINDOWS: Final = (PE_WINDOW, Window(400.0, 40.0), Window(1500.0, -600.0))
_REACH_PX: Final = 45
_ENLARGED: Final = 4
_SAME_PLACE_MM: Final = 12.0


def distinct(marks: Iterable[Mark], spacing_mm: tuple[float, float, float]) -> list[Mark]:
    """The highest mark of each place; what lies within 12 mm of a higher one is left out."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda m: -m.score):
        if all(_apart_mm(mark, other, spacing_mm) > _SAME_PLACE_MM for other in kept):
            kept.append(mark)
    return kept


def _apart_mm(one: Mark, other: Mark, spacing_mm: tuple[float, float, float]) -> float:
    steps = (one.slice_index - other.slice_index, one.row - other.row, one.col - other.col)
    return float(np.linalg.norm(np.multiply(steps, spacing_mm)))


def picture(volume: Volume, mark: Mark) -> NDArray[np.uint8]:
    """The neighbourhood of a mark at three windows, side by side, a cross beside its place."""
    row, col = round(mark.row), round(mark.col)
    top, left = max(0, row - _REACH_PX), max(0, col - _REACH_PX)
    part = volume.hu[mark.slice_index, top : row + _REACH_PX, left : col + _REACH_PX]
    tiles = []
    for window in _WINDOWS:
        grey = cv2.resize(
            window.to_grey(part), None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC
        )
        at = (round((mark.col - left + 0.5) * _ENLARGED), round((mark.row - top + 0.5) * _ENLARGED))
        cv2.circle(grey, at, 7 * _ENLARGED, 255, 1)
        tiles.append(grey)
    return np.hstack(tiles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real CTs")
    parser.add_argument("--run", type=Path, required=True, help="a run whose slice stage is done")
    parser.add_argument("--out", type=Path, required=True, help="for pictures, never committed")
    parser.add_argument("--count", type=int, default=12, help="places of each series")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    scorer = SliceNetScorer.of_run(args.run)
    for source in read_sites().sources:
        volume = source.read(args.data)
        marks = scorer(volume, range(volume.n_slices)).marks
        for mark in distinct(marks, volume.geometry.spacing_mm)[: args.count]:
            name = f"{source.key}-{mark.slice_index:03d}-{mark.row:.0f}-{mark.col:.0f}.png"
            cv2.imwrite(str(args.out / name), picture(volume, mark))
            print(f"{mark.score:.3f} {name}")


if __name__ == "__main__":
    main()
