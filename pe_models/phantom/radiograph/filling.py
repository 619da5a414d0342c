"""Filling: air spaces that fill, one after another, on a coarse volume of one chest."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.phantom.radiograph.chest import COARSE_MM, DEPTH_MM, Lungs
from pe_models.phantom.shapes import Axes, Field, Point, ellipsoid

VOXEL_MM: Final = (COARSE_MM, DEPTH_MM, COARSE_MM)
"""Row, depth and column of the coarse volume."""
_FEWEST_VOXELS: Final = 8

Box = tuple[slice, slice, slice]
"""Rows, depths and columns of a coarse volume."""


@dataclass(slots=True)
class Filling:
    """What the lungs of one picture hold. ``density`` (row, depth, col) grows with each filling,
    so that nothing is filled twice; 1 for water.
    """

    lungs: Lungs
    density: NDArray[np.float32]

    @classmethod
    def of(cls, lungs: Lungs) -> Self:
        return cls(lungs, lungs.density.copy())

    def fill(self, box: Box, cover: Field, density: float) -> NDArray[np.float32]:
        """Fills ``cover`` (of ``box``, share of each voxel) up to ``density``; what that adds.

        Voxels that are denser already, such as vessels, stay as they are.
        """
        here = self.density[box]
        share = np.clip(cover, 0.0, 1.0) * self.lungs.cover[box]
        rise = np.maximum(density - here, 0.0)
        added: NDArray[np.float32] = (share * rise).astype(np.float32)
        here += added
        return added

    def whole(self, box: Box, added: NDArray[np.float32]) -> NDArray[np.float32]:
        """``added`` in its place in a volume of the chest."""
        volume = np.zeros(self.density.shape, np.float32)
        volume[box] = added
        return volume


def body_in(
    lungs: Lungs, box: Box, centre: Point, radii: Point, *, axes: Axes | None = None
) -> Field:
    """Distance (mm; row, depth, col) from an ellipsoid, negative inside."""
    rows, depths, cols = box
    return ellipsoid(lungs.x[:, :, cols], lungs.y[:, depths], lungs.z[rows], centre, radii, axes)


def box_about(lungs: Lungs, centre: Point, reach_mm: float) -> Box:
    """The voxels within ``reach_mm`` of ``centre`` along each axis; some at the border at least."""
    x, y, z = centre
    rows = _span(-lungs.z[:, 0, 0], -z, reach_mm)
    depths = _span(lungs.y[0, :, 0], y, reach_mm)
    cols = _span(lungs.x[0, 0], x, reach_mm)
    return rows, depths, cols


def rough(box: Box, grain_mm: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of unit variance in ``box`` whose grain is about ``grain_mm``."""
    shape = tuple(part.stop - part.start for part in box)
    noise = rng.standard_normal(shape, dtype=np.float32)
    sigmas = [0.5 * grain_mm / step for step in VOXEL_MM]
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(noise, sigmas, mode="wrap")
    return smooth / max(float(smooth.std()), 1e-6)


def lung_place(
    lungs: Lungs, rng: np.random.Generator, *, height_mm: tuple[float, float], is_right: bool
) -> Point:
    """A place in a lung; ``height_mm`` are the mean and the spread of its height above the base."""
    side = (lungs.x < 0) == is_right
    inside = np.argwhere((lungs.cover > 0.9) & side)
    above = (inside[:, 0].max() - inside[:, 0]) * COARSE_MM
    mean, spread = height_mm
    weight = np.exp(-0.5 * ((above - mean) / spread) ** 2)
    row, depth, col = inside[int(rng.choice(len(inside), p=weight / weight.sum()))]
    return float(lungs.x[0, 0, col]), float(lungs.y[0, depth, 0]), float(lungs.z[row, 0, 0])


def _span(values: Field, middle: float, reach: float) -> slice:
    low, high = np.searchsorted(values, (middle - reach, middle + reach))
    first = int(min(low, len(values) - _FEWEST_VOXELS))
    return slice(first, int(max(high, first + _FEWEST_VOXELS)))
