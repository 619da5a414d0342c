"""Cut: one slab through Voxels, filled a tile of the picture at a time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pe_models import parallel
from pe_models.imaging.reslicing.plane import IndexMap
from pe_models.imaging.reslicing.slab import Fold, Projection
from pe_models.imaging.reslicing.voxels import Voxels

_SAMPLES_A_THREAD: Final = 1 << 20
"""For less than about 10 ms of work starting another thread does not pay."""

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


class Scratch:
    """Arrays by name, made once and written again and again.

    For memory fresh from the system is cleared page by page, which takes longer than to compute
    what is to stand in it.
    """

    def __init__(self) -> None:
        self._flat: dict[str, NDArray[np.float32]] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The array of this name, with whatever stood in it."""
        size = math.prod(shape)
        if name not in self._flat or self._flat[name].size < size:
            self._flat[name] = np.empty(size, dtype=np.float32)
        return self._flat[name][:size].reshape(shape)


class Sampler(Protocol):
    """Samples a Cut; used by one thread, so that it may keep arrays to write in.

    ``tile_shape`` (row, col) is such that what a tile needs stays in a processor's second-level
    cache.
    """

    @property
    def tile_shape(self) -> tuple[int, int]: ...

    def samples(self, tile: Tile) -> Iterator[Sampled]:
        """Those of each offset at which anything is there; to be used, and changed, at once."""


def fill(
    cut: Cut, make_sampler: Callable[[Cut], Sampler]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """HU (row, col), ``PADDING_HU`` where nothing is there; and where something is."""
    hu = np.empty(cut.shape, dtype=np.int16)
    is_there = np.empty(cut.shape, dtype=np.bool_)

    def fill_tiles(share: tuple[Sampler, list[Tile]]) -> None:
        sampler, tiles = share
        for tile in tiles:
            at = tile.rows, tile.cols
            _folded(cut, sampler, tile).write(hu[at], is_there[at])

    n_threads = _threads_for(cut)
    samplers = [make_sampler(cut) for _ in range(n_threads)]
    tiles = list(_tiles(cut.shape, samplers[0].tile_shape))
    shares = [(sampler, tiles[n::n_threads]) for n, sampler in enumerate(samplers)]
    if n_threads == 1:
        fill_tiles(shares[0])
    else:
        list(parallel.map_threads(fill_tiles, shares, n_threads=n_threads))
    return hu, is_there


def _folded(cut: Cut, sampler: Sampler, tile: Tile) -> Fold:
    fold = Fold(tile.shape, cut.projection)
    for hu, is_there in sampler.samples(tile):
        fold.add(hu, is_there)
    return fold


def _threads_for(cut: Cut) -> int:
    n_samples = cut.shape[0] * cut.shape[1] * len(cut.offsets_mm)
    return min(parallel.usable_cores(), max(1, n_samples // _SAMPLES_A_THREAD))


def _tiles(shape: tuple[int, int], tile_shape: tuple[int, int]) -> Iterator[Tile]:
    for row in range(0, shape[0], tile_shape[0]):
        for col in range(0, shape[1], tile_shape[1]):
            yield Tile(
                slice(row, min(row + tile_shape[0], shape[0])),
                slice(col, min(col + tile_shape[1], shape[1])),
            )
