"""Habitus: the build of one phantom, drawn from its seed."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Point

_OBESE_SHARE: Final = 0.18

Outline = tuple[float, float, float, float]
"""How a contour departs from its ellipse: to one side, askew, in width, and as a triangle."""


@dataclass(frozen=True, slots=True)
class Habitus:
    """How one body differs from the reference chest. Lengths in mm of the reference chest.

    ``scale`` multiplies reference millimetres to give patient millimetres along x, y and z.
    """

    scale: Point
    fat_mm: float
    breast_mm: float
    muscle_mm: float
    right_dome_mm: float
    left_dome_mm: float
    lung_width: float
    spine_offset_mm: float
    rib_phase_mm: float
    mediastinal_fat_mm: float
    table_gap_mm: float
    arms_are_down: bool
    cavity_behind: float
    cavity_roundness: float
    cavity_outline: Outline
    body_roundness: float
    body_outline: Outline
    dome_fall_mm: float
    dome_lean_mm: float

    @classmethod
    def draw(cls, seed: int, *, arms_are_down: bool = False) -> Self:
        rng = stream(seed, "habitus")
        size = rng.uniform(0.9, 1.06)
        fat = float(rng.uniform(6, 30))
        if rng.random() < _OBESE_SHARE:
            fat = float(rng.uniform(30, 55))
        right_dome = float(rng.uniform(-118, -96))
        return cls(
            scale=(
                float(size * rng.uniform(0.95, 1.05)),
                float(size * rng.uniform(0.95, 1.05)),
                float(size * rng.uniform(0.93, 1.08)),
            ),
            fat_mm=fat,
            breast_mm=float(rng.uniform(10, 38)) if rng.random() < 0.5 else 0.0,
            muscle_mm=float(rng.uniform(7, 16)),
            right_dome_mm=right_dome,
            left_dome_mm=right_dome - float(rng.uniform(4, 16)),
            lung_width=float(rng.uniform(0.94, 1.05)),
            spine_offset_mm=float(rng.uniform(-4, 4)),
            rib_phase_mm=float(rng.uniform(0, 23)),
            mediastinal_fat_mm=float(rng.uniform(2, 7)),
            table_gap_mm=float(rng.uniform(4, 18)),
            arms_are_down=arms_are_down,
            cavity_behind=float(rng.uniform(0.08, 0.19)),
            cavity_roundness=float(rng.uniform(2.02, 2.45)),
            cavity_outline=_outline(rng, (0.01, 0.012, 0.012, 0.008)),
            body_roundness=float(rng.uniform(2.2, 2.8)),
            body_outline=_outline(rng, (0.01, 0.01, 0.012, 0.01)),
            dome_fall_mm=float(rng.uniform(46, 70)),
            dome_lean_mm=float(rng.uniform(-22, 2)),
        )


def _outline(rng: np.random.Generator, spread: Outline) -> Outline:
    first, second, third, fourth = rng.normal(0, spread)
    return float(first), float(second), float(third), float(fourth)
