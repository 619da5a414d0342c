"""The lungs, found on a coarse grid: enough for a box, for coverage and for landmarks.

Lungs are air inside the body that is not gas: enclosed by the body in their slice, so that air
around the patient, clothes and table are none; less dense than tissue, yet denser than the gas of
airway and bowel; and wide enough in some slice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.imaging.coarse import CoarseGrid, coarsen
from pe_models.imaging.crop import Crop
from pe_models.imaging.geometry import Geometry

TISSUE_HU: Final = -400.0
"""Aerated lung and gas lie below it, solid tissue above."""

_GAS_HU: Final = -965.0
"""Median below which a region is gas: lungs, emphysema included, hold denser septa and vessels."""

_CUT_LUNG_HU: Final = -940.0
"""Median above which a region at the edge of the image is lung, and not the air around the body."""

_LEAST_AREA_CM2: Final = 40.0
"""Lungs in their widest slice; an adult's are about 250, one lung of an infant about 20."""

_LEAST_SHARE: Final = 0.03
"""Regions below this share of the largest are pockets, not a lung."""

_IN_PLANE: Final = (
    ndimage.generate_binary_structure(3, 1) & np.array([0, 1, 0], bool)[:, None, None]
)


@dataclass(frozen=True, slots=True, eq=False)
class LungMask:
    """Aerated lungs, ``mask[slice, row, col]`` over the cells of ``grid``; empty where none are."""

    mask: NDArray[np.bool_]
    grid: CoarseGrid

    @property
    def is_empty(self) -> bool:
        return not self.mask.any()

    @property
    def volume_ml(self) -> float:
        return float(self.mask.sum()) * self.grid.cell_volume_ml

    @property
    def is_cut_by_image(self) -> bool:
        """Whether the edge of the image cuts off part of a lung."""
        rows, cols = self.mask[:, [0, -1], :], self.mask[:, :, [0, -1]]
        return bool(rows.any() or cols.any())

    @property
    def area_cm2(self) -> NDArray[np.float64]:
        """Area of the lungs in each slice of the grid (slice,)."""
        areas: NDArray[np.float64] = self.mask.sum(axis=(1, 2)) * self.grid.cell_area_cm2
        return areas


def segment_lungs(hu: NDArray[np.int16], geometry: Geometry) -> LungMask:
    """The lungs of ``hu[slice, row, col]``, an axial CT in HU; an empty mask where it has none."""
    grid = coarsen(hu, geometry)
    air = enclosed_air(grid)
    labels, n_regions = ndimage.label(_opened(air))
    kept = _lung_regions(labels, n_regions, grid)
    lungs = LungMask(np.isin(labels, kept), grid)
    if not kept or lungs.area_cm2.max() < _LEAST_AREA_CM2:
        return LungMask(np.zeros_like(air), grid)
    return lungs


def lung_box(lungs: LungMask, *, margin_mm: float = 0.0) -> Crop:
    """The box around the lungs of all slices, in pixels of the Volume, clipped to its slices.

    Raises ValueError where there are no lungs.
    """
    if lungs.is_empty:
        raise ValueError("there are no lungs to put a box around")
    grid = lungs.grid
    edges: list[int] = []
    for axis in (1, 2):
        other = tuple(a for a in range(3) if a != axis)
        cells = np.flatnonzero(lungs.mask.any(axis=other))
        step, extent = grid.step[axis], grid.full_shape[axis]
        margin = round(margin_mm * step / grid.geometry.spacing_mm[axis])
        edges.append(max(0, int(cells[0]) * step - margin))
        edges.append(min(extent, (int(cells[-1]) + 1) * step + margin))
    return Crop(*edges)


def enclosed_air(grid: CoarseGrid, below_hu: float = TISSUE_HU) -> NDArray[np.bool_]:
    """Cells below ``below_hu`` inside the body of their slice: lungs, airway, bowel gas."""
    regions, n_regions = ndimage.label(~_body(grid.hu), _IN_PLANE)
    is_inside = ~_is_outside(regions, n_regions, grid)
    air: NDArray[np.bool_] = is_inside[regions] & (grid.hu < below_hu)
    return air


def _is_outside(regions: NDArray[np.int32], n_regions: int, grid: CoarseGrid) -> NDArray[np.bool_]:
    """For each region (in one slice) whether it lies outside the body; index 0 is the body.

    What reaches the edge of the image is outside, unless it is as dense as lung and its contact
    is short: a lung that the field of view cuts.
    """
    contact = np.zeros(n_regions + 1, dtype=np.int64)
    for edge in (regions[:, 0], regions[:, -1], regions[:, :, 0], regions[:, :, -1]):
        contact += np.bincount(edge.ravel(), minlength=n_regions + 1)
    is_outside = contact > 0
    sizes = np.bincount(regions.ravel(), minlength=n_regions + 1)
    short = [i for i in np.flatnonzero(is_outside) if i > 0 and contact[i] ** 2 <= sizes[i]]
    medians = ndimage.median(grid.hu, regions, short) if short else []
    for region, median in zip(short, medians, strict=True):
        is_outside[region] = median < _CUT_LUNG_HU
    is_outside[0] = True
    return is_outside


def _body(hu: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The largest solid region; the opening cuts off the thin shells of table and clothes."""
    solid = hu > TISSUE_HU
    labels, n_regions = ndimage.label(_opened(solid))
    if n_regions == 0:
        return solid
    largest = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    body: NDArray[np.bool_] = ndimage.binary_dilation(largest, _IN_PLANE) & solid
    return body


def _opened(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without what is thinner than three cells in its slice; the image edge thins nothing."""
    core = ndimage.binary_erosion(cells, _IN_PLANE, border_value=1)
    opened: NDArray[np.bool_] = ndimage.binary_dilation(core, _IN_PLANE)
    return opened


def _lung_regions(labels: NDArray[np.int32], n_regions: int, grid: CoarseGrid) -> list[int]:
    if n_regions == 0:
        return []
    sizes = np.bincount(labels.ravel(), minlength=n_regions + 1)
    large = [i for i in range(1, n_regions + 1) if sizes[i] >= _LEAST_SHARE * sizes[1:].max()]
    medians = ndimage.median(grid.hu, labels, large)
    lungs = [i for i, median in zip(large, medians, strict=True) if median > _GAS_HU]
    largest = max((int(sizes[i]) for i in lungs), default=0)
    return [i for i in lungs if sizes[i] >= _LEAST_SHARE * largest]
