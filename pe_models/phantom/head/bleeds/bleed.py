"""Bleed: what every collection of blood says of itself when a slice is painted."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.spec import BleedKind
from pe_models.phantom.shapes import Field

SIDES = {-1: "right", 0: "both", 1: "left"}
"""By the sign of x, which grows toward the patient's left."""


@dataclass(frozen=True, slots=True)
class Push:
    """How far (mm along x) a mass moves the brain about ``centre``, and how far that reaches."""

    centre: tuple[float, float, float]
    shift_mm: float
    reach_mm: float

    def at(self, plane: Plane) -> Field:
        square = sum(
            (axis - np.float32(middle)) ** 2
            for axis, middle in zip((plane.x, plane.y, plane.z), self.centre, strict=True)
        )
        near: Field = np.float32(self.shift_mm) * np.exp(-square / (2.0 * self.reach_mm**2))
        return near


class Bleed(Protocol):
    """``side`` is -1 right, 0 both, 1 left; ``hu`` that of its blood; ``push`` None for no mass."""

    @property
    def kind(self) -> BleedKind: ...
    @property
    def side(self) -> int: ...
    @property
    def hu(self) -> float: ...
    @property
    def push(self) -> Push | None: ...

    def blood_hu(self, plane: Plane) -> Field | float:
        """HU of the blood: one value, or one a pixel (row, col)."""

    def depth_mm(self, plane: Plane) -> Field:
        """How far below the inner table the blood holds the brain; 0 or less where it does not."""

    def distance(self, plane: Plane, spaces: Spaces) -> Field:
        """Distance (mm) to the blood, negative inside."""

    def oedema(self, plane: Plane, spaces: Spaces) -> Field:
        """Distance (mm) to swollen brain about it, negative inside."""


class EvenBlood:
    """Blood of one density, with no swelling about it."""

    __slots__ = ()
    hu: float

    def blood_hu(self, plane: Plane) -> Field | float:
        return self.hu

    def oedema(self, plane: Plane, spaces: Spaces) -> Field:
        return np.full_like(plane.hu, np.inf)


class NoMass(EvenBlood):
    """Blood that fills the spaces there are."""

    __slots__ = ()

    @property
    def push(self) -> Push | None:
        return None

    def depth_mm(self, plane: Plane) -> Field:
        return np.zeros_like(plane.hu)
