"""Sets a clot with a known mask into an artery of a real CT; the noise stays as it was.

    python -m benchmarks.transfer.set_clots --data DIR --out PICTURES [--seed 0]

In a voxel of which the clot fills the share c as the scanner sees it, blood is replaced by clot:
``hu - c * (blood - clot)``. That is exact for a linear scanner, whatever else the voxel holds, and
leaves noise, streaks and the border of the vessel as they are. Equal arguments give equal voxels.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from benchmarks.transfer.fine_grid import Doubles, FineGrid, Floats
from benchmarks.transfer.lumen import Lumen, find_lumen
from benchmarks.transfer.sites import Site, Source, read_sites
from pe_models.errors import InputError
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import PE_WINDOW
from pe_models.phantom.chance import stream
from pe_models.phantom.spec import Level


class Filling(StrEnum):
    """How a clot lies in its vessel."""

    CENTRAL = "central"
    ECCENTRIC = "eccentric"
    COMPLETE = "complete"


FILLINGS: Final[dict[Level, tuple[Filling, ...]]] = {
    Level.CENTRAL: (Filling.CENTRAL, Filling.ECCENTRIC),
    Level.LOBAR: tuple(Filling),
    Level.SEGMENTAL: tuple(Filling),
    Level.SUBSEGMENTAL: (Filling.ECCENTRIC, Filling.COMPLETE),
}
"""No one lives with a stopped trunk; a thread of contrast about a subsegmental clot is not seen."""

LENGTH_MM: Final[dict[Level, tuple[float, float]]] = {
    Level.CENTRAL: (15.0, 40.0),
    Level.LOBAR: (12.0, 28.0),
    Level.SEGMENTAL: (8.0, 18.0),
    Level.SUBSEGMENTAL: (5.0, 12.0),
}
_CLOT_HU: Final = (47.0, 14.0)
"""Mean of the median HU of real clots (430 CTPAs), and its spread from clot to clot."""
_CLOT_RANGE_HU: Final = (15.0, 85.0)
_LUMPS_HU: Final = 8.0
_LUMPS_MM: Final = 1.2
_ROUGH_SHARE: Final = 0.1
_ROUGH_AT_MOST_MM: Final = 0.6
_ROUGH_GRAIN_MM: Final = 2.2
_THICKNESS: Final = (0.58, 0.82)
"""Radius of a clot that does not fill its vessel, as a share of the vessel's."""


@dataclass(frozen=True, slots=True, eq=False)
class SetClot:
    """A Volume with one clot set in. ``mask`` [slice, row, col] is True from half a voxel up."""

    site: Site
    filling: Filling
    volume: Volume
    mask: NDArray[np.bool_]
    clot_hu: float
    length_mm: float

    @property
    def slices(self) -> NDArray[np.int64]:
        """Indices of the slices that show the clot."""
        return np.flatnonzero(self.mask.any(axis=(1, 2)))


def set_clots(
    source: Source, sites: tuple[Site, ...], volume: Volume, seed: int
) -> Iterator[SetClot]:
    """Every filling that a site can have, in every site of one series, one clot a Volume."""
    artery_hu = wide_artery_hu(volume, source)
    for site in sites:
        lumen = lumen_at(site, volume, artery_hu)
        for filling in FILLINGS[site.level]:
            yield set_clot(site, volume, lumen, filling, seed)


def wide_artery_hu(volume: Volume, source: Source) -> float:
    """The blood of the patient's widest artery, HU."""
    k, row, col = source.artery_at.index_in(volume)
    return float(np.median(volume.hu[k, row - 1 : row + 2, col - 1 : col + 2]))


def lumen_at(site: Site, volume: Volume, artery_hu: float) -> Lumen:
    """The artery of ``site``. Raises InputError with the site's name where there is none."""
    grid = FineGrid.around(volume, site.place.index_in(volume))
    longest = LENGTH_MM[site.level][1]
    try:
        return find_lumen(grid, artery_hu=artery_hu, half_length_mm=longest / 2 + 3.0)
    except InputError as error:
        raise InputError(f"{site.name}: {error}") from error


def set_clot(site: Site, volume: Volume, lumen: Lumen, filling: Filling, seed: int) -> SetClot:
    """The Volume with one clot at ``site``. Raises InputError where no voxel shows it."""
    rng = stream(seed, f"{site.name} {filling}")
    length_mm = min(rng.uniform(*LENGTH_MM[site.level]), lumen.length_mm)
    share = _clot_share(lumen, filling, length_mm, rng)
    clot_hu = float(np.clip(rng.normal(*_CLOT_HU), *_CLOT_RANGE_HU))
    lumps = _LUMPS_HU * _field(lumen.grid, _LUMPS_MM, rng)
    missing_hu = lumen.grid.seen(share * (lumen.blood_hu - clot_hu - lumps))
    hu, mask = volume.hu.copy(), np.zeros(volume.hu.shape, dtype=np.bool_)
    window = tuple(slice(*ends) for ends in lumen.grid.window)
    hu[window] = np.clip(np.rint(hu[window] - missing_hu), -1024, 3071).astype(np.int16)
    mask[window] = _mask(lumen.grid.covered(share))
    if not mask.any():
        raise InputError(f"{site.name}: a {filling} clot fills no voxel.")
    return SetClot(site, filling, replace(volume, hu=hu), mask, clot_hu, length_mm)


