"""Cut: one slab through Voxels, filled a tile of the picture at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pe_models import parallel
from pe_models.imaging.plane import IndexMap
from pe_models.imaging.slab import Fold, Projection
from pe_models.imaging.voxels import Voxels

TILE: Final = (32, 512)
"""Rows and cols of a tile: all arrays of one tile stay in a processor's second-level cache."""

_WORTH_A_THREAD: Final = 1 << 20
"""Samples below which starting threads costs more than they save."""

Sampled = tuple[NDArray[np.float32], NDArray[np.bool_] | None]
"""HU (row, col), and which are there: None where all are."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of pixels of a picture."""

    rows: slice
    cols: slice

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows.stop - self.rows.start, self.cols.stop - self.cols.start


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A picture of ``shape`` (row, col): where its samples lie, and how they are combined."""

    voxels: Voxels
    index_map: IndexMap
    shape: tuple[int, int]
    offsets_mm: NDArray[np.float64]
    projection: Projection


class Sampler(Protocol):
    """Samples a Cut; used by one thread, so that it may keep arrays to write in."""

    def sample(self, tile: Tile, offset_mm: float) -> Sampled | None:
        """What lies so far behind the plane, to be overwritten; None where nothing is there."""


def fill(
    cut: Cut, make_sampler: Callable[[Cut], Sampler]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """HU (row, col), ``PADDING_HU`` where nothing is there; and where something is."""
    hu = np.empty(cut.shape, dtype=np.int16)
    is_there = np.empty(cut.shape, dtype=np.bool_)
    tiles = list(_tiles(cut.shape))

    def fill_tiles(own_tiles: list[Tile]) -> None:
        sampler = make_sampler(cut)
        for tile in own_tiles:
            at = tile.rows, tile.cols
            _folded(cut, sampler, tile).write(hu[at], is_there[at])

    n_threads = _threads_for(cut)
    if n_threads == 1:
        fill_tiles(tiles)
    else:
        shares = [tiles[first::n_threads] for first in range(n_threads)]
        list(parallel.map_threads(fill_tiles, shares, n_threads=n_threads))
    return hu, is_there


def _folded(cut: Cut, sampler: Sampler, tile: Tile) -> Fold:
    fold = Fold(tile.shape, cut.projection)
    for offset_mm in cut.offsets_mm.tolist():
        sampled = sampler.sample(tile, offset_mm)
        if sampled is not None:
            fold.add(*sampled)
    return fold


def _threads_for(cut: Cut) -> int:
    n_samples = cut.shape[0] * cut.shape[1] * len(cut.offsets_mm)
    return 1 if n_samples < _WORTH_A_THREAD else parallel.usable_cores()


def _tiles(shape: tuple[int, int]) -> Iterator[Tile]:
    n_rows, n_cols = shape
    for row in range(0, n_rows, TILE[0]):
        for col in range(0, n_cols, TILE[1]):
            yield Tile(
                slice(row, min(row + TILE[0], n_rows)), slice(col, min(col + TILE[1], n_cols))
            )
