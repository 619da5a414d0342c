"""Lines: leads, tubes and catheters that lie on or in a patient, and the side letter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.radiograph.chest import Chest
from pe_models.phantom.radiograph.view import Position, View
from pe_models.phantom.shapes import Field, Point
from pe_models.phantom.tubes import smooth_path

_SHARE: Final = {Position.PA: 0.12, Position.AP: 0.7}
"""How often there are any."""
_SUBPIXEL_BITS: Final = 4
_FRONT_Y, _SKIN_Y = -95.0, -112.0
_AIRWAY: Final = ((0.0, -12.0, 150.0), (1.0, -6.0, 80.0), (2.0, 6.0, 26.0))
_GULLET: Final = (
    (2.0, 10.0, 150.0), (3.0, 22.0, 60.0), (2.0, 26.0, -20.0), (10.0, 18.0, -90.0),
    (30.0, -5.0, -150.0),
)  # fmt: skip
_NECK_TO_CAVA: Final = (
    (-48.0, -20.0, 150.0), (-36.0, -30.0, 95.0), (-27.0, -30.0, 45.0), (-30.0, -22.0, -15.0),
)  # fmt: skip
_ELECTRODES: Final = ((-95.0, 55.0), (95.0, 50.0), (105.0, -115.0), (-100.0, -120.0), (15.0, -30.0))


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A course through ``points`` (point, 3: x, y, z; mm), ``width_mm`` wide; it stands for
    ``water_mm`` of water along the beam.
    """

    points: Field
    width_mm: float
    water_mm: float


def draw_lines(view: View, rng: np.random.Generator) -> tuple[Line, ...]:
    """Those of one picture: most of bedside ones have some."""
    if rng.random() >= _SHARE[view.position]:
        return ()
    return tuple(_drawn(view, rng))


def add_lines(
    water_mm: NDArray[np.float32], lines: tuple[Line, ...], chest: Chest, view: View
) -> None:
    """Adds them to the attenuation along the beam (row, col; mm of water)."""
    px = len(water_mm)
    for line in lines:
        mask = np.zeros((px, px), np.uint8)
        spots = [view.place((float(x), float(y), float(z)), chest, px) for x, y, z in line.points]
        fixed = np.rint(np.asarray(spots) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        width = max(1, round(line.width_mm * px / view.field_mm))
        cv2.polylines(mask, [fixed[:, None]], False, 255, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        water_mm += np.float32(line.water_mm / 255.0) * mask


def add_letter(grey: NDArray[np.float32], rng: np.random.Generator) -> None:
    """The lead letter that tells the patient's left, at the picture's right; on most pictures."""
    if rng.random() < 0.3:
        return
    px = len(grey)
    size = px / 384.0 * float(rng.uniform(0.6, 1.0))
    at = (int(px * rng.uniform(0.86, 0.92)), int(px * rng.uniform(0.08, 0.2)))
    mask = np.zeros((px, px), np.uint8)
    cv2.putText(mask, "L", at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(1, round(2 * size)),
                cv2.LINE_AA)  # fmt: skip
    np.maximum(grey, mask / np.float32(255.0), out=grey)


def _drawn(view: View, rng: np.random.Generator) -> Iterator[Line]:
    for course, chance, width, water in (
        (_AIRWAY, 0.3, 1.6, 5.0),
        (_GULLET, 0.35, 1.8, 5.0),
        (_NECK_TO_CAVA, 0.45, 1.2, 9.0),
    ):
        if view.position is Position.AP and rng.random() < chance:
            knots = np.asarray(course) + rng.normal(0.0, 3.0, size=(len(course), 3))
            yield Line(smooth_path(knots, 1.0)[0], width, water)
    if rng.random() < 0.7:
        yield from _leads(rng)


def _leads(rng: np.random.Generator) -> Iterator[Line]:
    """Electrodes on the skin, and wires that hang from them."""
    for x, z in _ELECTRODES[: int(rng.integers(2, 6))]:
        here = (x + rng.normal(0, 12.0), _SKIN_Y, z + rng.normal(0, 12.0))
        yield Line(np.array([here, np.add(here, (0.5, 0.0, 0.0))]), 8.0, 7.0)
        yield Line(np.array([here, np.add(here, (0.5, 0.0, 0.0))]), 3.5, 25.0)
        yield Line(smooth_path(_wire(here, rng), 1.0)[0], 1.0, 10.0)


def _wire(start: Point, rng: np.random.Generator) -> NDArray[np.float64]:
    """From an electrode to the border of the picture, in a bend."""
    x, _, z = start
    end = (np.copysign(230.0, x), _FRONT_Y, z + rng.normal(0.0, 90.0))
    bend = np.add(start, end) / 2 + (0.0, 0.0, rng.normal(0.0, 45.0))
    return np.array([start, bend, end])
