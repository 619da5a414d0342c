"""Marks: the peaks of a study's heat maps, and which emboli they lie in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.calibration import sigmoid
from pe_models.evaluation.scores import PlacedMark
from pe_models.findings import Heatmap
from pe_models.placing.peaks import NEAR_CLOT_MM, highest_peaks

Floats = NDArray[np.float64]
Triple = tuple[float, float, float]

APART_MM: Final = 10.0
"""Of two peaks nearer than this the higher is kept: a mark is one place to look."""
LEAST_SCORE: Final = 0.02
MOST_MARKS: Final = 60
"""No reader looks at more places of one study."""


def peaks_of(heatmaps: Sequence[Heatmap], spacing_mm: Triple) -> tuple[PlacedMark, ...]:
    """The peaks of all slices' maps, highest first, each APART_MM from any higher one.

    ``heatmaps`` are those of every slice in order, over one crop; ``spacing_mm`` (slice, row, col)
    is that of the Volume.
    """
    cells = sigmoid(np.stack([h.values for h in heatmaps]))  # (slice, grid_row, grid_col)
    crop = heatmaps[0].crop
    _, grid_rows, grid_cols = cells.shape
    high = (crop.row_max - crop.row_min) / grid_rows
    wide = (crop.col_max - crop.col_min) / grid_cols
    step_mm = (spacing_mm[0], high * spacing_mm[1], wide * spacing_mm[2])
    peaks = highest_peaks(cells, step_mm, apart_mm=APART_MM, least=LEAST_SCORE, most=MOST_MARKS)
    return tuple(
        PlacedMark(
            slice_index=k,
            row=crop.row_min + (row + 0.5) * high - 0.5,
            col=crop.col_min + (col + 0.5) * wide - 0.5,
            map_score=float(cells[k, row, col]),
        )
        for k, row, col in peaks
    )


def with_emboli(
    marks: Sequence[PlacedMark], emboli: Sequence[NDArray[np.int16]], spacing_mm: Triple
) -> tuple[PlacedMark, ...]:
    """Each mark with the emboli that it lies in.

    ``emboli`` holds the voxels (voxel, 3: slice, row, col) of each embolus of the study.
    """
    if not marks:
        return ()
    step = np.asarray(spacing_mm)
    places = np.array([(m.slice_index, m.row, m.col) for m in marks]) * step  # (mark, 3) mm
    near = [_distance(places, voxels * step) <= NEAR_CLOT_MM for voxels in emboli]
    return tuple(
        replace(mark, emboli=tuple(e for e, hit in enumerate(near) if hit[place]))
        for place, mark in enumerate(marks)
    )


def _distance(places: Floats, voxels: Floats) -> Floats:
    """From each place (place, 3) to the nearest voxel (voxel, 3), in mm."""
    from scipy.spatial import cKDTree

    distance: Floats = cKDTree(voxels).query(places)[0]
    return distance
