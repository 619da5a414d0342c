"""Dose: how much noise a body leaves in its picture, where, and in which direction."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.noise import Noise
from pe_models.phantom.response import Response
from pe_models.phantom.shapes import Field, Place
from pe_models.phantom.spec import Kernel
from pe_models.phantom.thorax import outer_half_axes

_USUAL_WIDTH_MM: Final = 340.0
_NOISE_PER_MM: Final = 0.006
"""Noise grows as exp(mu d / 2), mu about 0.019 a mm of water; tube current makes up for a third."""
_STARVED_Z: Final = (25.0, 85.0)
_STARVED_BY: Final = (0.3, 1.5)
"""Noise of the shoulders' streaks to the picture's; arms that lie beside the chest add theirs."""
_ARMS_STARVE: Final = 0.55
_STREAK_MM: Final = (9.0, 0.55)
"""Length and thickness of those streaks: standard deviations along x and along y."""
_DAMP_PER_HU: Final = 0.0005
_LEAST_DAMP: Final = 0.5
"""In air there is half as much noise as in soft tissue."""


@dataclass(frozen=True, slots=True)
class Dose:
    """``noise_hu`` is the standard deviation in soft tissue at mid-chest.

    ``starved`` is how much noise streaks across the shoulders add there, ``arms`` what arms
    beside the chest add everywhere, as shares of ``noise_hu``.
    """

    noise_hu: float
    starved: float
    arms: float

    @classmethod
    def draw(
        cls, seed: int, habitus: Habitus, response: Response, *, noise_hu: float | None
    ) -> Self:
        """``noise_hu`` as asked for; None draws it by the kernel and the width of the body."""
        rng = stream(seed, "dose")
        drawn = rng.uniform(8, 19) * (1.45 if response.kernel is Kernel.SHARP else 1.0)
        half, _ = outer_half_axes(habitus, -60.0)
        width = 2.0 * (half + habitus.fat_mm) * habitus.scale[0]
        usual = drawn * np.exp(_NOISE_PER_MM * (width - _USUAL_WIDTH_MM))
        return cls(
            float(min(usual, 60.0)) if noise_hu is None else noise_hu,
            float(rng.uniform(*_STARVED_BY)),
            _ARMS_STARVE * float(habitus.arms_are_down),
        )

    def noise(self, response: Response, pitch_mm: float, seed: int, index: int,
              place: Place, z: float, hu: Field) -> Field:  # fmt: skip
        """Noise (rows, cols) in HU of slice ``index`` at ``place``, at reference height ``z``.

        ``hu`` is the picture there: little is absorbed in air and lung, so there is less noise.
        """
        even = Noise.round(response.fine_mm / pitch_mm, response.broad_mm / pitch_mm)
        grain = even.on(seed, index, place)
        across = self._across(z)
        if across > 0.0:
            along, thick = (length / pitch_mm for length in _STREAK_MM)
            grain += np.float32(across) * Noise.streaky(along, thick).on(seed, index, place)
        damp = np.clip(1.0 + hu * np.float32(_DAMP_PER_HU), _LEAST_DAMP, 1.0)
        noise: Field = grain * (np.float32(self.noise_hu) * damp)
        return noise

    def _across(self, z: float) -> float:
        """How strong the streaks across are at height ``z``."""
        return self.arms + float(np.interp(z, _STARVED_Z, (0.0, self.starved)))
