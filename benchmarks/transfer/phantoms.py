"""Phantoms as sources: the same clots set into their arteries, which are known.

What a scorer finds there and not in a real CT is what the real chest costs it; what it finds of a
phantom's own emboli and not of these is what the clots cost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.set_clots import lumen_at, wide_artery_hu
from benchmarks.transfer.sites import Place, Site, SiteList
from pe_models.errors import InputError
from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
from pe_models.phantom.branches import Branch
from pe_models.phantom.chance import stream
from pe_models.phantom.sampler import ARTERY, PhantomSampler
from pe_models.phantom.spec import Kernel, Level, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

FIRST_SEED: Final = 7100
"""Neither trained on nor kept for evaluation."""

_LIKE: Final = (
    PhantomSpec(
        n_slices=95,
        slice_spacing_mm=0.8,
        slice_thickness_mm=1.25,
        pixel_spacing_mm=0.645,
        artery_hu=300.0,
        kernel=Kernel.SOFT,
        is_positive=False,
    ),
    PhantomSpec(
        n_slices=32,
        slice_spacing_mm=2.5,
        slice_thickness_mm=2.5,
        pixel_spacing_mm=0.7,
        artery_hu=380.0,
        kernel=Kernel.SOFT,
        is_positive=False,
    ),
)
"""Scanned as the real series are, in turn."""

_SITES: Final[dict[Level, int]] = {
    Level.CENTRAL: 1,
    Level.LOBAR: 1,
    Level.SEGMENTAL: 3,
    Level.SUBSEGMENTAL: 3,
}
_LEAST_RADIUS_MM: Final = 1.2
_MARGIN_MM: Final = 12.0
"""Of slices about a site, so that the clot's ends are seen."""


@dataclass(frozen=True, slots=True, eq=False)
class PhantomSource:
    """One phantom without emboli; ``artery_at`` lies in its widest artery."""

    key: str
    volume: Volume
    artery_at: Place

    def read(self, data: Path) -> Volume:
        """The Volume; ``data`` is for sources that are real."""
        del data
        return self.volume


def phantom_sites(n_phantoms: int, specs: Sequence[PhantomSpec] = _LIKE) -> SiteList:
    """Phantoms of seeds from FIRST_SEED up, with sites at every level of their arteries."""
    sources: list[PhantomSource] = []
    sites: list[Site] = []
    for place in range(n_phantoms):
        seed, spec = FIRST_SEED + place, specs[place % len(specs)]
        phantom, planned = make_phantom(seed, spec), PhantomSampler.plan(seed, spec)
        source = _source(phantom, planned)
        sources.append(source)
        sites += _sites(source, phantom, planned)
    return SiteList(tuple(sources), tuple(sites))


def _source(phantom: Phantom, planned: PhantomSampler) -> PhantomSource:
    n_slices, step_mm = phantom.geometry.n_slices, phantom.geometry.spacing_mm[0]
    stamps = tuple(SliceStamp(str(k), k, None, k * step_mm) for k in range(n_slices))
    key = f"phantom-{phantom.seed}"
    volume = Volume(phantom.hu, phantom.geometry, VolumeOrigin(key, key, stamps))
    central = [b for b in _tree(planned) if b.level is Level.CENTRAL]
    points = np.concatenate([planned.voxels(branch.points) for branch in central])
    radii = np.concatenate([branch.radii for branch in central])
    inside = [i for i in np.argsort(-radii) if _in_artery(phantom, points[i])]
    return PhantomSource(key, volume, _place(points[inside[0]]))


def _sites(source: PhantomSource, phantom: Phantom, planned: PhantomSampler) -> Iterator[Site]:
    """In branches drawn at random, thin ones as often as wide ones, that can be followed."""
    artery_hu = wide_artery_hu(source.volume, source)
    for level, wanted in _SITES.items():
        rng = stream(phantom.seed, f"sites {level}")
        at_level = [b for b in _tree(planned)
                    if b.level is level and b.radii.mean() >= _LEAST_RADIUS_MM]  # fmt: skip
        found = 0
        for branch in (at_level[int(i)] for i in rng.permutation(len(at_level))):
            middle = planned.voxels(branch.points)[len(branch.points) // 2]
            if found == wanted or not _is_well_within(phantom, middle):
                continue
            name = f"{source.key}-{level.value}-{found}"
            site = Site(name, source.key, _place(middle), level, branch.side, level.value)
            if _can_be_followed(site, source, artery_hu):
                found += 1
                yield site


def _tree(planned: PhantomSampler) -> tuple[Branch, ...]:
    return planned.chest.scene.circulation.vessels.artery_tree


def _place(voxel: NDArray[np.float64]) -> Place:
    k, row, col = (int(v) for v in np.rint(voxel))
    return Place(str(k), row, col)


def _is_well_within(phantom: Phantom, voxel: NDArray[np.float64]) -> bool:
    step_mm = phantom.geometry.spacing_mm[0]
    above, below = voxel[0] * step_mm, (phantom.geometry.n_slices - 1 - voxel[0]) * step_mm
    return min(above, below) >= _MARGIN_MM and _in_artery(phantom, voxel)


def _in_artery(phantom: Phantom, voxel: NDArray[np.float64]) -> bool:
    at = np.rint(voxel).astype(int)
    if (at < 0).any() or (at >= phantom.geometry.shape).any():
        return False
    return bool(phantom.vessel[tuple(at)] == ARTERY)


def _can_be_followed(site: Site, source: PhantomSource, artery_hu: float) -> bool:
    try:
        lumen_at(site, source.volume, artery_hu)
    except InputError:
        return False
    return True
