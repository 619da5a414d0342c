"""Samples of a plane in any direction."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reslicing.cut import Cut, Sampled, Tile
from pe_models.imaging.reslicing.padding import weighs_padding
from pe_models.imaging.reslicing.trilinear import Trilinear
from pe_models.imaging.reslicing.voxels import HALF, ONE
from pe_models.imaging.volume import PADDING_HU

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
            if not any(map(_is_outside, parts, self._voxels.geometry.shape)):
                yield self._sampled(tile, parts)

    def _sampled(self, tile: Tile, parts: list[Parts]) -> Sampled:
        trilinear = self._trilinear_of(tile.shape)
        is_there: NDArray[np.bool_] | None = None
        for axis, (down, across) in enumerate(parts):
            kind = np.int32 if _fits(parts[axis]) else np.int64
            index = trilinear.index if kind is np.int32 else np.empty(tile.shape, dtype=kind)
            np.add(down.astype(kind)[:, np.newaxis], across.astype(kind), out=index)
            if self._may_be_absent(axis, parts[axis]):
                index, is_placed = self._voxels.placed(axis, index)
                np.copyto(trilinear.index, index)
                is_there = is_placed if is_there is None else is_there & is_placed
            trilinear.set_axis(axis)
        hu = trilinear.interpolated()
        return hu, self._without_padding(trilinear, is_there)

    def _may_be_absent(self, axis: int, parts: Parts) -> bool:
        if axis == 0 and self._voxels.present is not None:
            return True
        low, high = _reach(parts)
        return low < 0 or high > (self._voxels.geometry.shape[axis] - 1) * ONE

    def _trilinear_of(self, shape: tuple[int, int]) -> Trilinear:
        if shape not in self._trilinear:
            watches_least = self._voxels.padding is not None
            self._trilinear[shape] = Trilinear(self._voxels.hu, shape, watches_least=watches_least)
        return self._trilinear[shape]

    def _without_padding(
        self, trilinear: Trilinear, is_there: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_] | None:
        """Takes out what weighs a padding voxel; its value tells where to look closer."""
        packed, least = self._voxels.padding, trilinear.least
        if packed is None or least is None:
            return is_there
        suspects = np.flatnonzero(least <= PADDING_HU)
        if not suspects.size:
            return is_there
        has_next = tuple(fraction.take(suspects) > 0 for fraction in trilinear.fractions)
        address = trilinear.address.take(suspects)
        clean = np.ones(least.shape, dtype=np.bool_) if is_there is None else is_there.copy()
        clean.flat[suspects] &= ~weighs_padding(packed, self._voxels.hu.shape[2], address, has_next)
        return clean


def _fixed(indices: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(indices * ONE).astype(np.int64)


def _reach(parts: Parts) -> tuple[int, int]:
    """Least and greatest index; both parts run evenly, so that they lie at the ends."""
    down, across = parts
    ends = [int(d) + int(a) for d in (down[0], down[-1]) for a in (across[0], across[-1])]
    return min(ends), max(ends)


def _fits(parts: Parts) -> bool:
    """Whether 32 bits hold all indices."""
    low, high = _reach(parts)
    return low > np.iinfo(np.int32).min and high < np.iinfo(np.int32).max


def _is_outside(parts: Parts, extent: int) -> bool:
    low, high = _reach(parts)
    return high < -HALF or low > (extent - 1) * ONE + HALF
