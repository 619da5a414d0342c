"""View: how one radiograph is taken. Which way the beam goes, from how far, of a patient who lies
or stands more or less straight; and where on the picture each slab of the chest falls.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.radiograph.chest import COARSE_MM, FINE_MM, Chest, to_grid

_AP_SHARE: Final = 0.45
"""Of the RSNA 2018 radiographs: most of those of the bedridden."""
_FRONT_Y, _BACK_Y = -105.0, 125.0
"""Where the detector touches the chest (mm)."""
_GAP_MM: Final = (20.0, 50.0)
_MIDDLE_Y: Final = 15.0
_CENTRE_Z: Final = -42.0


class Position(StrEnum):
    """ViewPosition (PS3.3 C.8.11.5.1.1): the way of the beam through the patient."""

    PA = "PA"
    """From behind, standing, the source far away."""
    AP = "AP"
    """From the front, lying or sitting in bed, the source near."""


@dataclass(frozen=True, slots=True)
class View:
    """``source_mm`` is how far the source is from the detector, ``gap_mm`` the detector from the
    skin; ``field_mm`` is the side of the picture. Angles are small: ``turn_deg`` of the patient
    about the long axis, ``tilt_deg`` forward, ``roll_deg`` in the plane of the picture.
    """

    position: Position
    source_mm: float
    gap_mm: float
    field_mm: float
    turn_deg: float
    tilt_deg: float
    roll_deg: float
    shift_mm: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        is_ap = bool(rng.random() < _AP_SHARE)
        loose = 1.6 if is_ap else 1.0
        turn, tilt, roll = rng.normal(0.0, (2.2, 2.5, 1.2)) * loose
        across, along = rng.normal(0.0, (8.0, 10.0)) * loose
        return cls(
            position=Position.AP if is_ap else Position.PA,
            source_mm=float(rng.uniform(1000, 1300) if is_ap else rng.uniform(1700, 1900)),
            gap_mm=float(rng.uniform(*_GAP_MM)),
            field_mm=float(rng.uniform(345, 410)),
            turn_deg=float(np.clip(turn, -8.0, 8.0)),
            tilt_deg=float(np.clip(tilt, -9.0, 9.0)),
            roll_deg=float(np.clip(roll, -4.0, 4.0)),
            shift_mm=(float(across), float(along)),
        )

    def magnification(self, y_mm: float) -> float:
        """Of what lies at ``y_mm`` (patient mm): 1 at the detector."""
        off = _BACK_Y - y_mm if self.position is Position.AP else y_mm - _FRONT_Y
        return self.source_mm / (self.source_mm - self.gap_mm - off)

    def project(self, slabs: NDArray[np.float32], chest: Chest, px: int) -> NDArray[np.float32]:
        """(px, px) mm of water along the beam, of slabs (slab, row, col) fine or coarse."""
        picture = np.zeros((px, px), np.float32)
        step_mm = FINE_MM if slabs.shape[1:] == chest.slabs.shape[1:] else COARSE_MM
        depth = np.float32(chest.scene.habitus.scale[1])
        for slab, y in zip(slabs, chest.slab_y, strict=True):
            if slab.any():
                matrix = self._onto_picture(float(y), chest, step_mm, px)
                picture += cv2.warpAffine(
                    slab, matrix, (px, px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
                )
        return picture * depth

    def place(
        self, point: tuple[float, float, float], chest: Chest, px: int
    ) -> tuple[float, float]:
        """Where a point of the reference chest (x, y, z) falls on the picture: (col, row)."""
        x, y, z = point
        scale_x, scale_y, scale_z = chest.scene.habitus.scale
        depth_mm = y * scale_y - _MIDDLE_Y
        turned = x * scale_x + np.tan(np.radians(self.turn_deg)) * depth_mm
        tilted = z * scale_z - _CENTRE_Z + np.tan(np.radians(self.tilt_deg)) * depth_mm
        growth = self.magnification(y * scale_y)
        roll = np.radians(self.roll_deg)
        u, v = growth * turned, -growth * tilted
        across = u * np.cos(roll) - v * np.sin(roll) + self.shift_mm[0]
        down = u * np.sin(roll) + v * np.cos(roll) + self.shift_mm[1]
        pitch = self.field_mm / px
        return float(across / pitch + 0.5 * (px - 1)), float(down / pitch + 0.5 * (px - 1))

    def _onto_picture(self, y: float, chest: Chest, step_mm: float, px: int) -> NDArray[np.float64]:
        """(2, 3): from (col, row) of a grid at depth ``y`` to (col, row) of the picture."""
        corners = ((-100.0, 60.0), (100.0, 60.0), (-100.0, -120.0))
        grid = [to_grid(x, z, step_mm=step_mm) for x, z in corners]
        there = [self.place((x, y, z), chest, px) for x, z in corners]
        matrix: NDArray[np.float64] = cv2.getAffineTransform(
            np.asarray(grid, np.float32), np.asarray(there, np.float32)
        )
        return matrix
