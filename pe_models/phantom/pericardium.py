"""Fluid and small vessels about the heart: pericardial recesses and the coronary sinus.

The recesses at the aorta and beside the right pulmonary artery are a known pitfall: fluid that
touches an artery looks like a clot on its wall (Truong et al., RadioGraphics 2003).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.branches import Knot
from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.tubes import Tubes, distance_on, smooth_path, tube
from pe_models.phantom.warp import Warp

_RECESSES: Final[tuple[tuple[Knot, ...], ...]] = (
    # superior aortic recess, behind and before the ascending aorta
    ((-8, -18, -32, 3), (-6, -15, -16, 6), (-4, -15, 0, 7), (-3, -18, 12, 4)),
    ((2, -50, -36, 3), (-2, -51, -20, 5), (-4, -49, -4, 3)),
    # transverse sinus, between the aorta and the right pulmonary artery and atrium
    ((-16, -24, -36, 3), (-2, -22, -38, 5), (14, -24, -38, 5), (28, -24, -34, 3)),
    # right pulmonary recess, below the right pulmonary artery
    ((-26, -4, -40, 2.5), (-14, -4, -40, 4), (-4, -8, -40, 3)),
    # left pulmonic recess, between the left artery and the left superior vein
    ((36, -8, -26, 2), (40, -4, -27, 4), (44, 0, -30, 2.5)),
    # beside the right pulmonary veins
    ((-24, 2, -50, 2), (-30, 6, -58, 3.5), (-30, 10, -66, 2)),
)
_CORONARY_SINUS: Final[tuple[Knot, ...]] = (
    (44, -2, -66, 2.5), (34, 12, -72, 3.2), (18, 16, -78, 3.8), (0, 8, -84, 4.4),
    (-16, -6, -86, 4.6),
)  # fmt: skip
_PRESENT_SHARE: Final = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class Pericardium:
    """The recesses that hold fluid, their HU, and the coronary sinus with its blood."""

    recesses: tuple[Tubes, ...]
    fluid_hu: float
    sinus: Tubes
    sinus_hu: float

    @classmethod
    def draw(cls, seed: int, warp: Warp, *, unopacified_hu: float, opacified_hu: float) -> Self:
        """The coronary sinus drains late: its blood lies anywhere between the two given."""
        rng = stream(seed, "pericardium")
        present = [knots for knots in _RECESSES if rng.random() < _PRESENT_SHARE]
        return cls(
            tuple(_moved(knots, warp, rng, rng.uniform(0.6, 1.15)) for knots in present),
            float(rng.uniform(0, 32)),
            _moved(_CORONARY_SINUS, warp, rng, rng.uniform(0.8, 1.25)),
            float(rng.uniform(unopacified_hu, max(unopacified_hu + 1.0, 0.8 * opacified_hu))),
        )

    def paint(self, canvas: Canvas) -> None:
        """Before the great vessels, which press into the recesses."""
        for tubes, hu in (
            *((recess, self.fluid_hu) for recess in self.recesses),
            (self.sinus, self.sinus_hu),
        ):
            if tubes.near(canvas, canvas.edge_mm).any():
                part = canvas.part(tubes.place_on(canvas, 2.0 * canvas.edge_mm))
                part.paint(distance_on(part, tubes, margin_mm=2.0 * canvas.edge_mm), hu)


def _moved(knots: tuple[Knot, ...], warp: Warp, rng: np.random.Generator, width: float) -> Tubes:
    track = np.asarray(knots)
    points, radii = smooth_path(
        warp.moved(track[:, :3] + rng.normal(0, 1.2, size=3)), track[:, 3] * width
    )
    return tube(points, radii)
