"""Motion: breaths during the scan, which double and blur what they move."""

from dataclasses import dataclass
from typing import Self

from pe_models.phantom.chance import stream
from pe_models.phantom.spec import Mimic


@dataclass(frozen=True, slots=True)
class _Breath:
    """Between the heights ``low_z`` and ``high_z`` (mm) the chest moves by these mm."""

    low_z: float
    high_z: float
    forward_mm: float
    upward_mm: float


@dataclass(frozen=True, slots=True)
class Motion:
    """The breaths of one scan; none in most."""

    breaths: tuple[_Breath, ...] = ()

    @classmethod
    def draw(cls, seed: int, mimics: frozenset[Mimic]) -> Self:
        if Mimic.MOTION not in mimics:
            return cls()
        rng = stream(seed, "motion")
        breaths = []
        for _ in range(int(rng.integers(2, 5))):
            middle, half = float(rng.uniform(-120, 40)), float(rng.uniform(8, 24))
            forward, upward = float(rng.uniform(1.5, 4.0)), float(rng.uniform(2.0, 7.0))
            breaths.append(_Breath(middle - half, middle + half, forward, upward))
        return cls(tuple(breaths))

    def shifts(self, z: float) -> tuple[tuple[float, float], ...]:
        """Where the chest stands, in turn, while the slice at ``z`` is taken: (y, z) in mm."""
        for breath in self.breaths:
            if breath.low_z < z < breath.high_z:
                return ((0.0, 0.0), (-breath.forward_mm, breath.upward_mm))
        return ((0.0, 0.0),)
