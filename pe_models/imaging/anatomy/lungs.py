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

from pe_models.imaging.anatomy.coarse import CoarseGrid, coarsen
from pe_models.imaging.anatomy.crop import Crop
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import PADDING_HU

TISSUE_HU: Final = -400.0
"""Aerated lung and gas lie below it, solid tissue above."""

_GAS_HU: Final = -965.0
"""Median below which a region is gas: lungs, emphysema included, hold denser septa and vessels."""

_CUT_LUNG_HU: Final = -940.0
"""Median above which a region at the edge of the image is lung, and not the air around the body."""

_SHORT_CONTACT: Final = 4
"""A region is cut where it meets the edge along at most twice the root of its area."""

_LEAST_AREA_CM2: Final = 40.0
"""Lungs in their widest slice; an adult's are about 250, one lung of an infant about 20."""

_LEAST_SHARE: Final = 0.03
"""Regions below this share of the largest are pockets, not a lung."""

_IN_PLANE: Final = (
    ndimage.generate_binary_structure(3, 1) & np.array([0, 1, 0], bool)[:, None, None]
)

_BORDERS: Final = (np.s_[:, 0], np.s_[:, -1], np.s_[:, :, 0], np.s_[:, :, -1])
"""The four borders of every slice."""

_RIM_CELLS: Final = 2
"""Cells along padding whose HU padding may have blended into."""


@dataclass(frozen=True, slots=True, eq=False)
class LungMask:
    """Aerated lungs, ``mask[slice, row, col]`` over the cells of ``grid``; empty where none are.

    ``inside`` holds the cells of lungs, airway and bowel gas: those inside the body of their slice
    that are no solid tissue.
    """

    mask: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    grid: CoarseGrid

    @property
    def is_empty(self) -> bool:
        return not self.mask.any()

    @property
    def slice_range(self) -> tuple[int, int] | None:
        """The first and the last slice of the Volume that hold lung; None where none does."""
        cells = np.flatnonzero(self.mask.any(axis=(1, 2)))
        if cells.size == 0:
            return None
        step, n_slices = self.grid.step[0], self.grid.full_shape[0]
        return int(cells[0]) * step, min((int(cells[-1]) + 1) * step, n_slices) - 1

    @property
    def volume_ml(self) -> float:
        return float(self.mask.sum()) * self.grid.cell_volume_ml

    @property
    def is_cut_by_view(self) -> bool:
        """Whether the edge of the image, or of its padding, cuts off part of a lung."""
        edge, _ = _edge_of_view(self.grid)
        return bool((edge & self.mask).any())

    @property
    def area_cm2(self) -> NDArray[np.float64]:
        """Area of the lungs in each slice of the grid (slice,)."""
        areas: NDArray[np.float64] = self.mask.sum(axis=(1, 2)) * self.grid.cell_area_cm2
        return areas


def segment_lungs(hu: NDArray[np.int16], geometry: Geometry) -> LungMask:
    """The lungs of ``hu[slice, row, col]``, an axial CT in HU; an empty mask where it has none."""
    grid = coarsen(hu, geometry)
    inside = _inside_body(grid)
    air = inside & (grid.hu < TISSUE_HU)
    labels, n_regions = ndimage.label(_opened(air))
    kept = _lung_regions(labels, n_regions, grid)
    lungs = LungMask(np.isin(labels, kept), inside, grid)
    if not kept or lungs.area_cm2.max() < _LEAST_AREA_CM2:
        return LungMask(np.zeros_like(air), inside, grid)
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


def _inside_body(grid: CoarseGrid) -> NDArray[np.bool_]:
    """What is not solid inside the body of its slice: lungs, airway, bowel gas."""
    edge, beyond = _edge_of_view(grid)
    regions, n_regions = ndimage.label(~_body(grid.hu) & ~beyond, _IN_PLANE)
    contact = np.bincount(regions[edge], minlength=n_regions + 1)
    inside: NDArray[np.bool_] = ~_is_outside(regions, contact, grid)[regions]
    return inside


def _edge_of_view(grid: CoarseGrid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cells at the edge of what was reconstructed, and those beyond it: padding and its rim."""
    padding, n_regions = ndimage.label(grid.hu < PADDING_HU + 0.5, _IN_PLANE)
    touches = np.zeros(n_regions + 1, dtype=np.bool_)
    for border in _BORDERS:
        touches[padding[border]] = True
    touches[0] = False  # what is no padding
    beyond = ndimage.binary_dilation(touches[padding], _IN_PLANE, iterations=_RIM_CELLS)
    edge = ndimage.binary_dilation(beyond, _IN_PLANE) & ~beyond
    for border in _BORDERS:
        edge[border] = ~beyond[border]
    return edge, beyond


def _is_outside(
    regions: NDArray[np.int32], contact: NDArray[np.int64], grid: CoarseGrid
) -> NDArray[np.bool_]:
    """For each region (of one slice) whether it lies outside the body; index 0 is no region.

    What reaches the edge of the view is outside, unless it is as dense as lung and its contact
    with the edge is short: a lung that the field of view cuts.
    """
    sizes = np.bincount(regions.ravel())
    is_outside = contact > 0
    is_outside[0] = True
    short = np.flatnonzero(is_outside & (contact**2 <= _SHORT_CONTACT * sizes))
    short = short[short > 0]
    if short.size:
        medians = _medians(grid.hu, regions, short)
        is_outside[short] = medians < _CUT_LUNG_HU
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


def _medians(
    hu: NDArray[np.float32], regions: NDArray[np.int32], wanted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Median HU of each region of ``wanted``; sorts their cells alone, not those of the Volume."""
    is_wanted = np.zeros(int(regions.max()) + 1, dtype=np.bool_)
    is_wanted[wanted] = True
    cells = is_wanted[regions]
    medians: NDArray[np.float64] = np.asarray(ndimage.median(hu[cells], regions[cells], wanted))
    return medians


def _lung_regions(labels: NDArray[np.int32], n_regions: int, grid: CoarseGrid) -> list[int]:
    if n_regions == 0:
        return []
    sizes = np.bincount(labels.ravel(), minlength=n_regions + 1)
    large = [i for i in range(1, n_regions + 1) if sizes[i] >= _LEAST_SHARE * sizes[1:].max()]
    medians = _medians(grid.hu, labels, np.array(large))
    lungs = [i for i, median in zip(large, medians, strict=True) if median > _GAS_HU]
    largest = max((int(sizes[i]) for i in lungs), default=0)
    return [i for i in lungs if sizes[i] >= _LEAST_SHARE * largest]
