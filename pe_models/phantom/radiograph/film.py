"""Film: what a detector and its processing make of the attenuation along the beam.

Primary photons are exp(-mu L) for L mm of water; scattered ones are a broad blur of them; both are
counted with Poisson's noise. The picture follows the logarithm of what arrives, its wide range
pressed together and its detail raised, as digital systems do (Prokop et al., Eur Radiol 2003,
10.1007/s00330-003-1846-2).
"""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.radiograph.view import Position

_MU_MM: Final = (0.0165, 0.0195)
"""Attenuation of water a mm at 70 to 50 keV, as of beams of 120 to 80 kV (NIST)."""
_SCATTER_MM: Final = 45.0
_DENSE: Final = 0.02
"""Share of photons that pass a mediastinum: where noise is told."""
_BROAD_MM: Final = 38.0
_DETAIL_MM: Final = 2.2


@dataclass(frozen=True, slots=True)
class Film:
    """``scatter`` is scattered photons a primary one; ``noise`` the spread of the dense parts.

    ``pressed`` is how much of the broad differences is taken away, ``detail`` how much of the fine
    ones is added. ``black`` and ``white`` are percentiles of the body, ``gamma`` bends between.
    """

    mu_mm: float
    scatter: float
    noise: float
    blur_px: float
    pressed: float
    detail: float
    black: float
    white: float
    gamma: float

    @classmethod
    def draw(cls, rng: np.random.Generator, position: Position) -> Self:
        is_ap = position is Position.AP  # mostly without a grid, at a lower dose
        return cls(
            mu_mm=float(rng.uniform(*_MU_MM)),
            scatter=float(rng.uniform(0.35, 0.8) if is_ap else rng.uniform(0.1, 0.4)),
            noise=float(np.exp(rng.uniform(np.log(0.01), np.log(0.035 if is_ap else 0.02)))),
            blur_px=float(rng.uniform(0.4, 0.8)),
            pressed=float(rng.uniform(0.15, 0.5)),
            detail=float(rng.uniform(0.2, 1.2)),
            black=float(rng.uniform(0.5, 6.0)),
            white=float(rng.uniform(98.0, 99.8)),
            gamma=float(rng.uniform(0.9, 1.2)),
        )

    def expose(
        self, water_mm: NDArray[np.float32], pitch_mm: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Grey values in [0, 1] (row, col), bright where much is in the way."""
        primary = np.exp(np.float32(-self.mu_mm) * water_mm)
        arrived = primary + np.float32(self.scatter) * _blurred(primary, _SCATTER_MM / pitch_mm)
        photons = 1.0 / (_DENSE * self.noise**2)
        grain = rng.standard_normal(arrived.shape, dtype=np.float32)
        grain = cv2.GaussianBlur(grain, (0, 0), self.blur_px)
        grain /= grain.std()
        counted = arrived + np.sqrt(arrived / np.float32(photons)) * grain
        dense = -np.log(np.maximum(counted, 1.0 / photons))
        return self._processed(dense, water_mm, pitch_mm)

    def _processed(
        self, dense: NDArray[np.float32], water_mm: NDArray[np.float32], pitch_mm: float
    ) -> NDArray[np.float32]:
        broad = _blurred(dense, _BROAD_MM / pitch_mm)
        fine = dense - _blurred(dense, _DETAIL_MM / pitch_mm)
        shown = dense - np.float32(self.pressed) * broad + np.float32(self.detail) * fine
        body = shown[water_mm > 10.0]
        low, high = np.percentile(body if body.size else shown, (self.black, self.white))
        grey = np.clip((shown - low) / max(float(high - low), 1e-6), 0.0, 1.0)
        bent: NDArray[np.float32] = (grey ** np.float32(self.gamma)).astype(np.float32)
        return bent


def _blurred(field: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """A Gaussian blur; a broad one is made of a smaller picture, which looks the same."""
    step = max(1, int(sigma_px / 6.0))
    size = (max(1, field.shape[1] // step), max(1, field.shape[0] // step))
    small = cv2.resize(field, size, interpolation=cv2.INTER_AREA) if step > 1 else field
    soft = cv2.GaussianBlur(small, (0, 0), sigma_px / step)
    whole: NDArray[np.float32] = cv2.resize(soft, field.shape[::-1])
    return whole
