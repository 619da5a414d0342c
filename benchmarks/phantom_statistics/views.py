"""Views: phantoms by place - a level of the chest, a clot, a lookalike - as tiles of a montage."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.phantom_statistics.clots import region_about
from benchmarks.phantom_statistics.montage import Frame, Grey
from pe_models.phantom.sampler import PhantomSampler

TRUNK_Z: Final = -28.0
"""Height of the pulmonary bifurcation in mm of the reference chest, the carina at 0."""

_BODY_Y: Final = 2.0


def at_height(sampler: PhantomSampler, z: float, frame: Frame) -> Grey:
    """The slice at ``z`` (mm of the reference chest), the body in its middle."""
    place = sampler.voxels(np.array([[0.0, _BODY_Y, z]]))[0]
    index = int(np.clip(round(float(place[0])), 0, sampler.geometry.n_slices - 1))
    return frame.tile(sampler.plane(index).hu, _pixel_mm(sampler), (place[1], place[2]))


def at_point(sampler: PhantomSampler, point_slice_row_col: Iterable[float], frame: Frame) -> Grey:
    """The neighbourhood of a voxel of the study, in its slice."""
    index, row, col = point_slice_row_col
    return frame.tile(sampler.plane(round(index)).hu, _pixel_mm(sampler), (row, col))


def at_clot(sampler: PhantomSampler, number: int, frame: Frame) -> Grey:
    """Clot ``number`` of the chest, in the slice that shows most of it."""
    region = region_about(sampler, sampler.chest.clots[number])
    mask = sampler.block(region).clot == number + 1
    k = int(mask.sum(axis=(1, 2)).argmax())
    middle = np.argwhere(mask[k]).mean(axis=0) if mask[k].any() else np.array([0.0, 0.0])
    at = (region.slices[0] + k, region.rows[0] + middle[0], region.cols[0] + middle[1])
    return at_point(sampler, at, frame)


def coronal(sampler: PhantomSampler, y: float, frame: Frame) -> Grey:
    """The coronal plane at ``y`` (mm of the reference chest), feet down."""
    row = round(float(sampler.voxels(np.array([[0.0, y, 0.0]]))[0, 1]))
    place = slice(row - 1, row + 2), slice(0, sampler.geometry.shape[2])
    lines = [sampler.plane(k, place).hu[1] for k in range(sampler.geometry.n_slices)]
    hu: NDArray[np.int16] = np.stack(lines[::-1])
    slice_mm, _, col_mm = sampler.geometry.spacing_mm
    return frame.tile(hu, (slice_mm, col_mm), (0.5 * len(hu), 0.5 * hu.shape[1]))


def _pixel_mm(sampler: PhantomSampler) -> tuple[float, float]:
    _, row_mm, col_mm = sampler.geometry.spacing_mm
    return row_mm, col_mm
