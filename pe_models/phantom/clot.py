"""One embolus as a solid: clot along an artery, less the channels that blood has kept or made."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from pe_models.phantom.shapes import Canvas, Field, Point
from pe_models.phantom.spec import Level
from pe_models.phantom.tubes import Tubes, distance_on


class Form(StrEnum):
    """How an embolus lies in its vessel."""

    SADDLE = "saddle"
    """Acute, astride the bifurcation of the trunk."""
    FLOATING = "floating"
    """Acute, contrast all about it: a railway track along it, a polo mint across."""
    WALL = "wall"
    """Acute, against the wall at a sharp angle."""
    COMPLETE = "complete"
    """Acute, filling and widening its vessel."""
    ECCENTRIC = "eccentric"
    """Chronic, a crescent along the wall."""
    RECANALISED = "recanalised"
    """Chronic, with channels through it."""
    WEB = "web"
    """Chronic, thin plates across the lumen: webs and bands."""
    SHRUNKEN = "shrunken"
    """Chronic, lining a vessel that has narrowed."""

    @property
    def is_acute(self) -> bool:
        return self in _ACUTE


_PLATE_BEND_MM: Final = 1.3
_ACUTE: Final = (Form.SADDLE, Form.FLOATING, Form.WALL, Form.COMPLETE)


@dataclass(frozen=True, slots=True)
class Plate:
    """A plane through ``point`` across ``normal``, ``thickness_mm`` thick."""

    point: Point
    normal: Point
    thickness_mm: float

    def distance_on(self, canvas: Canvas, bend_mm: Field) -> Field:
        """Distance (rows, cols) in mm from the plate, bent out of its plane by ``bend_mm``."""
        (px, py, pz), (nx, ny, nz) = self.point, self.normal
        height = nx * (canvas.x - px) + ny * (canvas.y - py) + nz * (canvas.z - pz)
        distance: Field = np.abs(height + bend_mm) - np.float32(0.5 * self.thickness_mm)
        return distance.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Clot:
    """One embolus: ``body`` less ``channel``, and within ``plates`` where there are any.

    ``rough_mm`` is the depth of the unevenness of its surface; ``grain_hu`` that of its HU.
    """

    level: Level
    side: str
    form: Form
    hu: float
    grain_hu: float
    rough_mm: float
    body: Tubes
    channel: Tubes | None = None
    plates: tuple[Plate, ...] = ()

    @property
    def is_acute(self) -> bool:
        return self.form.is_acute

    def distance_on(self, canvas: Canvas, lumps: Field, grain: Field) -> Field:
        """Distance (rows, cols) in mm; the two textures roughen the surface."""
        rough = np.float32(self.rough_mm)
        uneven = rough * (0.8 * lumps + 0.45 * grain)
        margin = 2.0 * canvas.edge_mm
        distance = distance_on(canvas, self.body, margin_mm=margin) + uneven
        if self.channel is not None:
            hollow = distance_on(canvas, self.channel, margin_mm=margin) + 0.6 * uneven
            distance = np.maximum(distance, -hollow)
        if self.plates:
            plates = [plate.distance_on(canvas, _PLATE_BEND_MM * lumps) for plate in self.plates]
            torn = np.maximum(lumps - 0.5, 0.0)  # plates thin out, and have holes
            distance = np.maximum(distance, np.minimum.reduce(plates) + torn)
        return distance
