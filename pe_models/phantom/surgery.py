"""What an earlier lobectomy leaves: clips and a row of staples at the stump."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.lobes import Lobe
from pe_models.phantom.shapes import Canvas, Point
from pe_models.phantom.tubes import Tubes, blurred_distance_on, joined, tube

_STUMP: Final[dict[Lobe, Point]] = {
    Lobe.RIGHT_UPPER: (-40, 2, -12),
    Lobe.RIGHT_MIDDLE: (-56, -2, -56),
    Lobe.RIGHT_LOWER: (-52, 20, -66),
    Lobe.LEFT_UPPER: (48, 0, -20),
    Lobe.LEFT_LOWER: (54, 24, -60),
}
_METAL_HU: Final = 2600.0


@dataclass(frozen=True, slots=True, eq=False)
class Surgery:
    """The metal of one operation; ``clips`` is None where there was none."""

    clips: Tubes | None

    @classmethod
    def draw(cls, seed: int, missing: Lobe | None) -> Self:
        if missing is None:
            return cls(None)
        rng = stream(seed, "surgery")
        stump = np.asarray(_STUMP[missing])
        parts = []
        for _ in range(int(rng.integers(3, 9))):
            middle = stump + rng.normal(0, 5.0, size=3)
            half = rng.normal(size=3)
            half *= rng.uniform(1.5, 4.0) / np.linalg.norm(half)
            parts.append(tube([middle - half, middle + half], 0.6))
        return cls(joined(parts))

    def paint(self, canvas: Canvas) -> None:
        if self.clips is not None:
            canvas.paint(blurred_distance_on(canvas, self.clips), _METAL_HU)
