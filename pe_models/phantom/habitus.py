"""Habitus: the build of one phantom, drawn from its seed."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Point

_OBESE_SHARE: Final = 0.18

Outline = tuple[float, float, float, float, float, float]
"""How a contour departs from its ellipse: to one side, askew, in width, as a triangle, and twice
as what is no mirror image: by three and by four waves about it."""

_TURN_DEG: Final = 3.0
_MOST_TURNED_DEG: Final = 6.0


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """What keeps the left half of a chest wall from being the mirror image of the right.

    ``turn_deg`` turns rib cage, spine and muscles about the long axis, as patients lie: their
    front toward their left where it is positive. ``rib_tilt`` is how much lower ribs lie a mm
    farther left; ``blade_shift_mm`` (right, left) how much higher a shoulder blade lies,
    ``breast_share`` how large a breast is.
    ``septum_phases`` shape the border of either lung toward the other.
    """

    turn_deg: float
    rib_tilt: float
    sternum_offset_mm: float
    blade_shift_mm: tuple[float, float]
    breast_share: tuple[float, float]
    septum_phases: tuple[float, float]

    @classmethod
    def draw(cls, seed: int) -> Self:
        rng = stream(seed, "asymmetry")
        turn = float(np.clip(rng.normal(0, _TURN_DEG), -_MOST_TURNED_DEG, _MOST_TURNED_DEG))
        right, left = rng.normal(0, 9.0, size=2)
        phases = rng.uniform(0, 6.28, size=2)
        breasts = rng.uniform(0.75, 1.15, size=2)
        return cls(
            turn_deg=turn,
            rib_tilt=float(rng.uniform(-0.025, 0.025)),
            sternum_offset_mm=float(np.clip(rng.normal(0, 3.5), -8.0, 8.0)),
            blade_shift_mm=(float(right), float(left)),
            breast_share=(float(breasts[0]), float(breasts[1])),
            septum_phases=(float(phases[0]), float(phases[1])),
        )


@dataclass(frozen=True, slots=True)
class Habitus:
    """How one body differs from the reference chest. Lengths in mm of the reference chest.

    ``scale`` multiplies reference millimetres to give patient millimetres along x, y and z.
    ``gland`` is how much of a breast is not fat, from 0 to 1.
    ``contact_mm`` is how far to each side heart and fat lie against the breastbone, low down.
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
    contact_mm: float
    cartilage_hu: float
    gland: float
    asymmetry: Asymmetry

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
            left_dome_mm=right_dome - float(rng.uniform(6, 20)),
            lung_width=float(rng.uniform(0.94, 1.05)),
            spine_offset_mm=float(rng.uniform(-4, 4)),
            rib_phase_mm=float(rng.uniform(0, 23)),
            mediastinal_fat_mm=float(rng.uniform(2, 7)),
            table_gap_mm=float(rng.uniform(4, 18)),
            arms_are_down=arms_are_down,
            cavity_behind=float(rng.uniform(0.08, 0.19)),
            cavity_roundness=float(rng.uniform(2.02, 2.45)),
            cavity_outline=_outline(rng, (0.015, 0.014, 0.012, 0.008, 0.011, 0.007)),
            body_roundness=float(rng.uniform(2.2, 2.8)),
            body_outline=_outline(rng, (0.014, 0.013, 0.012, 0.01, 0.01, 0.006)),
            dome_fall_mm=float(rng.uniform(46, 70)),
            dome_lean_mm=float(rng.uniform(-22, 2)),
            contact_mm=float(rng.uniform(22, 42)),
            cartilage_hu=float(rng.uniform(90, 145)),
            gland=float(rng.uniform(0, 1)),
            asymmetry=Asymmetry.draw(seed),
        )


def _outline(rng: np.random.Generator, spread: Outline) -> Outline:
    a, b, c, d, e, f = rng.normal(0, spread).tolist()
    return a, b, c, d, e, f
