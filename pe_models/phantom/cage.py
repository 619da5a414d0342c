"""The rib cage's own coordinates, which turn with the chest, and its ribs."""

from typing import Final

import numpy as np

from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Field, Scalar

RIB_PITCH_MM: Final = 23.0
_RIB_DROP_MM: Final = 112.0
"""How much lower a rib ends in front than it begins behind."""
_CARTILAGE_AROUND: Final = 0.76
_CARTILAGE_RISE: Final = 150.0
"""From their ribs the cartilages rise to the breastbone, in mm by the share of half a turn."""

_PIVOT_Y: Final = 20.0
"""The chest turns about an axis before its spine."""


def into_cage(habitus: Habitus, x: Field, y: Field) -> tuple[Field, Field]:
    """``x`` and ``y`` as the rib cage sees them, which lies turned; both of the full shape."""
    return _turned(x, y, np.radians(habitus.asymmetry.turn_deg))


def from_cage(habitus: Habitus, x: Field, y: Field) -> tuple[Field, Field]:
    """Where in the chest lies what is at ``x`` and ``y`` of the rib cage."""
    return _turned(x, y, -np.radians(habitus.asymmetry.turn_deg))


def spot_from_cage(habitus: Habitus, x: float, y: float) -> tuple[float, float]:
    """from_cage of one point."""
    there_x, there_y = from_cage(habitus, np.array([x]), np.array([y]))
    return float(there_x[0]), float(there_y[0])


def _turned(x: Field, y: Field, angle: float) -> tuple[Field, Field]:
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    above = y - np.float32(_PIVOT_Y)
    return x * cosine + above * sine, above * cosine - x * sine + np.float32(_PIVOT_Y)


def around_cage(x: Field, y: Field) -> Field:
    """Where about the rib cage, in its own x and y: 0 behind, 1 in front, on either side."""
    around: Field = np.arctan2(np.abs(x), y - np.float32(6.0)) / np.float32(np.pi)
    return around


def rib_rise(habitus: Habitus, x: Field, y: Field, z: Scalar) -> Field:
    """Height (mm) above the middle of the nearest rib; ``x`` and ``y`` are those of the cage."""
    around = around_cage(x, y)
    slope = np.clip((around - 0.05) / 0.9, 0.0, 1.0)
    drop = np.float32(_RIB_DROP_MM) * slope * (0.4 + slope * (1.8 - 1.2 * slope))
    drop -= np.float32(_CARTILAGE_RISE) * np.maximum(around - np.float32(_CARTILAGE_AROUND), 0.0)
    height = z + drop + np.float32(habitus.rib_phase_mm)
    height += np.float32(habitus.asymmetry.rib_tilt) * x
    rise: Field = height - np.round(height / RIB_PITCH_MM) * np.float32(RIB_PITCH_MM)
    return rise