def _mask(covered: Floats) -> NDArray[np.bool_]:
    """Voxels that the clot fills by half; in a vessel thinner than a voxel, by half of its most."""
    return np.asarray(covered >= min(0.5, 0.5 * float(covered.max()) + 1e-6))


def _clot_share(
    lumen: Lumen, filling: Filling, length_mm: float, rng: np.random.Generator
) -> Floats:
    """The clot's part of each fine voxel, (slice, row, col) in [0, 1]."""
    first, last = _stretch(lumen, length_mm, rng)
    points, radius = lumen.points[first:last], lumen.radius_mm[first:last]
    step = np.asarray(lumen.grid.step_mm)
    along = np.linspace(0.0, 1.0, len(points))
    if filling is Filling.COMPLETE:
        calibre, blunt = radius * 1.6 + 1.0, 1.6
    else:
        thickness = rng.uniform(*_THICKNESS) * (1 + 0.12 * np.sin(6.3 * along * rng.uniform(1, 3)))
        calibre, blunt = radius * thickness, 0.8
    calibre = calibre * _blunt_ends(along * length_mm, blunt * radius)
    axis = points * step + _aside(filling, points * step, radius, rng)
    voxels = np.argwhere(lumen.inside)
    _, nearest = cKDTree(axis).query(voxels * step)
    away = np.linalg.norm(voxels * step - axis[nearest], axis=1)
    rough_mm = np.minimum(_ROUGH_SHARE * calibre, _ROUGH_AT_MOST_MM)[nearest]
    rough = rough_mm * _field(lumen.grid, _ROUGH_GRAIN_MM, rng)[lumen.inside]
    edge = 0.5 * float(step.min())
    share = np.zeros(lumen.inside.shape, dtype=np.float32)
    depth = calibre[nearest] + rough - away
    share[lumen.inside] = np.clip(0.5 + depth / (2 * edge), 0.0, 1.0)
    return share


def _stretch(lumen: Lumen, length_mm: float, rng: np.random.Generator) -> tuple[int, int]:
    """Points of the middle line that the clot takes; the site lies among them."""
    count = max(3, round(length_mm / lumen.length_mm * len(lumen.points)))
    earliest = max(0, lumen.site - count + 2)
    latest = max(earliest, min(lumen.site - 1, len(lumen.points) - count))
    first = int(rng.integers(earliest, latest + 1))
    return first, min(first + count, len(lumen.points))


def _blunt_ends(along_mm: Doubles, rounded_mm: Doubles) -> Doubles:
    """Share of the full calibre (point,): all but for the last ``rounded_mm`` at both ends."""
    from_end = np.minimum(along_mm, along_mm[-1] - along_mm)
    missing = 1.0 - np.minimum(from_end / np.minimum(rounded_mm, 0.4 * along_mm[-1]), 1.0)
    return np.asarray(np.sqrt(np.maximum(1.0 - missing**2, 0.04)))


def _aside(
    filling: Filling,
    axis_mm: Doubles,
    radius: Doubles,
    rng: np.random.Generator,
) -> Doubles:
    """How far the clot's axis lies beside the middle line (point, 3), across the vessel, mm."""
    heading = axis_mm[-1] - axis_mm[0]
    heading = heading / max(float(np.linalg.norm(heading)), 1e-6)
    across = rng.normal(size=3)
    across -= (across @ heading) * heading
    across /= max(float(np.linalg.norm(across)), 1e-6)
    reach = {Filling.CENTRAL: 0.12, Filling.ECCENTRIC: 0.5, Filling.COMPLETE: 0.0}[filling]
    return (reach * radius)[:, None] * across


def _field(grid: FineGrid, grain_mm: float, rng: np.random.Generator) -> Floats:
    """A smooth random field of unit variance on the fine grid."""
    white = rng.standard_normal(grid.hu.shape, dtype=np.float32)
    field = ndimage.gaussian_filter(white, [grain_mm / step for step in grid.step_mm])
    return np.asarray(field / max(float(field.std()), 1e-6), dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real CTs")
    parser.add_argument("--out", type=Path, required=True, help="for pictures, never committed")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    listed = read_sites()
    for source in listed.sources:
        volume = source.read(args.data)
        for clot in set_clots(source, listed.of(source), volume, args.seed):
            name = f"{clot.site.name}-{clot.filling}.png"
            cv2.imwrite(str(args.out / name), side_by_side(clot, volume))
            print(f"{name}: {clot.site.level} {clot.length_mm:.0f} mm, {clot.mask.sum()} voxels")


def side_by_side(clot: SetClot, before: Volume, *, reach_px: int = 40) -> NDArray[np.uint8]:
    """The clot's middle slices before, after and with its mask, PE window, four times enlarged."""
    middle = np.argwhere(clot.mask).mean(axis=0).astype(int)
    rows = slice(max(0, middle[1] - reach_px), middle[1] + reach_px)
    cols = slice(max(0, middle[2] - reach_px), middle[2] + reach_px)
    shown = clot.slices[:: max(1, len(clot.slices) // 4)][:5]
    strips = []
    for k in shown:
        old = PE_WINDOW.to_grey(before.hu[k, rows, cols])
        new = PE_WINDOW.to_grey(clot.volume.hu[k, rows, cols])
        marked = np.where(clot.mask[k, rows, cols], np.uint8(255), new // 2)
        strips.append(np.hstack([old, new, marked]))
    whole = np.vstack(strips)
    return np.asarray(cv2.resize(whole, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))


if __name__ == "__main__":
    main()
