"""FineGrid: a patch of a Volume on a finer grid, and the way back through the scanner's eyes.

What is set in a CT is drawn on the fine grid as a share of each voxel, blurred in the plane and
averaged over the slice's thickness as the scanner does, and only then added.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.volume import Volume

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

Window3 = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

PSF_MM: Final = 0.55
"""Standard deviation in the plane of a standard body kernel (50 % MTF near 4 per cm)."""

_FINE_PLANE: Final = 2
_FINE_SLICE_MM: Final = 0.65
_REACH_MM: Final = 34.0


@dataclass(frozen=True, slots=True, eq=False)
class FineGrid:
    """``hu`` (slice, row, col) on a grid ``factors`` times finer, around one voxel.

    ``window`` is the patch in voxels of the Volume, half-open: ((first, last), ...) for slice, row
    and col; fine index i lies at voxel ``first + i / factor``. ``centre`` is the fine index of the
    voxel that the patch was made around.
    """

    hu: Floats
    window: Window3
    factors: tuple[int, int, int]
    step_mm: tuple[float, float, float]
    centre: tuple[int, int, int]
    slice_thickness_mm: float

    @classmethod
    def around(cls, volume: Volume, index: tuple[int, int, int]) -> Self:
        spacing = volume.geometry.spacing_mm
        factors = (max(1, round(spacing[0] / _FINE_SLICE_MM)), _FINE_PLANE, _FINE_PLANE)
        window = _window(index, volume.hu.shape, spacing)
        coarse = volume.hu[tuple(slice(*ends) for ends in window)].astype(np.float32)
        return cls(
            hu=_refined(coarse, factors),
            window=window,
            factors=factors,
            step_mm=(spacing[0] / factors[0], spacing[1] / factors[1], spacing[2] / factors[2]),
            centre=(
                (index[0] - window[0][0]) * factors[0],
                (index[1] - window[1][0]) * factors[1],
                (index[2] - window[2][0]) * factors[2],
            ),
            slice_thickness_mm=volume.origin.slice_thickness_mm or spacing[0],
        )

    def smoothed(self, sigma_mm: float) -> Floats:
        """``hu`` with less noise; blurred by ``sigma_mm`` in all directions."""
        sigma = [sigma_mm / step for step in self.step_mm]
        return np.asarray(ndimage.gaussian_filter(self.hu, sigma), dtype=np.float32)

    def distance_mm(self, inside: Bools) -> Floats:
        """Distance of each voxel of ``inside`` to what is not, 0 elsewhere; the patch's slices end
        openly, so that a vessel cut by the first or last slice keeps its calibre."""
        pad = ((1, 1), (0, 0), (0, 0))
        padded = np.pad(inside, pad, mode="edge")
        distance = ndimage.distance_transform_edt(padded, sampling=self.step_mm)
        return np.asarray(distance[1:-1], dtype=np.float32)

    def seen(self, share: Floats) -> Floats:
        """``share`` (fine) as the scanner shows it on the Volume's voxels of ``window``."""
        sigma = [0.0, PSF_MM / self.step_mm[1], PSF_MM / self.step_mm[2]]
        blurred = np.asarray(ndimage.gaussian_filter(share, sigma), dtype=np.float32)
        return self._at_voxels(_averaged(blurred, 0, self._slice_weights))

    def covered(self, share: Floats) -> Floats:
        """The mean of ``share`` over each voxel of ``window``: how much of the voxel it fills."""
        mean = _averaged(share, 0, self._slice_weights)
        for axis in (1, 2):
            step = self.step_mm[axis]
            mean = _averaged(mean, axis, _box_weights(step * self.factors[axis], step))
        return self._at_voxels(mean)

    @property
    def _slice_weights(self) -> Doubles:
        return _box_weights(self.slice_thickness_mm, self.step_mm[0])

    def _at_voxels(self, fine: Floats) -> Floats:
        return fine[:: self.factors[0], :: self.factors[1], :: self.factors[2]]


def _averaged(fine: Floats, axis: int, weights: Doubles) -> Floats:
    mean = ndimage.convolve1d(fine, weights, axis=axis, mode="nearest")
    return np.asarray(mean, dtype=np.float32)


def _window(
    index: tuple[int, int, int], shape: tuple[int, ...], spacing_mm: tuple[float, float, float]
) -> Window3:
    def ends(axis: int) -> tuple[int, int]:
        reach = int(np.ceil(_REACH_MM / spacing_mm[axis]))
        return max(0, index[axis] - reach), min(shape[axis], index[axis] + reach + 1)

    return ends(0), ends(1), ends(2)


def _refined(coarse: Floats, factors: tuple[int, int, int]) -> Floats:
    """Linear between the voxels; the last voxel of each axis ends the grid."""
    axes = [np.arange((n - 1) * f + 1) / f for n, f in zip(coarse.shape, factors, strict=True)]
    fine = coarse
    for axis, at in enumerate(axes):
        below = np.minimum(at.astype(np.int64), fine.shape[axis] - 1)
        above = np.minimum(below + 1, fine.shape[axis] - 1)
        shape = [1, 1, 1]
        shape[axis] = -1
        part = (at - below).astype(np.float32).reshape(shape)
        fine = np.take(fine, below, axis) * (1 - part) + np.take(fine, above, axis) * part
    return fine


def _box_weights(width_mm: float, step_mm: float) -> Doubles:
    """How much of each step lies within a slice of ``width_mm``; their sum is 1."""
    reach = int(np.ceil(width_mm / step_mm / 2 + 0.5))
    edges = (np.arange(-reach, reach + 2) - 0.5) * step_mm
    inside = np.clip(edges, -width_mm / 2, width_mm / 2)
    weights: Doubles = np.diff(inside)
    return np.asarray(weights / weights.sum())
