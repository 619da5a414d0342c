"""The activation map as colours over a slice, on one scale of logits for every slice.

A map scaled by its own range would make a slice without a finding look as hot as one with. Here the
scale is fixed: a value means the same colour on every slice, and what does not speak for embolism
is not drawn at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP, Crop, Heatmap
from pe_viewer.display.palette import HEAT_COLOURS, rgb

MAX_OPACITY: Final = 0.6
"""No setting hides the CT more than this: anatomy stays readable under the hottest colour."""

_LOWEST_COLOUR: Final = 0.3
"""Where on the map of colours the scale begins; darker ones would only darken the CT."""

_N_COLOURS: Final = 256


@dataclass(frozen=True, slots=True)
class HeatScale:
    """Values at the two ends of the colours; what lies at or below ``low`` is transparent."""

    low_logit: float
    high_logit: float

    def __post_init__(self) -> None:
        if not self.low_logit < self.high_logit:
            raise ValueError(f"scale from {self.low_logit} to {self.high_logit} is empty")

    def at(self, share: float) -> float:
        """The logit that lies so far up the scale."""
        return self.low_logit + share * (self.high_logit - self.low_logit)

    def position(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where logits lie on the scale, clipped to [0, 1]; same shape."""
        span = self.high_logit - self.low_logit
        scaled = (logits - np.float32(self.low_logit)) / np.float32(span)
        clipped: NDArray[np.float32] = np.clip(scaled, 0.0, 1.0).astype(np.float32)
        return clipped


_OF_OTHERS: Final = HeatScale(3.0, 12.0)

_SCALES: Final[Mapping[str, HeatScale]] = {
    CLOT_MAP: HeatScale(-2.0, 4.0),
    CLASS_ACTIVATION: HeatScale(3.0, 30.0),
    "grad-cam": HeatScale(3.0, 12.0),
    "grad-cam++": HeatScale(2.0, 6.0),
}
"""From the highest values of maps (``benchmarks/heat_scales.py``): few slices without a clot reach
the low end, few with one go beyond the high end. A clot map's cell is the logit of clot being
there: -2 is one in eight. Class activation is that of the shipped nets of heads and radiographs:
slices scored below .1 stay at or below 0, those above .9 reach 20 to 36."""


def scale_of(method: str) -> HeatScale:
    """The one scale of a method, for every slice and study."""
    return _SCALES.get(method, _OF_OTHERS)


