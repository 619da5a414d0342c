"""RandomField: smooth chance at any point of a head, whichever way its slices lie."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from scipy import ndimage

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field

_LATTICE: Final = 64
_SMOOTH_STEPS: Final = 1.25
"""Standard deviation of the lattice's blur, in lattice points: linear steps do not show."""


@dataclass(frozen=True, slots=True, eq=False)
class RandomField:
    """Values of zero mean and unit variance (about) that change over ``grain_mm``.

    ``grain_mm`` is one over the root mean square of the slope: about a zero of the field,
    ``value * grain_mm`` is the distance to it in mm.
    """

    lattice: Field
    grain_mm: float

    @classmethod
    def make(cls, seed: int, purpose: str, grain_mm: float) -> Self:
        white = stream(seed, purpose).standard_normal((_LATTICE,) * 3, dtype=np.float32)
        smooth = ndimage.gaussian_filter(white, _SMOOTH_STEPS, mode="wrap")
        return cls((smooth / smooth.std()).astype(np.float32), grain_mm)

    def at(self, x: Field, y: Field, z: Field) -> Field:
        """Values at points in mm; the arguments have one shape, which the answer has too."""
        # A Gaussian blur of sigma gives a slope of 1 / (sigma sqrt 2) along each axis.
        step_mm = self.grain_mm / (_SMOOTH_STEPS * np.sqrt(2.0))
        points = np.stack((z, y, x)) / np.float32(step_mm)
        values: Field = ndimage.map_coordinates(
            self.lattice, points, order=1, mode="grid-wrap", output=np.float32
        )
        return values

    def across(self, x: Field, y: Field, z: Field, *, every_px: int) -> Field:
        """The same over a slice (row, col) whose points lie evenly, computed at every few of them.

        Between those it is linear: good where ``every_px`` is less than half a grain.
        """
        nodes = (_nodes(axis, every_px) for axis in (x, y, z))
        coarse = self.at(*nodes)
        rows, cols = (np.arange(n, dtype=np.float32) / np.float32(every_px) for n in x.shape)
        to_col, to_row = np.meshgrid(cols, rows)
        fine: Field = cv2.remap(coarse, to_col, to_row, cv2.INTER_LINEAR)
        return fine


def _nodes(values: Field, every_px: int) -> Field:
    """``values`` (row, col), which rise evenly, at every few rows and columns, and one beyond."""
    n_rows, n_cols = (-(-n // every_px) + 1 for n in values.shape)
    down, right = values[1, 0] - values[0, 0], values[0, 1] - values[0, 0]
    rows = every_px * np.arange(n_rows, dtype=np.float32)[:, None]
    cols = every_px * np.arange(n_cols, dtype=np.float32)[None, :]
    nodes: Field = values[0, 0] + down * rows + right * cols
    return nodes
