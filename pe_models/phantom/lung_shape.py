"""The outer shape of the lungs on a slice."""

from dataclasses import dataclass
from typing import Final

from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.thorax import lungs
from pe_models.phantom.tubes import Tubes, distance_on

_REACH_MM: Final = 13.0
"""How far the distance to vessels must be known: as far as the fat that joins them reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class LungShape:
    """What bounds the lungs: the cavity, the diaphragm, and the organs between."""

    habitus: Habitus
    heart: Heart
    great: Tubes
    hilar: Tubes

    def on(self, canvas: Canvas) -> Field:
        """Distance from the lungs (rows, cols) in mm, negative inside."""
        grid = CoarseGrid.under(canvas)
        coarse = grid.canvas
        distance = lungs(
            self.habitus, coarse.x, coarse.y, coarse.z,
            heart=self.heart.fields(coarse.x, coarse.y, coarse.z).sac,
            great=distance_on(coarse, self.great, margin_mm=_REACH_MM),
            hilar=distance_on(coarse, self.hilar, margin_mm=_REACH_MM),
        )  # fmt: skip
        return grid.brought(distance)
