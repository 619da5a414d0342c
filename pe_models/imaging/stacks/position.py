"""Positions along the normal of the slices (PS3.3 C.7.6.2.1.1): from IPP and IOP alone."""

from functools import lru_cache
from typing import Final

from pe_models.imaging.dicom.frames import Orientation
from pe_models.imaging.geometry import Triple

POSITION_TOLERANCE_MM: Final = 0.01
"""Slices nearer than this lie at one position."""

AXIAL_COSINE: Final = 0.8
"""A stack is axial where its normal is within about 37 degrees of the patient's long axis."""


@lru_cache(maxsize=1024)
def normal_of(orientation: Orientation) -> Triple:
    """Unit normal, on the side on which slices are counted upward.

    Toward superior for axial stacks, toward posterior for coronal, toward the patient's left for
    sagittal ones: the positive side of the axis (LPS) that the normal is nearest to.
    """
    x, y, z, u, v, w = orientation
    normal = (y * w - z * v, z * u - x * w, x * v - y * u)
    # Ties of an oblique stack go to the long axis, so that rounding cannot flip it.
    nearest = max((2, 1, 0), key=lambda axis: round(abs(normal[axis]), 3))
    sign = 1.0 if normal[nearest] >= 0 else -1.0
    return (sign * normal[0], sign * normal[1], sign * normal[2])


def projected(position_mm: Triple, normal: Triple) -> float:
    """Millimetres along the normal."""
    x, y, z = position_mm
    u, v, w = normal
    return x * u + y * v + z * w


def is_axial(orientation: Orientation) -> bool:
    return normal_of(orientation)[2] >= AXIAL_COSINE
