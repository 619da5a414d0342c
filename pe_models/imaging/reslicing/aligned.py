"""Samples of a plane along the axes of the voxels: cut out, then interpolated axis by axis."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reslicing.cut import Cut, Sampled, Scratch, Tile
from pe_models.imaging.reslicing.padding import padding_in
from pe_models.imaging.reslicing.trilinear import interpolate
from pe_models.imaging.reslicing.voxels import FRACTION_BITS, ONE

_MIN_ROWS: Final = 8
_MAX_ROWS: Final = 64
_TILE_COLS: Final = 512
_TILE_SAMPLES: Final = 1 << 17
"""Of all layers of a slab together."""

_STRAY: Final = 1e-4
"""Of a voxel: how far a picture may stray from the axes and still be aligned: 0.5 HU at most."""

Axes = tuple[int, int, int]


def aligned_axes(cut: Cut) -> Axes | None:
    """The voxel axes along which normal, rows and cols of the picture run; None where they lean."""
    steps = np.abs(cut.index_map.steps)
    owners = (steps * np.reshape(cut.voxels.geometry.spacing_mm, (3, 1))).argmax(axis=0)
    if set(owners.tolist()) != {0, 1, 2}:
        return None
    strays = steps * [
        np.abs(cut.offsets_mm).max(initial=0.0),
        *cut.shape,
    ]  # voxels: (axis, picture's axis)
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
        self._scratch = Scratch()
        depths = self._line(0, cut.offsets_mm)
        self._depths = depths.part(depths.is_there)
        self._rows = self._line(1, np.arange(cut.shape[0]))
        self._cols = self._line(2, np.arange(cut.shape[1]))

    @property
    def tile_shape(self) -> tuple[int, int]:
        """As ``Sampler`` has it: the thicker the slab, the fewer rows."""
        n_layers = len(self._depths.low) + 1
        n_rows = _TILE_SAMPLES // (n_layers * _TILE_COLS)
        return min(max(n_rows, _MIN_ROWS), _MAX_ROWS), _TILE_COLS

    def samples(self, tile: Tile) -> Iterator[Sampled]:
        """As ``Sampler`` has it."""
        if not self._depths.low.size:
            return
        rows, cols = self._rows.part(tile.rows), self._cols.part(tile.cols)
        box = self._box(rows, cols)
        stored = self._cut.voxels.hu[box].transpose(self._axes)
        hu = self._scratch.array("box", stored.shape)
        np.copyto(hu, stored)
        hu = rows.interpolated(hu, 1, self._scratch)
        hu = cols.interpolated(hu, 2, self._scratch)  # (depth, row, col)
        is_inside = rows.is_there[:, np.newaxis] & cols.is_there
        blocked = self._blocked(box, rows, cols)
        layer = self._scratch.array("layer", tile.shape)
        for low, fraction in self._depths.steps():
            is_there = is_inside
            if blocked is not None:
                is_there = is_inside & ~_either(blocked, low, fraction)
            _between(hu, low, fraction, layer)
            yield layer, None if is_there.all() else is_there

    def _line(self, step: int, counts: NDArray[np.generic]) -> "_Line":
        """Along the normal (0), the rows (1) or the cols (2) of the picture."""
        axis, index_map = self._axes[step], self._cut.index_map
        indices = index_map.origin[axis] + index_map.steps[axis, step] * counts
        fixed, is_there = self._cut.voxels.placed(axis, np.rint(indices * ONE).astype(np.int64))
        fraction = (fixed & (ONE - 1)).astype(np.float32) / np.float32(ONE)
        return _Line(fixed >> FRACTION_BITS, fraction, is_there)

    def _box(self, rows: "_Line", cols: "_Line") -> tuple[slice, slice, slice]:
        """The voxels that count, in their own axes."""
        spans = dict(zip(self._axes, (self._depths.span, rows.span, cols.span), strict=True))
        return spans[0], spans[1], spans[2]

    def _blocked(
        self, box: tuple[slice, slice, slice], rows: "_Line", cols: "_Line"
    ) -> NDArray[np.bool_] | None:
        """Where padding has weight, of each voxel layer (depth, row, col)."""
        packed = self._cut.voxels.padding
        padding = None if packed is None else padding_in(packed, *box).transpose(self._axes)
        if padding is None or not padding.any():
            return None
        return cols.touched(rows.touched(padding, 1), 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Samples along one voxel axis (sample,): ``1 - fraction`` of voxel ``low``, the rest of the
    next one, which counts only where ``fraction`` is above 0.
    """

    low: NDArray[np.int32]
    fraction: NDArray[np.float32]
    is_there: NDArray[np.bool_]

    def part(self, samples: slice | NDArray[np.bool_]) -> Self:
        return type(self)(self.low[samples], self.fraction[samples], self.is_there[samples])

    def steps(self) -> Iterator[tuple[int, float]]:
        """For each sample where in the span it begins, and its fraction."""
        return zip((self.low - self.low.min()).tolist(), self.fraction.tolist(), strict=True)

    @property
    def span(self) -> slice:
        """The voxels that count."""
        last = np.where(self.fraction > 0, self.low + 1, self.low).max()
        return slice(int(self.low.min()), int(last) + 1)

    def interpolated(
        self, hu: NDArray[np.float32], axis: int, scratch: Scratch
    ) -> NDArray[np.float32]:
        """Samples along an axis of ``hu``, which there holds the span."""
        first = self.low - self.low.min()
        if self._is_plain:
            return hu
        shape = tuple(len(first) if axis == other else n for other, n in enumerate(hu.shape))
        low, high = (scratch.array(f"{end} {axis}", shape) for end in ("low", "high"))
        hu.take(first, axis=axis, out=low, mode="clip")
        if self.fraction.any():
            # What has no next voxel gives it no weight.
            hu.take(first + 1, axis=axis, out=high, mode="clip")
            interpolate(low, high, self.fraction.reshape(_along(axis)))
        return low

    def touched(self, padding: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
        """Which samples along an axis of ``padding``, which there holds the span, weigh any."""
        first = self.low - self.low.min()
        touched: NDArray[np.bool_] = padding.take(first, axis=axis)
        if self.fraction.any():
            has_next = (self.fraction > 0).reshape(_along(axis))
            touched |= padding.take(first + 1, axis=axis, mode="clip") & has_next
        return touched

    @property
    def _is_plain(self) -> bool:
        """Whether the samples are the voxels of the span, one after another."""
        return not self.fraction.any() and bool((np.diff(self.low) == 1).all())


def _between(
    hu: NDArray[np.float32], low: int, fraction: float, layer: NDArray[np.float32]
) -> None:
    """Writes what lies between two layers of ``hu`` (depth, row, col)."""
    if fraction == 0.0:
        np.copyto(layer, hu[low])
        return
    np.subtract(hu[low + 1], hu[low], out=layer)
    layer *= np.float32(fraction)
    layer += hu[low]


def _either(blocked: NDArray[np.bool_], low: int, fraction: float) -> NDArray[np.bool_]:
    """Where one of two layers of ``blocked`` (depth, row, col) is, if it has weight."""
    either: NDArray[np.bool_] = blocked[low] if fraction == 0.0 else blocked[low] | blocked[low + 1]
    return either


def _along(axis: int) -> tuple[int, ...]:
    """The shape of a vector that runs along one of three axes."""
    return tuple(-1 if axis == other else 1 for other in range(3))
