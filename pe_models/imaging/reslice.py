"""Any plane through a Volume, thin or as a slab: linear interpolation, from the true geometry."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reslicing.aligned import AlignedSampler, aligned_axes
from pe_models.imaging.reslicing.cut import Cut, fill
from pe_models.imaging.reslicing.oblique import ObliqueSampler
from pe_models.imaging.reslicing.plane import Plane
from pe_models.imaging.reslicing.slab import THIN, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.volume import PADDING_HU

FILL_HU: Final = PADDING_HU
"""What a picture reads where nothing is there."""


@dataclass(frozen=True, slots=True, eq=False)
class Reslice:
    """A picture ``hu`` (row, col) of a plane; ``is_there`` (row, col) is False, and ``hu`` reads
    ``FILL_HU``, outside the volume, in padding, and where slices are absent.
    """

    plane: Plane
    slab: Slab
    hu: NDArray[np.int16]
    is_there: NDArray[np.bool_]


def reslice(voxels: Voxels, plane: Plane, slab: Slab = THIN) -> Reslice:
    """Linear between voxels; samples of a slab lie no farther apart than the smallest spacing.

    Only what is there takes part in a slab. Uses all cores where there is much to do.
    """
    offsets_mm = slab.offsets_mm(min(voxels.geometry.spacing_mm))
    begin_mm, end_mm = plane.depths_mm(voxels.geometry)
    is_inside = (offsets_mm >= begin_mm) & (offsets_mm <= end_mm)
    index_map = plane.index_map(voxels.geometry)
    cut = Cut(voxels, index_map, plane.shape, offsets_mm[is_inside], slab.projection)
    axes = aligned_axes(cut)
    make_sampler = ObliqueSampler if axes is None else partial(AlignedSampler, axes=axes)
    return Reslice(plane, slab, *fill(cut, make_sampler))
