"""Slab: how thick a plane is, and how what lies behind one another becomes one picture."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.volume import PADDING_HU

MAX_THICKNESS_MM: Final = 10_000.0
"""More than any patient."""


class Projection(StrEnum):
    MIP = "mip"
    """The brightest: vessels and calcium."""
    MINIP = "minip"
    """The darkest: airways and emphysema."""
    MEAN = "mean"
    """The average: less noise, as a thicker slice has."""


@dataclass(frozen=True, slots=True)
class Slab:
    """Thickness across a plane, half of it on either side; 0 is the plane alone."""

    thickness_mm: float
    projection: Projection = Projection.MIP

    def __post_init__(self) -> None:
        if not 0 <= self.thickness_mm <= MAX_THICKNESS_MM:
            raise ValueError(f"thickness_mm {self.thickness_mm} is not in 0..{MAX_THICKNESS_MM}")

    def offsets_mm(self, step_mm: float) -> NDArray[np.float64]:
        """Where to sample, in mm behind the plane (sample,): the middles of equal parts.

        Each part is at most ``step_mm`` thick; the mean is a midpoint rule.
        """
        n_parts = max(1, math.ceil(self.thickness_mm / step_mm - _ROUNDING))
        offsets: NDArray[np.float64] = (np.arange(n_parts) + 0.5) / n_parts - 0.5
        return offsets * self.thickness_mm


THIN: Final = Slab(0.0)
_ROUNDING: Final = 1e-9


class Fold:
    """Lays samples of one picture over one another; what is not there takes no part."""

    def __init__(self, shape: tuple[int, int], projection: Projection) -> None:
        self._projection = projection
        self._combine, self._neutral = _RULES[projection]
        self._folded = np.full(shape, self._neutral, dtype=np.float32)
        self._n_there: NDArray[np.int32] | int = 0

    def add(self, hu: NDArray[np.float32], is_there: NDArray[np.bool_] | None) -> None:
        """``hu`` (row, col) is overwritten; ``is_there`` is None where all of it is."""
        if is_there is None:
            self._n_there = self._n_there + 1
        else:
            np.copyto(hu, self._neutral, where=~is_there)
            self._n_there = self._n_there + is_there.astype(np.int32)
        self._combine(self._folded, hu, out=self._folded)

    def write(self, hu: NDArray[np.int16], is_there: NDArray[np.bool_]) -> None:
        """Rounded HU, and where at least one sample was there; elsewhere ``PADDING_HU``."""
        np.greater(self._n_there, 0, out=is_there)
        if self._projection is Projection.MEAN:
            self._folded /= np.maximum(self._n_there, 1)
        np.copyto(self._folded, np.float32(PADDING_HU), where=~is_there)
        np.rint(self._folded, out=self._folded)
        np.copyto(hu, self._folded, casting="unsafe")


_RULES: Final[dict[Projection, tuple[np.ufunc, np.float32]]] = {
    Projection.MIP: (np.maximum, np.float32(-np.inf)),
    Projection.MINIP: (np.minimum, np.float32(np.inf)),
    Projection.MEAN: (np.add, np.float32(0.0)),
}
"""What combines two samples, and the value that changes nothing."""
