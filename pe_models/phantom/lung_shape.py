"""The outer shape of the lungs on a slice."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.thorax import lungs
from pe_models.phantom.tubes import Tubes, distance_on

_STEP_MM: Final = 2.2
_REACH_MM: Final = 13.0
"""How far the distance to vessels must be known: as far as the fat that joins them reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class LungShape:
    """What bounds the lungs: the cavity, the diaphragm, and the organs between."""

    habitus: Habitus
    heart: Heart
    great: Tubes
    hilar: Tubes

    def on(self, canvas: Canvas) -> Field:
        """Distance from the lungs (rows, cols) in mm, negative inside.

        Computed on a grid of _STEP_MM that hangs on the chest, not on the canvas, for the surface
        is smooth; and brought to the canvas linearly.
        """
        first_x, n_x = _grid(canvas.x[0])
        first_y, n_y = _grid(canvas.y[:, 0])
        x = (_STEP_MM * np.arange(first_x, first_x + n_x)).astype(np.float32)[None, :]
        y = (_STEP_MM * np.arange(first_y, first_y + n_y)).astype(np.float32)[:, None]
        coarse = Canvas(x, y, canvas.z, canvas.edge_mm, np.zeros((n_y, n_x), np.float32))
        distance = lungs(
            self.habitus, x, y, canvas.z,
            heart=self.heart.fields(x, y, canvas.z).whole,
            great=distance_on(coarse, self.great, margin_mm=_REACH_MM),
            hilar=distance_on(coarse, self.hilar, margin_mm=_REACH_MM),
        )  # fmt: skip
        rows = canvas.y[:, 0] / np.float32(_STEP_MM) - np.float32(first_y)
        cols = canvas.x[0] / np.float32(_STEP_MM) - np.float32(first_x)
        return _between(_between(distance, rows).T, cols).T


def _grid(values: Field) -> tuple[int, int]:
    """The first grid point before ``values`` and how many it takes to reach beyond them."""
    first = int(np.floor(values[0] / _STEP_MM))
    return first, int(np.floor(values[-1] / _STEP_MM)) - first + 2


def _between(values: Field, places: Field) -> Field:
    """``values`` (row, col) at fractional rows ``places`` (place,): (place, col)."""
    below = np.clip(np.floor(places).astype(np.int64), 0, len(values) - 2)
    part = (places - below)[:, None]
    between: Field = values[below] * (1 - part) + values[below + 1] * part
    return between
