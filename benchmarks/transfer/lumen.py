"""Lumen: the inside of an artery about a site, its middle line and calibre."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from benchmarks.transfer.fine_grid import Bools, FineGrid, Floats
from pe_models.errors import InputError

Voxel = tuple[int, int, int]

_SNAP_MM: Final = 1.8
_DENOISE_MM: Final = 0.4
_SOFT_TISSUE_HU: Final = 40.0
_LUNG_BELOW_HU: Final = (-500.0, -150.0)
"""In lung the lowest seventh, and half, of what is about a vessel lie below these."""
_SHELL_MM: Final = (0.9, 2.4)
_WIDE_MM: Final = 2.5
"""From this radius up the middle of a vessel shows its blood undiluted by partial volume."""

_LEAST_DEPTH_HU: Final = 150.0
"""A thin vessel in lung, all of it partial volume, is followed so far below its brightest voxel."""

_RIM_MM: Final = 1.7
"""How far the blurred border of a lumen reaches beyond its sure core."""
_THIN_RIM_MM: Final = 0.9

_DENSER_SHARE: Final = 0.2
"""Blood denser than an artery's by this share of its contrast is another vessel's."""
_BLURRED_MM: Final = 1.3

_PARENT_RATIO: Final = 1.7
_LEAST_PARENT_MM: Final = 2.2
"""A vessel so much wider than at the site is the parent, not the branch."""

_THIN_RATIO: Final = 0.5
"""A vessel so much thinner is a twig, or the rind of another."""

_LEAST_VOXELS: Final = 30
_STEP_ALONG_MM: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Lumen:
    """``inside`` on the fine grid; the middle line (point, 3: slice, row, col of the fine grid),
    evenly spaced, with its ``radius_mm`` (point,); ``site`` is the point nearest the site."""

    grid: FineGrid
    inside: Bools
    blood_hu: float
    points: NDArray[np.float64]
    radius_mm: NDArray[np.float64]
    site: int

    @property
    def length_mm(self) -> float:
        return _STEP_ALONG_MM * (len(self.points) - 1)


def find_lumen(grid: FineGrid, *, artery_hu: float, half_length_mm: float) -> Lumen:
    """Grows the lumen from the patch's centre, up to ``half_length_mm`` along it each way.

    The border lies at half the difference between the blood and what surrounds it. ``artery_hu``
    is that of the patient's wide arteries: what a thin one would show without partial volume, and
    what denser blood, of a vein or the vena cava, exceeds. Raises InputError where there is no
    vessel.
    """
    smooth = grid.smoothed(_DENOISE_MM)
    open_to = _not_denser(smooth, grid, artery_hu)
    seed = _snapped(np.where(open_to, smooth, np.float32(-2000.0)), grid)
    core = _own_vessel(_core(smooth, open_to, grid, seed, half_length_mm), grid, seed)
    blood_hu = _blood_hu(smooth, core, grid.distance_mm(core), artery_hu)
    inside = _with_rim(core, smooth, open_to, grid, blood_hu)
    radius = grid.distance_mm(inside)
    points = _middle_line(inside, radius, grid, seed)
    at = tuple(np.rint(points).astype(np.int64).T)
    calibre = ndimage.gaussian_filter1d(radius[at].astype(np.float64), 2.0, mode="nearest")
    nearest = int(np.argmin(np.linalg.norm((points - seed) * grid.step_mm, axis=1)))
    return Lumen(grid, inside, blood_hu, points, np.maximum(calibre, 0.3), nearest)


def _not_denser(smooth: Floats, grid: FineGrid, artery_hu: float) -> Bools:
    """Where no blood denser than that of arteries lies, nor the blurred border of such blood."""
    denser = smooth > artery_hu + _DENSER_SHARE * (artery_hu - _SOFT_TISSUE_HU)
    if not denser.any():
        return ~denser
    return np.asarray(grid.distance_mm(~denser) > _BLURRED_MM)


def _snapped(smooth: Floats, grid: FineGrid) -> Voxel:
    """The brightest voxel of the site's slice near it: sites were set by eye."""
    k, row, col = grid.centre
    reach = int(np.ceil(_SNAP_MM / grid.step_mm[1]))
    top, left = max(0, row - reach), max(0, col - reach)
    part = smooth[k, top : row + reach + 1, left : col + reach + 1]
    r, c = np.unravel_index(int(part.argmax()), part.shape)
    return k, top + int(r), left + int(c)


