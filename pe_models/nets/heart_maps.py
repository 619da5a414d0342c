"""HeartReader: the slices of a Volume through a HeartNet, to VentricleMaps.

Two passes: slices far apart find where the heart lies, then those between them are added there.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop
from pe_models.heart.maps import SURE, VentricleMaps
from pe_models.nets.heart_net import HeartNet, Ventricle, ventricle_scores
from pe_models.preprocess import Framed, SpacingMm, framed_sides, slice_inputs
from pe_models.progress import CancelToken

_STEP_MM: Final = 2.5
"""From map to map: a ventricle's widest place is known to half of it."""
_COARSE_STEPS: Final = 4
_LEAST_CM2: Final = 1.5
"""Of one ventricle on a slice, for the heart to lie there."""
_BATCH: Final = 8

Scores = NDArray[np.float32]
"""(ventricle, row, col) of one slice, in [0, 1]."""


class HeartReader:
    """A net with its preprocessing, which has a fixed scale."""

    def __init__(self, net: HeartNet, params: Preprocessing) -> None:
        self._net, self._params = net, params

    def maps(
        self,
        hu: Tensor,
        spacing_mm: SpacingMm,
        *,
        crop: Crop,
        lung_slices: tuple[int, int],
        cancel: CancelToken,
    ) -> VentricleMaps | None:
        """Maps over ``crop`` of the slices that show a ventricle, and of some beyond.

        ``hu`` is int16 (slice, row, col), on the net's device. The heart is sought between the
        first and the last of ``lung_slices``. None where no slice shows a ventricle.
        """
        sides = framed_sides(crop, spacing_mm, self._params)
        if sides is None:
            raise ValueError("the heart's net needs a fixed scale")
        step = max(1, round(_STEP_MM / spacing_mm[0]))
        places = range(lung_slices[0], lung_slices[1] + 1, step)
        found = self._scores(hu, spacing_mm, crop, sides, places[::_COARSE_STEPS], cancel)
        near = _near(places, found, self._params.pixel_mm or 1.0)
        if not near:
            return None
        missing = [index for index in near if index not in found]
        found |= self._scores(hu, spacing_mm, crop, sides, missing, cancel)
        return _maps([found[index] for index in near], near, spacing_mm, crop, sides)

    def _scores(
        self,
        hu: Tensor,
        spacing_mm: SpacingMm,
        crop: Crop,
        sides: tuple[Framed, Framed],
        indices: Sequence[int],
        cancel: CancelToken,
    ) -> dict[int, Scores]:
        """Of each slice, over the crop alone."""
        rows, cols = (slice(side.before, side.before + side.px) for side in sides)
        found: dict[int, Scores] = {}
        for first in range(0, len(indices), _BATCH):
            cancel.raise_if_cancelled()
            batch = tuple(indices[first : first + _BATCH])
            x = slice_inputs(hu, batch, crop=crop, spacing_mm=spacing_mm, params=self._params)
            with torch.inference_mode():
                scores = ventricle_scores(self._net(x))[:, :, rows, cols]
            found.update(zip(batch, scores.numpy(force=True).copy(), strict=True))
        return found


def _near(places: range, found: dict[int, Scores], pixel_mm: float) -> tuple[int, ...]:
    """Those of ``places`` from one coarse step below the heart to one above it."""
    least_px = _LEAST_CM2 * 100.0 / pixel_mm**2
    with_heart = [k for k, scores in found.items() if _areas_px(scores).max() >= least_px]
    if not with_heart:
        return ()
    reach = _COARSE_STEPS * places.step
    return tuple(
        index for index in places if min(with_heart) - reach <= index <= max(with_heart) + reach
    )


def _areas_px(scores: Scores) -> NDArray[np.int64]:
    areas: NDArray[np.int64] = np.count_nonzero(scores >= SURE, axis=(1, 2))
    return areas


def _maps(
    scores: Sequence[Scores],
    indices: tuple[int, ...],
    spacing_mm: SpacingMm,
    crop: Crop,
    sides: tuple[Framed, Framed],
) -> VentricleMaps:
    cell_px = (
        (crop.row_max - crop.row_min) / sides[0].px,
        (crop.col_max - crop.col_min) / sides[1].px,
    )
    both = np.stack(scores)  # (slice, ventricle, row, col)
    return VentricleMaps(
        right=np.ascontiguousarray(both[:, Ventricle.RIGHT]),
        left=np.ascontiguousarray(both[:, Ventricle.LEFT]),
        slice_indices=indices,
        first_cell=(
            crop.row_min + 0.5 * cell_px[0] - 0.5,
            crop.col_min + 0.5 * cell_px[1] - 0.5,
        ),
        cell_px=cell_px,
        spacing_mm=spacing_mm,
    )
