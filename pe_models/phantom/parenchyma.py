"""Lung tissue: its density and grain, fissures, emphysema, mosaic and dependent haze."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.lobes import Fissures
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.texture import Textures

_GRADIENT_HU_MM: Final = (0.15, 0.5)
"""Rise of density from front to back, supine at full breath in."""
_TWIG_HU: Final = 48.0
_FISSURE_HU: Final = -600.0
"""What a fissure would read if it were as wide as the blur."""
_FISSURE_MM: Final = (0.06, 0.3)
"""How much of a fissure there is to see; none where the lobes have grown together."""
_HOLE_HU: Final = -985.0
_BOTTOM_Z, _TOP_Z = -150.0, 90.0


@dataclass(frozen=True, slots=True)
class Parenchyma:
    """How one pair of lungs looks between its vessels. HU, mm of the reference chest.

    ``emphysema`` is the share of tissue lost at its worst place, 0 in healthy lungs; it is worse
    at the apex where ``apex_bias`` is positive. ``mosaic_hu`` is the step between patches of
    different perfusion, ``haze_hu`` the rise close to the posterior pleura.
    """

    base_hu: float
    gradient_hu_mm: float
    emphysema: float
    apex_bias: float
    mosaic_hu: float
    haze_hu: float
    haze_mm: float
    fissure_mm: float
    fissures: Fissures

    @classmethod
    def draw(cls, seed: int, fissures: Fissures, *, has_emphysema: bool) -> Self:
        rng = stream(seed, "parenchyma")
        patchy, hazy = rng.random(2) < (0.12, 0.5)
        return cls(
            base_hu=float(rng.uniform(-925, -860)),
            gradient_hu_mm=float(rng.uniform(*_GRADIENT_HU_MM)),
            emphysema=float(rng.uniform(0.1, 0.6)) if has_emphysema else 0.0,
            apex_bias=float(rng.uniform(-0.3, 1.0)),
            mosaic_hu=float(rng.uniform(15, 60)) if patchy else 0.0,
            haze_hu=float(rng.uniform(40, 260)) if hazy else 0.0,
            haze_mm=float(rng.uniform(4, 16)),
            fissure_mm=float(rng.uniform(*_FISSURE_MM)),
            fissures=fissures,
        )

    def paint(self, canvas: Canvas, distance: Field, textures: Textures) -> None:
        """Fills the lungs, whose distance (mm) is ``distance``."""
        if not (distance < 0.5 * canvas.edge_mm).any():
            return
        grain, lumps = textures.fine.on(canvas), textures.coarse.on(canvas)
        hu = (
            self.base_hu
            + self.gradient_hu_mm * (canvas.y - 5.0)
            + 9.0 * lumps
            + _twigs(textures.specks.on(canvas))
            + 6.0 * grain
        )
        if self.mosaic_hu:
            hu += self.mosaic_hu * np.clip(1.5 * textures.broad.on(canvas) + 0.4 * lumps, -1.0, 1.0)
        if self.haze_hu:
            hu += self._haze(canvas, distance, lumps)
        if self.emphysema:
            lost = self._lost(canvas, lumps, grain)
            hu += (_HOLE_HU - hu) * lost
        self._add_fissures(canvas, hu, lumps)
        canvas.paint(distance, hu)

    def _haze(self, canvas: Canvas, distance: Field, lumps: Field) -> Field:
        """Dependent atelectasis: soft density in the last millimetres before the back."""
        behind = np.clip((canvas.y - 25.0) / 40.0, 0.0, 1.0)
        depth = np.exp(np.minimum(distance, 0.0) / self.haze_mm * (1.0 + 0.25 * lumps))
        haze: Field = self.haze_hu * behind * depth
        return haze

    def _lost(self, canvas: Canvas, lumps: Field, grain: Field) -> Field:
        """Share of tissue lost, [0, 1]: centrilobular holes of about 5 mm."""
        height = np.clip((canvas.z - _BOTTOM_Z) / (_TOP_Z - _BOTTOM_Z), 0.0, 1.0)
        here = self.emphysema * (1.0 + self.apex_bias * (2.0 * float(height) - 1.0))
        rough = 0.8 * lumps + 0.55 * grain
        lost: Field = np.clip(1.1 * rough - 1.3 + 2.4 * here, 0.0, 1.0)
        return lost

    def _add_fissures(self, canvas: Canvas, hu: Field, lumps: Field) -> None:
        distance = self.fissures.distance(canvas.x, canvas.y, canvas.z)
        width = np.float32(max(0.4 * canvas.edge_mm, self.fissure_mm))
        cover = np.clip(1.0 - distance / (2.0 * width), 0.0, 1.0) * (self.fissure_mm / width)
        cover *= np.clip(1.0 + 0.7 * lumps, 0.0, 1.6)
        hu += (_FISSURE_HU - hu) * cover


def _twigs(specks: Field) -> Field:
    """HU that vessels too thin to be drawn one by one add: many faint specks, a few plain ones."""
    twigs: Field = np.maximum(specks - 1.0, 0.0)
    twigs *= _TWIG_HU
    return twigs