def _core(
    smooth: Floats, open_to: Bools, grid: FineGrid, seed: Voxel, half_length_mm: float
) -> Bools:
    """What is nearer to the blood than to soft tissue, and reached from ``seed``."""
    local_hu = float(smooth[seed])
    if local_hu < _SOFT_TISSUE_HU or not open_to[seed]:
        raise InputError(f"There is no artery at the site, but {local_hu:.0f} HU.")
    border_hu = min(0.5 * (local_hu + _SOFT_TISSUE_HU), local_hu - _LEAST_DEPTH_HU)
    blood = open_to & (smooth > border_hu)
    core = _reached(blood, grid, seed, half_length_mm)
    if core.sum() < _LEAST_VOXELS:
        raise InputError(f"There is no vessel of {local_hu:.0f} HU at the site.")
    return core


def _own_vessel(core: Bools, grid: FineGrid, seed: Voxel) -> Bools:
    """``core`` without the wider vessel that it comes from, and without thin rinds and twigs.

    Rinds are the blurred borders of denser vessels, which pass through an artery's HU.
    """
    radius = grid.distance_mm(core)
    at_site = float(radius[tuple(slice(max(0, i - 3), i + 4) for i in seed)].max())
    wide = radius > max(_PARENT_RATIO * at_site, _LEAST_PARENT_MM)
    own = core & ~_widened(wide, grid, max(_PARENT_RATIO * at_site, _LEAST_PARENT_MM))
    own = own if own[seed] else core
    thick = own & (radius >= _THIN_RATIO * at_site)
    thick[seed] = True
    return own & _widened(_connected(thick, seed), grid, _PARENT_RATIO * _THIN_RATIO * at_site)


def _widened(mask: Bools, grid: FineGrid, by_mm: float) -> Bools:
    if not mask.any():
        return mask
    return np.asarray(grid.distance_mm(~mask) <= by_mm)


def _with_rim(
    core: Bools, smooth: Floats, open_to: Bools, grid: FineGrid, blood_hu: float
) -> Bools:
    """``core`` and the part of its blurred border toward lung that is lumen.

    The core ends at the half difference from soft tissue, which is too early toward lung.
    """
    outside_mm = grid.distance_mm(~core)
    shell = (outside_mm > _SHELL_MM[0]) & (outside_mm < _SHELL_MM[1])
    around_hu, half_hu = np.quantile(smooth[shell], (1 / 7, 1 / 2)) if shell.any() else (0.0, 0.0)
    near = open_to & (outside_mm <= _RIM_MM)
    if around_hu < _LUNG_BELOW_HU[0] and half_hu < _LUNG_BELOW_HU[1]:
        return core | _holding_all_blood(near, smooth, blood_hu, float(around_hu))
    return core | _toward_lung(near & (outside_mm <= _THIN_RIM_MM), smooth, grid, blood_hu)


def _holding_all_blood(near: Bools, smooth: Floats, blood_hu: float, around_hu: float) -> Bools:
    """As many of the brightest voxels as hold the blood that is measured, however blurred."""
    blood = np.clip((smooth[near] - around_hu) / (blood_hu - around_hu), 0.0, 1.0)
    border_hu = np.quantile(smooth[near], 1.0 - float(blood.mean()))
    return np.asarray(near & (smooth >= border_hu))


