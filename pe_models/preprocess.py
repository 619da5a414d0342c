"""Volume -> input of the nets: the one road for training and inference, CPU and CUDA.

Windows are fixed in HU, so that a slice looks the same whatever its neighbours hold. The
neighbours of a slice are those at a fixed distance in mm; at the ends the edge slice stands in.
"""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop

WHOLE_CHEST_LEVELS: Final = (0.2, 0.3, 0.4, 0.5)
"""Localizer slices as shares of all slices, from the most inferior: the winner's choice."""
LUNG_LEVELS: Final = (0.15, 0.35, 0.55, 0.75)
"""The same as shares of the slices that hold lung, for a CT that is no whole chest."""


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


def neighbours(
    indices: Sequence[int], *, n_slices: int, slice_mm: float, neighbour_mm: float
) -> Tensor:
    """Slice indices (batch, 3): about ``neighbour_mm`` below, the slice itself, as far above.

    At least one slice away, so that the stack is 2.5-D at any spacing.
    """
    step = max(1, round(neighbour_mm / slice_mm))
    centre = torch.as_tensor(indices, dtype=torch.int64)
    stack = centre[:, None] + torch.tensor([-step, 0, step])  # (batch, 3)
    return stack.clamp(0, n_slices - 1)


def slice_inputs(
    hu: Tensor,
    indices: Sequence[int],
    *,
    crop: Crop,
    slice_mm: float,
    params: Preprocessing,
) -> Tensor:
    """Input of the SliceClassifier: float32 (batch, 3, input_px, input_px) on ``hu``'s device.

    ``hu`` is int16 (slice, row, col). Each slice that the stacks need is resized once. An output
    pixel covers an equal share of ``crop``.
    """
    return normalise(
        windowed_stacks(hu, indices, crop=crop, slice_mm=slice_mm, params=params), params
    )


def windowed_stacks(
    hu: Tensor,
    indices: Sequence[int],
    *,
    crop: Crop,
    slice_mm: float,
    params: Preprocessing,
) -> Tensor:
    """As ``slice_inputs`` before normalising: grey in [0, 1]."""
    stack = neighbours(
        indices, n_slices=hu.shape[0], slice_mm=slice_mm, neighbour_mm=params.neighbour_mm
    )
    needed, place = torch.unique(stack, return_inverse=True)
    rows, cols = slice(crop.row_min, crop.row_max), slice(crop.col_min, crop.col_max)
    cropped = hu[needed.to(hu.device), rows, cols]  # (needed, row, col)
    grey = _resized(windowed(cropped, params), params.input_px)  # (needed, px, px)
    return grey[place.to(hu.device)]  # (batch, 3, px, px)


def localizer_inputs(hu: Tensor, indices: Sequence[int], params: Preprocessing) -> Tensor:
    """Input of the Localizer: float32 (batch, 3, localizer_px, localizer_px), equal channels."""
    grey = _resized(windowed(hu[list(indices)], params), params.localizer_px)
    return normalise(grey, params)[:, None].expand(-1, 3, -1, -1)  # (batch, 3, px, px)


def windowed(hu: Tensor, params: Preprocessing) -> Tensor:
    """Grey in [0, 1], float32, same shape: 0 at the window's low end, 1 at its high end."""
    window = params.window
    return hu.to(torch.float32).sub_(window.low_hu).div_(window.width_hu).clamp_(0.0, 1.0)


def normalise(grey: Tensor, params: Preprocessing) -> Tensor:
    return (grey - params.mean) / params.std


def _resized(grey: Tensor, px: int) -> Tensor:
    """(slice, row, col) -> (slice, px, px), low-pass filtered where it shrinks."""
    resized = functional.interpolate(
        grey[:, None], size=(px, px), mode="bilinear", align_corners=False, antialias=True
    )
    return resized[:, 0]
