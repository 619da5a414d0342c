"""Samples of a plane along the axes of the voxels: cut out, then interpolated axis by axis."""

from dataclasses import dataclass
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.cut import Cut, Sampled, Tile
from pe_models.imaging.trilinear import interpolate
from pe_models.imaging.voxels import FRACTION_BITS, ONE

_STRAY: Final = 1e-4
"""Of a voxel: how far a picture may stray from the axes and still be aligned: 0.5 HU at most."""

Axes = tuple[int, int, int]

Value = TypeVar("Value", bound=np.generic)


def aligned_axes(cut: Cut) -> Axes | None:
    """The voxel axes along which normal, rows and cols of the picture run; None where they lean."""
    steps = np.abs(cut.index_map.steps)
    owners = (steps * np.reshape(cut.voxels.geometry.spacing_mm, (3, 1))).argmax(axis=0)
    if set(owners.tolist()) != {0, 1, 2}:
        return None
    strays = steps * [np.abs(cut.offsets_mm).max(), *cut.shape]  # voxels: (axis, picture's axis)
    strays[owners, (0, 1, 2)] = 0.0
    if strays.sum(axis=1).max() > _STRAY:
        return None
    normal_axis, row_axis, col_axis = owners.tolist()
    return normal_axis, row_axis, col_axis


class AlignedSampler:
    """Samples a Cut whose axes are those of the voxels."""

    def __init__(self, cut: Cut, axes: Axes) -> None:
        self._cut = cut
        self._axes = axes
        self._rows = self._line(1, np.arange(cut.shape[0]))
        self._cols = self._line(2, np.arange(cut.shape[1]))

    def sample(self, tile: Tile, offset_mm: float) -> Sampled | None:
        """As ``Sampler`` has it."""
        depth = self._line(0, np.array([offset_mm]))
        if not depth.is_there[0]:
            return None
        lines = (depth, self._rows.part(tile.rows), self._cols.part(tile.cols))
        box = self._box(lines)
        hu = self._cut.voxels.hu[box].transpose(self._axes).astype(np.float32, order="C")
        for axis, line in enumerate(lines):
            hu = line.interpolated(hu, axis)
        is_there = lines[1].is_there[:, np.newaxis] & lines[2].is_there
        padding = self._cut.voxels.padding_in(box)
        if padding is not None:
            touched = padding.transpose(self._axes)
            for axis, line in enumerate(lines):
                touched = line.touched(touched, axis)
            is_there &= ~touched[0]
        return hu[0], None if is_there.all() else is_there

    def _line(self, step: int, counts: NDArray[np.generic]) -> "_Line":
        """Along the normal (0), the rows (1) or the cols (2) of the picture."""
        axis, index_map = self._axes[step], self._cut.index_map
        indices = index_map.origin[axis] + index_map.steps[axis, step] * counts
        fixed, is_there = self._cut.voxels.placed(axis, np.rint(indices * ONE).astype(np.int64))
        fraction = (fixed & (ONE - 1)).astype(np.float32) / np.float32(ONE)
        return _Line(fixed >> FRACTION_BITS, fraction, is_there)

    def _box(self, lines: tuple["_Line", "_Line", "_Line"]) -> tuple[slice, slice, slice]:
        """The voxels that count, in their own axes."""
        spans = dict(zip(self._axes, (line.span for line in lines), strict=True))
        return spans[0], spans[1], spans[2]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Samples along one voxel axis (sample,): ``1 - fraction`` of voxel ``low``, the rest of the
    next one, which counts only where ``fraction`` is above 0.
    """

    low: NDArray[np.int32]
    fraction: NDArray[np.float32]
    is_there: NDArray[np.bool_]

    def part(self, samples: slice) -> Self:
        return type(self)(self.low[samples], self.fraction[samples], self.is_there[samples])

    @property
    def span(self) -> slice:
        """The voxels that count."""
        last = np.where(self.fraction > 0, self.low + 1, self.low).max()
        return slice(int(self.low.min()), int(last) + 1)

    def interpolated(self, hu: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
        """Samples along an axis of ``hu``, which there holds the span, and may be changed."""
        if not self.fraction.any():
            return self._lows(hu, axis)
        low, high = self._pairs(hu, axis)
        interpolate(low, high, self.fraction.reshape(_along(axis)))
        return low

    def touched(self, padding: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
        """Which samples along an axis of ``padding``, which there holds the span, weigh any."""
        if not self.fraction.any():
            return self._lows(padding, axis)
        low, high = self._pairs(padding, axis)
        touched: NDArray[np.bool_] = low | (high & (self.fraction > 0).reshape(_along(axis)))
        return touched

    def _lows(self, span: NDArray[Value], axis: int) -> NDArray[Value]:
        if (np.diff(self.low) == 1).all():
            return span
        picked: NDArray[Value] = span.take(self.low - self.low.min(), axis=axis)
        return picked

    def _pairs(self, span: NDArray[Value], axis: int) -> tuple[NDArray[Value], NDArray[Value]]:
        first = self.low - self.low.min()
        # What has no next voxel gives it no weight.
        return span.take(first, axis=axis), span.take(first + 1, axis=axis, mode="clip")


def _along(axis: int) -> tuple[int, ...]:
    """The shape of a vector that runs along one of three axes."""
    return tuple(-1 if axis == other else 1 for other in range(3))
