"""Shadows: streaks from contrast in the superior cava, and the dark band between the shoulders."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas
from pe_models.phantom.streaks import Rays, Spot, add_band, spot_at
from pe_models.phantom.thorax import outer_half_axes
from pe_models.phantom.tubes import Tubes

_DENSE_HU: Final = 420.0
_STREAK_SHARE: Final = (0.05, 0.14)
_CAVA_MM: Final = 9.0
_CAVA_FADE_MM: Final = (14.0, 26.0)
_TO_AORTA_MM: Final = 7.0
_SHOULDER_HU: Final = -22.0
_SHOULDER_MM: Final = 17.0
_SHOULDER_Z: Final = (40.0, 90.0)


@dataclass(frozen=True, slots=True, eq=False)
class CavaStreaks:
    """Rays from the superior cava, and the dark band between it and the ascending aorta.

    ``hu`` is how strong they are, 0 where the contrast is thin.
    """

    cava: Tubes
    aorta: Tubes
    hu: float
    fade_mm: float
    rays: Rays

    @classmethod
    def draw(cls, seed: int, great: GreatVessels, cava_hu: float) -> Self:
        rng = stream(seed, "cava streaks")
        share, fade = rng.uniform(*_STREAK_SHARE), rng.uniform(*_CAVA_FADE_MM)
        aorta = great.tubes[Great.AORTA]
        ascending = aorta.where((aorta.start[:, 1] < -20.0) & (aorta.end[:, 1] < -20.0))
        return cls(
            great.tubes[Great.SUPERIOR_CAVA],
            ascending,
            float(share * max(cava_hu - _DENSE_HU, 0.0)),
            float(fade),
            Rays.draw(seed, "cava"),
        )

    def paint(self, canvas: Canvas) -> None:
        cava = spot_at(self.cava, canvas.z) if self.hu else None
        if cava is None:
            return
        self.rays.add(canvas, cava, hu=self.hu, core_mm=_CAVA_MM, fade_mm=self.fade_mm)
        aorta = spot_at(self.aorta, canvas.z)
        if aorta is not None:
            add_band(canvas, cava, aorta, hu=-self.hu, width_mm=_TO_AORTA_MM)


def paint(canvas: Canvas, habitus: Habitus) -> None:
    """The dark band across the chest where both shoulders lie in the beam."""
    share = float(np.interp(canvas.z, _SHOULDER_Z, (0.0, 1.0)))
    if share == 0.0:
        return
    half, _ = outer_half_axes(habitus, canvas.z)
    right: Spot = (-0.8 * half, 25.0)
    left: Spot = (0.8 * half, 25.0)
    add_band(canvas, right, left, hu=share * _SHOULDER_HU, width_mm=_SHOULDER_MM)
