"""Clots: where the emboli of a phantom lie and how large and dense they are, by its own truth.

Only the voxels about each clot are painted; they are those of the whole study.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.clot import Clot, Form
from pe_models.phantom.sampler import PhantomSampler, Region
from pe_models.phantom.spec import Level
from pe_models.phantom.ventricles import measure_ventricles

_MARGIN_MM: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class SeenClot:
    """One embolus as its voxels say; ``hu`` (voxel,) as stored, noise included."""

    level: Level
    side: str
    form: Form
    volume_mm3: float
    hu: NDArray[np.int16]
    slices: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class SeenStudy:
    """All emboli of one positive study that have voxels."""

    clots: tuple[SeenClot, ...]
    n_slices: int
    rv_lv_ratio: float

    @property
    def positive_share(self) -> float:
        """Of its slices, those that show an embolus."""
        return len(frozenset().union(*(c.slices for c in self.clots))) / self.n_slices

    @property
    def sides(self) -> frozenset[str]:
        return frozenset(clot.side for clot in self.clots)

    @property
    def ages(self) -> frozenset[bool]:
        """Whether there are acute ones, and whether there are chronic ones."""
        return frozenset(clot.form.is_acute for clot in self.clots)


def seen_study(sampler: PhantomSampler) -> SeenStudy:
    """The emboli of ``sampler`` by their voxels."""
    seen = (_seen(sampler, k, clot) for k, clot in enumerate(sampler.chest.clots))
    scene = sampler.chest.scene
    return SeenStudy(
        clots=tuple(clot for clot in seen if clot.slices),
        n_slices=sampler.geometry.n_slices,
        rv_lv_ratio=measure_ventricles(scene.heart, scene.habitus.scale).rv_lv_ratio,
    )


def _seen(sampler: PhantomSampler, place: int, clot: Clot) -> SeenClot:
    region = region_about(sampler, clot)
    block = sampler.block(region)
    mask = block.clot == place + 1
    at = np.flatnonzero(mask.any(axis=(1, 2)))
    return SeenClot(
        level=clot.level,
        side=clot.side,
        form=clot.form,
        volume_mm3=float(mask.sum()) * float(np.prod(sampler.geometry.spacing_mm)),
        hu=block.hu[mask],
        slices=frozenset(int(k) + region.slices[0] for k in at),
    )


def region_about(sampler: PhantomSampler, clot: Clot) -> Region:
    """The voxels that the clot's body, and motion about it, may reach."""
    body, spacing = clot.body, np.asarray(sampler.geometry.spacing_mm)
    ends = sampler.voxels(np.concatenate([body.start, body.end]))
    radius_mm = float(max(body.start_radius.max(), body.end_radius.max()))
    reach = (radius_mm * max(sampler.chest.scene.habitus.scale) + _MARGIN_MM) / spacing + 1.0
    shape = np.asarray(sampler.geometry.shape)
    low = np.clip(np.floor(ends.min(axis=0) - reach), 0, shape - 1).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0) + reach) + 1, low + 1, shape).astype(int)
    slices, rows, cols = ((int(a), int(b)) for a, b in zip(low, high, strict=True))
    return Region(slices, rows, cols)
