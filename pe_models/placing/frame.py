"""ChestFrame: where a place lies in the chest, as millimetres from where the trachea splits."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.imaging.anatomy.airway import find_carina
from pe_models.imaging.anatomy.lungs import LungMask, lung_box

Triple = tuple[float, float, float]
"""Of slices, rows and columns."""

_CARINA_SHARE: Final = 0.57
"""How high the carina lies between the lowest and the highest slice with lung."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Millimetres from the carina toward the patient's left, back and head."""

    left_mm: float
    back_mm: float
    up_mm: float


@dataclass(frozen=True, slots=True)
class ChestFrame:
    """``carina`` is the voxel (slice, row, col) where the trachea splits.

    Without ``is_seen`` no carina was found, and the middle of the lungs stands in: enough to tell
    right from left, not to tell how far out an artery lies.
    """

    carina: Triple
    spacing_mm: Triple
    is_seen: bool

    def offset(self, voxel: Triple) -> Offset:
        """Of a place (slice, row, col) of a Volume whose rows run back and cols to the left."""
        up, back, left = (
            (at - origin) * mm
            for at, origin, mm in zip(voxel, self.carina, self.spacing_mm, strict=True)
        )
        return Offset(left, back, up)


def chest_frame(lungs: LungMask, spacing_mm: Triple) -> ChestFrame:
    """The frame of a chest whose slices run upward, by its airway, or else by its lungs.

    Raises ValueError where there are no lungs.
    """
    carina = find_carina(lungs)
    if carina is None:
        return ChestFrame(_middle_of(lungs), spacing_mm, is_seen=False)
    steps = lungs.grid.step
    row, col = (
        (at + 0.5) * step - 0.5
        for at, step in zip((carina.row, carina.col), steps[1:], strict=True)
    )
    return ChestFrame((float(carina.slice_index * steps[0]), row, col), spacing_mm, is_seen=True)


def _middle_of(lungs: LungMask) -> Triple:
    box, held = lung_box(lungs), lungs.slice_range
    if held is None:
        raise ValueError("there are no lungs to lay a frame by")
    first, last = held
    row, col = 0.5 * (box.row_min + box.row_max - 1), 0.5 * (box.col_min + box.col_max - 1)
    return float(np.interp(_CARINA_SHARE, (0.0, 1.0), (first, last))), row, col
