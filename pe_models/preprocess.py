"""Volume -> input of the nets: the one road for training and inference, CPU and CUDA.

Windows are fixed in HU, so that a slice looks the same whatever it holds beside. The neighbours of
a slice are those at a fixed distance in mm; at the ends the edge slice stands in.
The scale is that of the crop resized to a square, or fixed in mm a pixel; then inputs differ in
size from patient to patient, and air fills them up to what a net of stride 32 takes.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.bundle import LocalizerLevels, Preprocessing, Windowing
from pe_models.findings import Crop
from pe_models.imaging.window import Window

WHOLE_CHEST_LEVELS: Final = (0.2, 0.3, 0.4, 0.5)
"""Localizer slices as shares of all slices, from the most inferior: the winner's choice."""
LUNG_LEVELS: Final = (0.15, 0.35, 0.55, 0.75)
"""The same as shares of the slices that hold lung, for a CT that is no whole chest."""

SIDE_PX: Final = 32
"""An input of fixed scale has sides of multiples of this."""
CELL_PX: Final = 4
"""Its crop lies on whole cells of so many pixels, those of the clot map that is shown."""

_AIR: Final = 0.0
"""Grey of what lies beyond the crop: the window's low end."""

SpacingMm = tuple[float, float, float]
"""Of slices, rows and columns."""


