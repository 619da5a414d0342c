"""Samples of a plane in any direction."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.cut import Cut, Sampled, Tile
from pe_models.imaging.trilinear import CORNERS, Trilinear
from pe_models.imaging.volume import PADDING_HU
from pe_models.imaging.voxels import HALF, ONE

Parts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Fixed-point indices along a voxel axis: what the rows (row,) and the cols (col,) add to them."""


class ObliqueSampler:
    """Samples any Cut, one after another of the eight voxels around each sample."""

    tile_shape: Final = (32, 512)

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._voxels = cut.voxels
        self._trilinear: dict[tuple[int, int], Trilinear] = {}

    def samples(self, tile: Tile) -> Iterator[Sampled]:
        """As ``Sampler`` has it."""
        index_map = self._cut.index_map
        rows = np.arange(tile.rows.start, tile.rows.stop)
        cols = np.arange(tile.cols.start, tile.cols.stop)
        starts = index_map.origin[:, np.newaxis] + index_map.steps[:, 1:2] * rows  # (axis, row)
        across = _fixed(index_map.steps[:, 2:] * cols)  # (axis, col)
        for offset_mm in self._cut.offsets_mm:
            down = _fixed(starts + index_map.steps[:, :1] * offset_mm)
            parts = list(zip(down, across, strict=True))
            if not any(map(_is_outside, parts, self._voxels.hu.shape)):
                yield self._sampled(tile, parts)

    def _sampled(self, tile: Tile, parts: list[Parts]) -> Sampled:
        trilinear = self._trilinear_of(tile.shape)
        is_there: NDArray[np.bool_] | None = None
        for axis, (down, across) in enumerate(parts):
            if self._may_be_absent(axis, parts[axis]):
                index, is_placed = self._voxels.placed(axis, down[:, np.newaxis] + across)
                np.copyto(trilinear.index, index)
                is_there = is_placed if is_there is None else is_there & is_placed
            else:
                first = down.astype(np.int32)[:, np.newaxis]
                np.add(first, across.astype(np.int32), out=trilinear.index)
            trilinear.set_axis(axis)
        hu = trilinear.interpolated()
        if trilinear.least is None:
            return hu, is_there
        return hu, self._without_padding(trilinear, trilinear.least, is_there)

    def _may_be_absent(self, axis: int, parts: Parts) -> bool:
        if axis == 0 and self._voxels.present is not None:
            return True
        low, high = _reach(parts)
        return low < 0 or high > (self._voxels.hu.shape[axis] - 1) * ONE

    def _trilinear_of(self, shape: tuple[int, int]) -> Trilinear:
        if shape not in self._trilinear:
            watches_least = self._voxels.padding is not None
            self._trilinear[shape] = Trilinear(self._voxels.hu, shape, watches_least=watches_least)
        return self._trilinear[shape]

    def _without_padding(
        self, trilinear: Trilinear, least: NDArray[np.int16], is_there: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_] | None:
        """Takes out what weighs a padding voxel. Its value tells where to look closer."""
        suspects = np.nonzero(least <= PADDING_HU)
        if not suspects[0].size:
            return is_there
        kept = np.ones(least.shape, dtype=np.bool_) if is_there is None else is_there
        first = np.unravel_index(trilinear.address[suspects], self._voxels.hu.shape)
        fractions = [fraction[suspects] for fraction in trilinear.fractions]
        touches = np.zeros(suspects[0].shape, dtype=np.bool_)
        for corner in CORNERS:
            has_weight = np.ones(touches.shape, dtype=np.bool_)
            for shift, fraction in zip(corner, fractions, strict=True):
                if shift:
                    has_weight &= fraction > 0
            slices, rows, cols = (
                np.minimum(index + shift, extent - 1)
                for index, shift, extent in zip(first, corner, self._voxels.hu.shape, strict=True)
            )
            touches |= has_weight & self._voxels.is_padding((slices, rows, cols))
        kept[suspects] &= ~touches
        return kept


def _fixed(indices: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(indices * ONE).astype(np.int64)


def _reach(parts: Parts) -> tuple[int, int]:
    """Least and greatest index; both parts run evenly, so that they lie at the ends."""
    down, across = parts
    ends = [int(d) + int(a) for d in (down[0], down[-1]) for a in (across[0], across[-1])]
    return min(ends), max(ends)


def _is_outside(parts: Parts, extent: int) -> bool:
    low, high = _reach(parts)
    return high < -HALF or low > (extent - 1) * ONE + HALF