def colour_bar(n_steps: int = _N_COLOURS) -> NDArray[np.uint8]:
    """Colours (step, rgb) from the low end of the scale to the high one."""
    anchors = np.asarray([rgb(colour) for colour in HEAT_COLOURS], dtype=np.float64)
    at = np.linspace(0.0, 1.0, len(anchors))
    wanted = np.linspace(_LOWEST_COLOUR, 1.0, n_steps)
    channels = [np.interp(wanted, at, anchors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def overlay_rgba(
    heatmap: Heatmap,
    shape: tuple[int, int],
    *,
    opacity: float,
    scale: HeatScale | None = None,
    least_logit: float | None = None,
) -> NDArray[np.uint8]:
    """The map on the grid of its slice (row, col, rgba), not premultiplied.

    ``shape`` is (rows, cols) of the slice. Opacity grows from 0 at the low end of the scale to
    ``opacity``, capped at ``MAX_OPACITY``, in its first half, so that no false edge is drawn; what
    lies below ``least_logit`` is not drawn at all. ``scale`` None is the method's own.
    """
    scale = scale_of(heatmap.method) if scale is None else scale
    packed = np.zeros(shape, dtype=np.uint32)
    crop = heatmap.crop
    inside = packed[crop.row_min : crop.row_max, crop.col_min : crop.col_max]
    logits = upsampled(heatmap.values, crop)[: inside.shape[0], : inside.shape[1]]
    step = _steps(logits, scale)
    least = scale.low_logit if least_logit is None else least_logit
    first_step = float(scale.position(np.asarray([least], dtype=np.float32))[0]) * (_N_COLOURS - 1)
    table = _rgba_table(min(max(opacity, 0.0), MAX_OPACITY), round(first_step))
    np.take(table.view(np.uint32)[:, 0], step, out=inside, mode="clip")
    return packed.view(np.uint8).reshape(*shape, 4)


def drawn_box(heatmap: Heatmap, least_logit: float) -> Crop | None:
    """The pixels beyond which ``overlay_rgba`` draws nothing; None where it draws nothing at all.

    A cell reaches as far as the middle of the next one; a step of the scale is let in besides.
    """
    scale, crop = scale_of(heatmap.method), heatmap.crop
    step = (scale.high_logit - scale.low_logit) / _N_COLOURS
    hot = heatmap.values > max(least_logit, scale.low_logit) - step
    if not hot.any():
        return None
    rows = _pixels_of(np.asarray(hot.any(axis=1)), crop.row_min, crop.row_max)
    cols = _pixels_of(np.asarray(hot.any(axis=0)), crop.col_min, crop.col_max)
    return Crop(*rows, *cols)


def _pixels_of(hot: NDArray[np.bool_], begin: int, end: int) -> tuple[int, int]:
    """From the first to the last of the ``hot`` cells that lie evenly over ``begin`` to ``end``,
    and one more on either side."""
    cells, a_cell = np.flatnonzero(hot), (end - begin) / len(hot)
    first, last = int(cells[0]) - 1, int(cells[-1]) + 2
    return max(begin, begin + floor(first * a_cell)), min(end, begin + ceil(last * a_cell))


def upsampled(values: NDArray[np.float32], crop: Crop) -> NDArray[np.float32]:
    """Bilinear values on the crop's pixels (row, col) of a grid that covers the crop evenly.

    Cell (0, 0) begins at the crop's corner, so its centre lies half a cell inside; pixels outside
    the outermost centres take the outermost values. No matrix product: the threads of a BLAS wait
    for one another where the model keeps all cores busy, thirty times as long as this takes.
    """
    across = np.ascontiguousarray(values.T, dtype=np.float32)  # (grid_col, grid_row)
    wide = _lerped(across, crop.col_max - crop.col_min)  # (col, grid_row)
    return _lerped(np.ascontiguousarray(wide.T), crop.row_max - crop.row_min)  # (row, col)


def _steps(logits: NDArray[np.float32], scale: HeatScale) -> NDArray[np.uint8]:
    """The step of the scale that each logit lies at; ``logits`` are overwritten, which is quicker
    by half."""
    span = scale.high_logit - scale.low_logit
    logits -= np.float32(scale.low_logit)
    logits *= np.float32((_N_COLOURS - 1) / span)
    np.clip(logits, 0.0, _N_COLOURS - 1, out=logits)
    return logits.astype(np.uint8)


def _lerped(cells: NDArray[np.float32], n_pixels: int) -> NDArray[np.float32]:
    """``cells`` (cell, ...) interpolated along their first axis to (pixel, ...)."""
    n_cells = len(cells)
    centres = (np.arange(n_pixels) + 0.5) * (n_cells / n_pixels) - 0.5
    centres = np.clip(centres, 0.0, n_cells - 1.0)
    lower = np.minimum(centres.astype(np.intp), max(0, n_cells - 2))
    rises = np.diff(cells, axis=0, append=cells[-1:])
    smooth: NDArray[np.float32] = rises[lower]
    smooth *= (centres - lower).astype(np.float32)[:, None]
    smooth += cells[lower]
    return smooth


@lru_cache(maxsize=8)
def _rgba_table(opacity: float, first_step: int) -> NDArray[np.uint8]:
    """Colours (step, rgba) with the opacity of each step of the scale, clear below the first."""
    position = np.linspace(0.0, 1.0, _N_COLOURS)
    alpha = np.minimum(position * 2.0, 1.0) * 255.0 * opacity
    alpha[:first_step] = 0.0
    table = np.column_stack((colour_bar(_N_COLOURS), alpha.astype(np.uint8)))
    return np.ascontiguousarray(table)
