"""Blood in the ventricles: it sinks to a level in the occipital horns, or fills them as a cast."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pe_models.phantom.head.bleeds.bleed import NoMass
from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import within_all, within_any
from pe_models.phantom.head.spec import BleedKind
from pe_models.phantom.shapes import Field

_CAST_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Intraventricular(NoMass):
    """Blood below ``level_mm`` (toward the table), and above it on ``cast_side`` if not 0."""

    side: int
    hu: float
    level_mm: float
    cast_side: int

    kind = BleedKind.INTRAVENTRICULAR

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        cast = int(rng.choice((-1, 1))) if rng.random() < _CAST_SHARE else 0
        return cls(0, float(rng.uniform(52, 78)), float(rng.uniform(16, 44)), cast)

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        sunk = np.float32(self.level_mm) - plane.down
        if self.cast_side:
            sunk = within_any(sunk, 1.0 - self.cast_side * plane.x)
        return within_all(spaces.ventricles, sunk)