@dataclass(frozen=True, slots=True)
class Framed:
    """One side of an input of fixed scale: ``before`` pixels of air, the crop, ``after`` of air."""

    before: int
    px: int
    after: int

    @classmethod
    def of(cls, length_px: int, spacing_mm: float, pixel_mm: float) -> Self:
        """``length_px`` of the Volume, at ``pixel_mm``: within half a cell of its true length."""
        px = CELL_PX * max(1, round(length_px * spacing_mm / (pixel_mm * CELL_PX)))
        beyond = -px % SIDE_PX
        before = CELL_PX * (beyond // CELL_PX // 2)
        return cls(before, px, beyond - before)

    @property
    def pixels(self) -> slice:
        """The crop's pixels among those of the whole side."""
        return slice(self.before, self.before + self.px)

    @property
    def cells(self) -> slice:
        """The crop's cells of CELL_PX among those of the whole side."""
        return slice(self.before // CELL_PX, (self.before + self.px) // CELL_PX)


def framed_sides(
    crop: Crop, spacing_mm: SpacingMm, params: Preprocessing
) -> tuple[Framed, Framed] | None:
    """Rows and columns of an input of fixed scale; None where it is a square of ``input_px``."""
    if params.pixel_mm is None:
        return None
    return (
        Framed.of(crop.row_max - crop.row_min, spacing_mm[1], params.pixel_mm),
        Framed.of(crop.col_max - crop.col_min, spacing_mm[2], params.pixel_mm),
    )


def hu_tensor(hu: NDArray[np.int16]) -> Tensor:
    """A tensor (slice, row, col) over the same memory, never written to."""
    with warnings.catch_warnings():
        # WORKAROUND pytorch/pytorch#47160: torch knows no read-only tensors and warns instead.
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(hu)


def localizer_indices(n_slices: int, lungs: tuple[int, int] | None = None) -> tuple[int, ...]:
    """Slices that the Localizer sees; ``lungs`` are the first and last slice that hold lung."""
    if lungs is None:
        return tuple(int(level * n_slices) for level in WHOLE_CHEST_LEVELS)
    first, last = lungs
    return tuple(first + round(level * (last - first)) for level in LUNG_LEVELS)


def localizer_slices(
    n_slices: int, lungs: tuple[int, int] | None, params: Preprocessing
) -> tuple[int, ...]:
    """As ``localizer_indices``, where ``params`` want the levels of a whole chest too."""
    if params.localizer_levels is LocalizerLevels.OF_ALL_SLICES:
        return localizer_indices(n_slices)
    return localizer_indices(n_slices, lungs)


def neighbours(
    indices: Sequence[int],
    *,
    n_slices: int,
    slice_mm: float,
    neighbour_mm: float | None,
    reach: int = 1,
) -> Tensor:
    """Slice indices (batch, 2 * reach + 1): below, the slice itself, above; inferior first.

    About ``neighbour_mm`` apart, and at least one slice, so that the stack is 2.5-D at any spacing;
    the next one with None.
    """
    step = neighbour_step(slice_mm, neighbour_mm)
    centre = torch.as_tensor(indices, dtype=torch.int64)
    stack = centre[:, None] + step * torch.arange(-reach, reach + 1)  # (batch, slices)
    return stack.clamp(0, n_slices - 1)


def neighbour_step(slice_mm: float, neighbour_mm: float | None) -> int:
    """How many slices further the next neighbour lies."""
    return 1 if neighbour_mm is None else max(1, round(neighbour_mm / slice_mm))


def plain_slices(
    hu: Tensor,
    indices: Sequence[int],
    *,
    crop: Crop,
    spacing_mm: SpacingMm,
    params: Preprocessing,
    window: Window,
) -> Tensor:
    """Slices without neighbours or frame: grey (slice, row, col) in [0, 1] of ``crop`` alone.

    In ``window``, at the fixed scale of ``params``. Raises ValueError where they have none.
    """
    sides = framed_sides(crop, spacing_mm, params)
    if sides is None:
        raise ValueError("slices at a fixed scale need preprocessing.pixel_mm")
    chosen = torch.as_tensor(list(indices), device=hu.device)
    rows, cols = slice(crop.row_min, crop.row_max), slice(crop.col_min, crop.col_max)
    return _resized(_grey(hu[chosen, rows, cols], window), (sides[0].px, sides[1].px))


def slice_inputs(
    hu: Tensor,
    indices: Sequence[int],
    *,
    crop: Crop,
    spacing_mm: SpacingMm,
    params: Preprocessing,
) -> Tensor:
    """Input of the slice net: float32 (batch, channels, input_row, input_col) on ``hu``'s device.

    ``hu`` is int16 (slice, row, col); each slice that the stacks of ``neighbours`` need
    is resized once. An output pixel covers an equal share of ``crop``, or lies beyond it (see
    ``framed_sides``).
    """
    return normalise(
        windowed_stacks(hu, indices, crop=crop, spacing_mm=spacing_mm, params=params), params
    )


def windowed_stacks(
    hu: Tensor,
    indices: Sequence[int],
    *,
    crop: Crop,
    spacing_mm: SpacingMm,
    params: Preprocessing,
) -> Tensor:
    """As ``slice_inputs`` before normalising: grey in [0, 1]."""
    stack = neighbours(
        indices,
        n_slices=hu.shape[0],
        slice_mm=spacing_mm[0],
        neighbour_mm=params.neighbour_mm,
        reach=params.reach,
    )
    needed, place = torch.unique(stack, return_inverse=True)
    rows, cols = slice(crop.row_min, crop.row_max), slice(crop.col_min, crop.col_max)
    sides = framed_sides(crop, spacing_mm, params)
    chosen, place = needed.to(hu.device), place.to(hu.device)
    if params.windowing is Windowing.OWN_RANGE:  # that of the whole slice
        return _scaled(windowed(hu[chosen], params)[:, rows, cols], sides, params)[place]
    cropped = hu[chosen, rows, cols]
    greys = [_scaled(_grey(cropped, window), sides, params)[place] for window in params.windows]
    return torch.cat(greys, dim=1)  # (batch, channels, input_row, input_col)


def in_windows(hu: Tensor, params: Preprocessing) -> Tensor:
    """HU (batch, slices, row, col) -> grey (batch, channels, row, col)."""
    if params.windowing is Windowing.OWN_RANGE:
        return windowed(hu, params)
    return torch.cat([_grey(hu, window) for window in params.windows], dim=1)


def localizer_inputs(hu: Tensor, indices: Sequence[int], params: Preprocessing) -> Tensor:
    """Input of the Localizer: float32 (batch, 3, localizer_px, localizer_px), equal channels."""
    side = params.localizer_px
    grey = _resized(windowed(hu[list(indices)], params), (side, side))
    return normalise(grey, params)[:, None].expand(-1, 3, -1, -1)  # (batch, 3, px, px)


def windowed(hu: Tensor, params: Preprocessing) -> Tensor:
    """Grey in [0, 1], float32, same shape: 0 at the window's low end, 1 at its high end.

    With ``OWN_RANGE`` at each slice's own least and greatest value within the window, over the last
    two axes.
    """
    grey = _grey(hu, params.window)
    return grey if params.windowing is Windowing.FIXED else _stretched(grey)


def normalise(grey: Tensor, params: Preprocessing) -> Tensor:
    return (grey - params.mean) / params.std


def _grey(hu: Tensor, window: Window) -> Tensor:
    """In [0, 1], float32; ``hu`` is never written to."""
    grey = hu.to(torch.float32, copy=True)
    return grey.sub_(window.low_hu).div_(window.width_hu).clamp_(0.0, 1.0)


def _stretched(grey: Tensor) -> Tensor:
    """(..., row, col) over the range that each slice has; a slice of one value is 0."""
    low, high = grey.amin(dim=(-2, -1), keepdim=True), grey.amax(dim=(-2, -1), keepdim=True)
    return (grey - low) / (high - low).clamp_min(1e-6)


def _scaled(grey: Tensor, sides: tuple[Framed, Framed] | None, params: Preprocessing) -> Tensor:
    """(slice, row, col) -> (slice, input_row, input_col)."""
    if sides is None:
        return _resized(grey, (params.input_px, params.input_px))
    rows, cols = sides
    resized = _resized(grey, (rows.px, cols.px))
    return functional.pad(resized, (cols.before, cols.after, rows.before, rows.after), value=_AIR)


def _resized(grey: Tensor, size: tuple[int, int]) -> Tensor:
    """(slice, row, col) -> (slice, *size), low-pass filtered where it shrinks."""
    resized = functional.interpolate(
        grey[:, None], size=size, mode="bilinear", align_corners=False, antialias=True
    )
    return resized[:, 0]
