"""Streaks: what dense contrast, metal and thick bone do to the picture about them.

Beam hardening, scatter and starved detectors make bright and dark rays that go out from what is
dense, and dark bands between two dense things (Barrett and Keat, RadioGraphics 2004).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field, Place, segment
from pe_models.phantom.tubes import Tubes

_N_ANGLES: Final = 140
_BROAD: Final = 5
"""How many fine rays a broad one is as wide as; there are both."""
_N_LEVELS: Final = 48
_LEVEL_MM: Final = 4.0
"""How far along z rays keep their direction."""
_REACH: Final = 3.5
"""Where rays end, in lengths over which they fade."""

Spot = tuple[float, float]
"""x and y (mm) in a slice."""


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """How strong the rays are (level, angle), of unit variance: a few strong, most of them weak."""

    strength: NDArray[np.float32]

    @classmethod
    def draw(cls, seed: int, purpose: str) -> Self:
        rng = stream(seed, f"rays of {purpose}")
        drawn = rng.standard_normal((_N_LEVELS, _N_ANGLES), dtype=np.float32)
        broad = sum(np.roll(drawn, turn, axis=1) for turn in range(1, _BROAD + 1))
        drawn += broad * np.float32(_BROAD**-0.5)
        heavy = drawn * np.abs(drawn)
        return cls((heavy / heavy.std()).astype(np.float32))

    def add(
        self, canvas: Canvas, centre: Spot, *, hu: float, core_mm: float, fade_mm: float
    ) -> None:
        """Adds rays of ``hu`` that begin ``core_mm`` from ``centre`` and fade over ``fade_mm``."""
        (x, y), reach = centre, core_mm + _REACH * fade_mm
        part = canvas.box((x - reach, x + reach), (y - reach, y + reach))
        if part.is_empty:
            return
        dx, dy = part.x - np.float32(x), part.y - np.float32(y)
        far = np.hypot(dx, dy)
        turn = np.arctan2(dy, dx) * np.float32(_N_ANGLES / (2 * np.pi))
        beyond = np.maximum(far - core_mm, 0.0)
        fade = np.exp(beyond * np.float32(-1.0 / fade_mm)) * np.minimum(far / core_mm, 1.0)
        np.add(part.hu, np.float32(hu) * self._at(part.z, turn) * fade, out=part.hu,
               casting="same_kind")  # fmt: skip

    def _at(self, z: float, turn: Field) -> Field:
        """Strength of the rays toward ``turn``, an angle counted in rays."""
        level = z / _LEVEL_MM
        below = int(np.floor(level))
        share = np.float32(level - below)
        low, high = self.strength[below % _N_LEVELS], self.strength[(below + 1) % _N_LEVELS]
        around = low * (1 - share) + high * share
        first = np.floor(turn).astype(np.int32)
        part = (turn - first).astype(np.float32)
        one, two = around[first % _N_ANGLES], around[(first + 1) % _N_ANGLES]
        strength: Field = one + (two - one) * part
        return strength


def add_band(canvas: Canvas, start: Spot, end: Spot, *, hu: float, width_mm: float) -> None:
    """A band of ``hu`` between two dense things: strongest half way, and a little beyond each."""
    place = _about(canvas, start, end, 3.0 * width_mm)
    part = canvas.part(place)
    if part.is_empty:
        return
    distance, _ = segment(part.x, part.y, start, end)
    band = np.exp(-0.5 * (distance / np.float32(width_mm)) ** 2)
    np.add(part.hu, np.float32(hu) * band, out=part.hu, casting="same_kind")


def spot_at(tubes: Tubes, z: float) -> Spot | None:
    """Where the middle of what ``tubes`` have at height ``z`` lies; None where that is nothing."""
    low = np.minimum(tubes.start[:, 2], tubes.end[:, 2])
    high = np.maximum(tubes.start[:, 2], tubes.end[:, 2])
    here = np.flatnonzero((low <= z) & (z <= high))
    if here.size == 0:
        return None
    a, b = tubes.start[here], tubes.end[here]
    rise = b[:, 2] - a[:, 2]
    share = np.where(np.abs(rise) > 1e-3, (z - a[:, 2]) / np.where(rise == 0.0, 1.0, rise), 0.5)
    x, y = (a + share[:, None] * (b - a))[:, :2].mean(axis=0)
    return float(x), float(y)


def _about(canvas: Canvas, start: Spot, end: Spot, margin_mm: float) -> Place:
    (ax, ay), (bx, by) = start, end
    return canvas.place((min(ax, bx) - margin_mm, max(ax, bx) + margin_mm),
                        (min(ay, by) - margin_mm, max(ay, by) + margin_mm))  # fmt: skip
