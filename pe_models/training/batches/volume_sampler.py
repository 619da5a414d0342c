"""VolumeSampler: which blocks of slices a step of a Refiner sees; by (seed, step, index) alone.

Varied in what a Refiner may not go by: contrast, noise, and how sure the slice net is. Mirrored in
every direction: unlike the slice net it says nothing of sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from pe_models.errors import DatasetError
from pe_models.imaging.window import Window
from pe_models.nets.refiner import HIGHEST_LOGIT, N_CHANNELS, SEEN
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.config import VolumeConfig
from pe_models.training.store.maps import Maps, clot_shares_of, refiner_seen
from pe_models.training.store.places import Places

Item = TypeVar("Item")
Place = NDArray[np.int64]
"""(3: slice, map_row, map_col)."""

_HELD_OUT: Final = 0xC0FFEE
"""Stands in for the seed where blocks are not those of a step."""
_HOLDS_CLOT: Final = 40
"""Of 255: the share of clot from which blocks lie at a cell; the loss asks for more."""
_LEAST_MISTAKE: Final = 64
"""Of 255: a logit of -5."""
_IS_ARTERY: Final = 150
"""Of 255: a logit of 2."""
_APART: Final = (3, 7, 7)
"""Slices, rows and columns of cells of which the highest alone is a mistake."""
_MOST_MISTAKES: Final = 60
_MOST_PLACES: Final = 2000
_PIXELS: Final = (3, 4, 5, 6)
"""Channels of the pixels that a cell covers: upper left, upper right, lower left, lower right."""


@dataclass(frozen=True, slots=True, eq=False)
class VolumeBatch:
    """``x`` (batch, channel, slice, map_row, map_col) as a Refiner sees it, and the ``shares`` of
    clot (batch, slice, map_row, map_col).
    """

    x: Tensor
    shares: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    """Where to look in one study, the ``study``-th; each of ``clots`` are the cells of one."""

    study: int
    shape: tuple[int, int, int]
    clots: tuple[Places, ...]
    mistakes: Places
    arteries: Places


class VolumeSampler:
    """Blocks at clots, where the slice net errs, and at arteries. Safe to be asked by threads."""

    def __init__(
        self, studies: Sequence[Maps], *, window: Window, config: VolumeConfig, seed: int
    ) -> None:
        """``studies`` are asked for anew for each block, so that they need not all stay open;
        ``window`` is that of the pixels. Raises DatasetError where no study holds a clot.
        """
        self._studies, self._window, self._config, self._seed = studies, window, config, seed
        self._spots = [_spots(study, maps) for study, maps in enumerate(studies)]
        self._with_clots = [spots for spots in self._spots if spots.clots]
        if not self._with_clots:
            raise DatasetError("No study to train on holds a clot whose voxels are known.")

    def batch(self, step: int, size: int, part: Part = WHOLE) -> VolumeBatch:
        """The blocks of one part of a step of ``size`` blocks."""
        return self._batch((self._seed, step), part.of(range(size)))

    def held_out_batch(self, size: int) -> VolumeBatch:
        """Blocks that belong to no step, always the same."""
        return self._batch((_HELD_OUT, 0), range(size))

    def _batch(self, start: tuple[int, int], indices: Sequence[int]) -> VolumeBatch:
        blocks = [self._block(np.random.default_rng((*start, index))) for index in indices]
        seen, shares = zip(*blocks, strict=True)
        return VolumeBatch(torch.stack(seen), torch.stack(shares))

    def _block(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        study, place = self._place(rng)
        block = _cut(self._studies[study], place, (self._config.slices, self._config.cells), rng)
        seen, shares = _mirrored(refiner_seen(block), clot_shares_of(block), rng)
        return _varied(seen, rng, self._window, self._config), shares

    def _place(self, rng: np.random.Generator) -> tuple[int, Place]:
        """The study, and the cell in it that a block is to hold."""
        config, share = self._config, rng.random()
        if share < config.at_clots:
            spots = _one_of(self._with_clots, rng)
            return spots.study, _one_place(_one_of(spots.clots, rng), rng)
        spots = _one_of(self._spots, rng)
        among = spots.mistakes if share < config.at_clots + config.at_mistakes else spots.arteries
        if not len(among):
            among = np.array([[n // 2 for n in spots.shape]])
        return spots.study, _one_place(among, rng)


def _spots(study: int, maps: Maps) -> _Spots:
    shares, clot = np.asarray(maps[:, N_CHANNELS]), np.asarray(maps[:, 0])
    numbered, n_clots = ndimage.label(shares > _HOLDS_CLOT, structure=np.ones((3, 3, 3)))
    clots = [_thinned(np.argwhere(numbered == k + 1)) for k in range(n_clots)]
    is_near = ndimage.binary_dilation(shares > 0, iterations=3)
    is_peak = (ndimage.maximum_filter(clot, _APART) == clot) & (clot > _LEAST_MISTAKE) & ~is_near
    peaks = np.argwhere(is_peak)
    highest = np.argsort(-clot[is_peak].astype(np.int64), kind="stable")[:_MOST_MISTAKES]
    arteries = _thinned(np.argwhere(np.asarray(maps[:, 1]) > _IS_ARTERY))
    return _Spots(study, _shape(maps), tuple(clots), peaks[highest], arteries)


def _thinned(places: Places) -> Places:
    return places[:: max(1, len(places) // _MOST_PLACES)]


def _one_of(items: Sequence[Item], rng: np.random.Generator) -> Item:
    return items[int(rng.integers(len(items)))]


def _one_place(places: Places, rng: np.random.Generator) -> Place:
    place: Place = places[int(rng.integers(len(places)))]
    return place


def _shape(maps: Maps) -> tuple[int, int, int]:
    n_slices, _, rows, cols = maps.shape
    return n_slices, rows, cols


def _cut(maps: Maps, place: Place, size: tuple[int, int], rng: np.random.Generator) -> Maps:
    """A block about ``place``, moved off its middle; what lies beyond the study reads 0."""
    wanted = (size[0], size[1], size[1])
    first = [
        int(np.clip(at - n // 2 + rng.integers(-(n // 4), n // 4 + 1), 0, max(0, whole - n)))
        for at, n, whole in zip(place, wanted, _shape(maps), strict=True)
    ]
    k, row, col = (slice(f, f + n) for f, n in zip(first, wanted, strict=True))
    block = np.asarray(maps[k, :, row, col])
    lacks = [n - m for n, m in zip(wanted, (block.shape[0], *block.shape[2:]), strict=True)]
    return np.pad(block, [(0, lacks[0]), (0, 0), (0, lacks[1]), (0, lacks[2])])


def _mirrored(seen: Tensor, shares: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """``seen`` (channel, slice, row, col) and ``shares`` (slice, row, col) in any direction."""
    upper_left, upper_right, lower_left, lower_right = _PIXELS
    maps = range(len(SEEN))
    if rng.random() < 0.5:
        seen, shares = seen.flip(1), shares.flip(0)
    if rng.random() < 0.5:
        order = [*maps, lower_left, lower_right, upper_left, upper_right]
        seen, shares = seen[order].flip(2), shares.flip(1)
    if rng.random() < 0.5:
        order = [*maps, upper_right, upper_left, lower_right, lower_left]
        seen, shares = seen[order].flip(3), shares.flip(2)
    return seen, shares


def _varied(seen: Tensor, rng: np.random.Generator, window: Window, config: VolumeConfig) -> Tensor:
    """Maps surer or less sure, each as a whole; pixels of other contrast and brightness, in
    half of all blocks with noise.
    """
    half_hu = 0.5 * window.width_hu
    water = -window.centre_hu / half_hu
    gain = float(np.exp(rng.uniform(-config.contrast, config.contrast)))
    moved = float(rng.uniform(-config.brightness_hu, config.brightness_hu)) / half_hu
    noise = float(rng.uniform(0.0, config.noise_hu)) / half_hu * float(rng.random() < 0.5)
    maps, pixels = seen[: len(SEEN)], seen[len(SEEN) :]
    sure = rng.normal(0.0, config.sureness_logit / HIGHEST_LOGIT, (len(SEEN), 1, 1, 1))
    white = torch.from_numpy(rng.standard_normal(tuple(pixels.shape), dtype=np.float32))
    changed = (pixels - water) * gain + water + moved + noise * white
    return torch.cat([maps + torch.from_numpy(sure).float(), changed.clamp(-1.0, 1.0)])
