"""RandomField: smooth chance at any point of a head, whichever way its slices lie."""

from dataclasses import dataclass
from typing import Final, Self

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
