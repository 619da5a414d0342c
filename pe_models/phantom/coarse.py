"""CoarseGrid: smooth surfaces are computed on few points and brought to the slice linearly."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.shapes import Canvas, Field

_STEP_MM: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class CoarseGrid:
    """A grid of _STEP_MM under a canvas. It hangs on the chest, not on the canvas.

    So a part of a slice gets the values of the whole. ``canvas`` is the grid itself; ``rows`` and
    ``cols`` are where the fine canvas' lie on it.
    """

    canvas: Canvas
    rows: Field
    cols: Field

    @classmethod
    def under(cls, canvas: Canvas) -> Self:
        first_x, x = _grid(canvas.x[0])
        first_y, y = _grid(canvas.y[:, 0])
        empty = np.zeros((y.size, x.size), np.float32)
        return cls(
            Canvas(x[None, :], y[:, None], canvas.z, canvas.edge_mm, empty),
            canvas.y[:, 0] / np.float32(_STEP_MM) - np.float32(first_y),
            canvas.x[0] / np.float32(_STEP_MM) - np.float32(first_x),
        )

    def brought(self, field: Field) -> Field:
        """``field`` of the grid at the pixels of the canvas (rows, cols)."""
        below, share = _split(self.rows, len(field))
        tall = field[below] * (1 - share)[:, None] + field[below + 1] * share[:, None]
        left, part = _split(self.cols, field.shape[1])
        here = np.take(tall, left, axis=1)
        rise = np.take(tall, left + 1, axis=1)
        rise -= here
        rise *= part
        rise += here
        return rise


def _grid(values: Field) -> tuple[int, Field]:
    """The number of the first grid point before ``values``, and points until beyond them."""
    first = int(np.floor(values[0] / _STEP_MM))
    n = int(np.floor(values[-1] / _STEP_MM)) - first + 2
    return first, (_STEP_MM * np.arange(first, first + n)).astype(np.float32)


def _split(places: Field, n: int) -> tuple[NDArray[np.int64], Field]:
    """The grid point below each of ``places``, and how far beyond it they are."""
    below = np.clip(np.floor(places).astype(np.int64), 0, n - 2)
    return below, (places - below).astype(np.float32)
