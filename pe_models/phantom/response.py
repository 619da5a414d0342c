"""Response: what a reconstruction kernel does to edges, and the noise that it leaves."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Field
from pe_models.phantom.spec import Kernel

_BLUR_MM: Final[dict[Kernel, tuple[float, float]]] = {
    Kernel.SOFT: (1.15, 1.8),
    Kernel.SHARP: (0.95, 1.35),
}
_FINE_MM: Final[dict[Kernel, tuple[float, float]]] = {
    Kernel.SOFT: (0.44, 0.85),
    Kernel.SHARP: (0.34, 0.48),
}
"""From a standard body kernel (GE STANDARD: mean frequency 3.3 a cm) to the smoothest."""
_BROAD_SHARE: Final = (2.5, 3.4)
_OVERSHOOT: Final[dict[Kernel, tuple[float, float]]] = {
    Kernel.SOFT: (-0.6, 0.15),
    Kernel.SHARP: (0.05, 0.38),
}
"""Gain of the unsharp mask; below 0 there is none."""
_OVERSHOOT_MM: Final = 1.1
_LEAST_OVERSHOOT: Final = 0.03


@dataclass(frozen=True, slots=True)
class Response:
    """One kernel as one scanner has it.

    ``blur_mm`` is the width of an edge; ``fine_mm`` and ``broad_mm`` are the standard deviations
    of the two Gaussians whose difference shapes the noise's spectrum. ``overshoot`` is how far an
    edge is enhanced: lung darkens and vessels brighten beside each other.
    """

    kernel: Kernel
    blur_mm: float
    fine_mm: float
    broad_mm: float
    overshoot: float

    @classmethod
    def draw(cls, seed: int, kernel: Kernel | None) -> Self:
        rng = stream(seed, "kernel")
        drawn = Kernel.SOFT if rng.random() < 0.7 else Kernel.SHARP
        chosen = kernel or drawn
        fine = float(rng.uniform(*_FINE_MM[chosen]))
        overshoot = float(rng.uniform(*_OVERSHOOT[chosen]))
        return cls(
            chosen,
            blur_mm=float(rng.uniform(*_BLUR_MM[chosen])),
            fine_mm=fine,
            broad_mm=fine * float(rng.uniform(*_BROAD_SHARE)),
            overshoot=overshoot if overshoot > _LEAST_OVERSHOOT else 0.0,
        )

    def margin_px(self, pitch_mm: float) -> int:
        """How many pixels about a part its enhanced edges depend on."""
        return int(np.ceil(3.0 * _OVERSHOOT_MM / pitch_mm)) if self.overshoot else 0

    def enhanced(self, hu: Field, pitch_mm: float) -> Field:
        """``hu`` (rows, cols) with its edges enhanced, as far as the kernel does."""
        size = 2 * self.margin_px(pitch_mm) + 1
        if size == 1:
            return hu
        broad = cv2.GaussianBlur(hu, (size, size), _OVERSHOOT_MM / pitch_mm,
                                 borderType=cv2.BORDER_REPLICATE)  # fmt: skip
        sharper: Field = hu + np.float32(self.overshoot) * (hu - broad)
        return sharper