def _toward_lung(near: Bools, smooth: Floats, grid: FineGrid, blood_hu: float) -> Bools:
    """Where a vessel borders on lung in one place and on soft tissue in another."""
    reach = [2 * round(_SHELL_MM[1] / step) // 2 + 1 for step in grid.step_mm]
    lowest_hu = ndimage.minimum_filter(smooth, size=reach)
    lung = lowest_hu < _LUNG_BELOW_HU[0]
    return np.asarray(near & lung & (smooth > 0.5 * (blood_hu + lowest_hu)))


def _reached(mask: Bools, grid: FineGrid, seed: Voxel, half_mm: float) -> Bools:
    """What of ``mask`` lies within ``half_mm`` of ``seed`` on a way through ``mask``."""
    mask = _connected(mask, seed)
    graph, number = _graph(mask, grid, np.ones(mask.shape, dtype=np.float32))
    away = csgraph.dijkstra(graph, indices=number[seed], limit=half_mm)
    reached = np.zeros_like(mask)
    reached[mask] = np.isfinite(away)
    return reached


def _connected(mask: Bools, seed: Voxel) -> Bools:
    numbered, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    return np.asarray(numbered == numbered[seed])


def _blood_hu(smooth: Floats, inside: Bools, radius: Floats, artery_hu: float) -> float:
    middle = inside & (radius >= 0.7 * radius.max())
    local = float(np.median(smooth[middle]))
    return local if radius.max() >= _WIDE_MM else max(local, artery_hu)


def _middle_line(inside: Bools, radius: Floats, grid: FineGrid, seed: Voxel) -> NDArray[np.float64]:
    """From one end of the lumen to the other, where it is widest; the seed lies between."""
    mask = _connected(inside, seed)
    plain, number = _graph(mask, grid, np.ones(mask.shape, dtype=np.float32))
    first = int(np.argmax(_finite(csgraph.dijkstra(plain, indices=number[seed]))))
    last = int(np.argmax(_finite(csgraph.dijkstra(plain, indices=first))))
    cost = 1.0 / np.maximum(radius / max(float(radius.max()), 1e-3), 0.05) ** 2
    medial, _ = _graph(mask, grid, cost.astype(np.float32))
    _, before = csgraph.dijkstra(medial, indices=first, return_predecessors=True)
    way = [last]
    while way[-1] != first:
        way.append(int(before[way[-1]]))
    return _even(np.argwhere(mask)[way].astype(np.float64), grid)


def _finite(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(distance), distance, -1.0)


def _graph(
    mask: Bools, grid: FineGrid, cost: Floats
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Neighbouring voxels of ``mask``, joined by their distance (mm) times the mean ``cost``."""
    number = np.full(mask.shape, -1, dtype=np.int64)
    number[mask] = np.arange(int(mask.sum()))
    starts, ends, lengths = [], [], []
    for offset in _half_of_the_neighbours():
        here = tuple(
            slice(max(0, -o), min(n, n - o)) for o, n in zip(offset, mask.shape, strict=True)
        )
        there = tuple(
            slice(max(0, o), min(n, n + o)) for o, n in zip(offset, mask.shape, strict=True)
        )
        both = mask[here] & mask[there]
        starts.append(number[here][both])
        ends.append(number[there][both])
        step = float(np.linalg.norm(np.multiply(offset, grid.step_mm)))
        lengths.append(step * 0.5 * (cost[here][both] + cost[there][both]))
    size = int(mask.sum())
    rows, cols = np.concatenate(starts), np.concatenate(ends)
    upper = sparse.csr_matrix((np.concatenate(lengths), (rows, cols)), shape=(size, size))
    return upper + upper.T, number


def _half_of_the_neighbours() -> list[tuple[int, int, int]]:
    around = [(k, r, c) for k in (-1, 0, 1) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    return [offset for offset in around if offset > (0, 0, 0)]


def _even(points: NDArray[np.float64], grid: FineGrid) -> NDArray[np.float64]:
    """Smoothed, and spaced evenly in mm."""
    smooth = ndimage.gaussian_filter1d(points, 3.0, axis=0, mode="nearest")
    steps = np.linalg.norm(np.diff(smooth, axis=0) * grid.step_mm, axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0.0, along[-1] + 1e-6, _STEP_ALONG_MM)
    return np.column_stack([np.interp(at, along, smooth[:, axis]) for axis in range(3)])
