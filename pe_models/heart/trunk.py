"""The pulmonary trunk: its diameter where it is widest, and how bright the blood in it is.

The diameter is that of the largest circle that the blood holds there: where the trunk forks, a line
through its middle runs on into a branch.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.heart_findings import Trunk, Width
from pe_models.imaging.anatomy.lungs import LungMask
from pe_models.imaging.anatomy.trunk import TISSUE_HU, TrunkCircle, find_trunk_circle
from pe_models.imaging.geometry import Geometry

_SMOOTH_MM: Final = 1.0
"""Noise beyond it would end a line early."""
_REACH_MM: Final = 30.0
_STEP_MM: Final = 0.5
_N_DIRECTIONS: Final = 36
_LEAST_MM: Final = 15.0
"""A trunk is 20 to 40 mm wide; what is less is something else."""
_MOST_UNEVEN: Final = 0.3
"""Standard deviation of blood as a share of its mean: bone and its edge are more uneven."""
_AWAY_MM: Final = 8.0
"""How far the middle of the largest circle may lie from that on the coarse grid."""
_WALL_SHARE: Final = 0.6
"""The wall is where HU have fallen to this share of the way from blood to tissue: a wall of one
millimetre between trunk and aorta falls no farther."""

Floats = NDArray[np.float64]


def measure_trunk(hu: NDArray[np.int16], geometry: Geometry, lungs: LungMask) -> Trunk | None:
    """The trunk of an axial chest CT, ``hu[slice, row, col]``; None where it is not found."""
    circle = find_trunk_circle(lungs)
    if circle is None:
        return None
    spacing_mm = geometry.spacing_mm[1:]
    plane = hu[circle.slice_index]
    blood = plane[_within(circle, plane.shape, spacing_mm)]
    mean_hu = float(blood.mean()) if blood.size else 0.0
    if mean_hu <= TISSUE_HU:
        return None
    wall_hu = TISSUE_HU + _WALL_SHARE * (mean_hu - TISSUE_HU)
    diameter = _across(_window(plane, circle, spacing_mm, wall_hu), circle)
    sd_hu = float(blood.std())
    if diameter is None or diameter.mm < _LEAST_MM or sd_hu > _MOST_UNEVEN * mean_hu:
        return None
    return Trunk(diameter, mean_hu, sd_hu)


def _within(
    circle: TrunkCircle, shape: tuple[int, ...], spacing_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    down = (np.arange(shape[0]) - circle.row) * spacing_mm[0]
    across = (np.arange(shape[1]) - circle.col) * spacing_mm[1]
    inside: NDArray[np.bool_] = down[:, None] ** 2 + across[None, :] ** 2 <= circle.radius_mm**2
    return inside


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Where blood is about the trunk: ``blood`` [row, col] from the pixel ``first``."""

    blood: NDArray[np.bool_]
    first: NDArray[np.float64]
    spacing_mm: tuple[float, float]


def _window(
    plane: NDArray[np.int16],
    circle: TrunkCircle,
    spacing_mm: tuple[float, float],
    wall_hu: float,
) -> _Window:
    reach = [round(_REACH_MM / mm) for mm in spacing_mm]
    first = [max(0, round(at) - r) for at, r in zip((circle.row, circle.col), reach, strict=True)]
    part = plane[
        first[0] : round(circle.row) + reach[0] + 1, first[1] : round(circle.col) + reach[1] + 1
    ].astype(np.float32)
    smooth = ndimage.gaussian_filter(part, [_SMOOTH_MM / mm for mm in spacing_mm])
    return _Window(smooth >= wall_hu, np.array(first, np.float64), spacing_mm)


def _across(window: _Window, circle: TrunkCircle) -> Width | None:
    """The diameter of the largest circle of blood near ``circle``, where it meets two walls."""
    spacing_mm = np.asarray(window.spacing_mm)
    depth_mm = ndimage.distance_transform_edt(window.blood, sampling=window.spacing_mm)
    middles = np.argwhere(depth_mm > 0.0)
    away_mm = (middles + window.first - (circle.row, circle.col)) * spacing_mm
    near = middles[np.hypot(*away_mm.T) <= _AWAY_MM]
    if not len(near):
        return None
    middle = near[np.argmax(depth_mm[tuple(near.T)])]
    # The wall lies between the last pixel of blood and the first one without.
    radius_mm = float(depth_mm[tuple(middle)]) - 0.5 * float(spacing_mm.mean())
    half = _shortest_direction(window, middle) * radius_mm / spacing_mm
    centre = middle + window.first
    return Width(circle.slice_index, _point(centre - half), _point(centre + half), 2.0 * radius_mm)


def _shortest_direction(window: _Window, middle: NDArray[np.int64]) -> Floats:
    """Unit vector (row, col), in mm, along the shortest line through ``middle``."""
    angles = np.arange(_N_DIRECTIONS) * (np.pi / _N_DIRECTIONS)
    directions = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    reach = np.arange(-_REACH_MM, _REACH_MM, _STEP_MM)
    at = middle[:, None, None] + (
        directions.T[:, :, None] * reach / np.asarray(window.spacing_mm)[:, None, None]
    )
    blood = ndimage.map_coordinates(window.blood.astype(np.float32), at, order=0, cval=0.0)
    ends = [(blood[:, reach > 0.0] < 0.5), (blood[:, reach < 0.0] < 0.5)[:, ::-1]]
    lengths = sum(np.where(end.any(axis=1), end.argmax(axis=1), end.shape[1]) for end in ends)
    shortest: Floats = directions[int(np.argmin(lengths))]
    return shortest


def _point(place: Floats) -> tuple[float, float]:
    row, col = place.tolist()
    return row, col
