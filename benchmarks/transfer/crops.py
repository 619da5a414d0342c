"""Training crops from phantom arrays: where, how warped, with which contrast and noise."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.dense_net import PIXEL_MM
from benchmarks.transfer.phantom_cache import BLOOD, CLOT, VEIN, TrainingPhantom

Floats = NDArray[np.float32]

CROP_PX: Final = 128

_MAX_PLACES: Final = 4000
_SHARES: Final = (0.3, 0.2, 0.15, 0.35)
"""How often a crop lies at a clot, an artery, a lookalike, and anywhere in the body."""
_CROWD_PX: Final = (31, 31)
_OUTSIDE_HU: Final = -950
_FIRST_INNER: Final = np.array([1, 0, 0])
_ROTATION_DEGREES: Final = 18.0
_SCALE: Final = 0.15
_SHIFT_PX: Final = 40.0
_EQUAL_VESSELS_SHARE: Final = 0.25
"""How often veins are given the HU of arteries, so that brightness does not tell them apart."""

_CLOT_HU: Final = 50.0
_LEAST_CONTRAST_HU: Final = 60.0
_TISSUE_KNOTS_HU: Final = (-1024.0, -850.0, -100.0, 50.0, 150.0, 400.0, 1200.0, 3071.0)
_TISSUE_SPREAD_HU: Final = (0.0, 25.0, 15.0, 15.0, 25.0, 40.0, 150.0, 0.0)
"""How far the HU of tissues move, at these HU and linearly between: a smooth, rising curve."""


@dataclass(frozen=True, slots=True)
class Crop:
    """``hu`` (3, row, col) at PIXEL_MM; ``label`` (row, col), as in the cache, of its middle."""

    hu: Floats
    label: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where crops of one phantom are centred: (place, 3: slice, row, col), each kind by itself;
    ``lookalikes`` by what they are, so that the few nodules are shown as often as the many nodes.
    """

    clots: NDArray[np.int64]
    arteries: NDArray[np.int64]
    lookalikes: tuple[NDArray[np.int64], ...]
    body: NDArray[np.int64]

    @classmethod
    def of(cls, phantom: TrainingPhantom, rng: np.random.Generator) -> "Places":
        inner = slice(1, len(phantom.hu) - 1)  # each crop needs both neighbours
        label = phantom.label[inner]
        return cls(
            _thinned(label == CLOT, rng),
            _thinned((label == BLOOD) | (label == CLOT), rng),
            _by_kind(phantom),
            _some(phantom.hu[inner], rng),
        )

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Half lie at arteries and clots, a part at what is like a clot, the rest anywhere."""
        looks = self.lookalikes
        look = looks[int(rng.integers(len(looks)))] if looks else self.body
        kinds = (self.clots, self.arteries, look, self.body)
        kind = kinds[int(rng.choice(len(kinds), p=_SHARES))]
        if not len(kind):
            kind = self.body
        place: NDArray[np.int64] = kind[int(rng.integers(len(kind)))]
        return place


def draw_crop(
    phantom: TrainingPhantom, places: Places, rng: np.random.Generator, *, most_noise_hu: float
) -> Crop:
    """One varied crop; its noise is added last, so that warping does not smooth it."""
    index, row, col = places.draw(rng)
    label = phantom.label[index]
    warp = _warp((row, col), phantom.pixel_mm, rng)
    shifts = _vessel_shifts(phantom, int(index), rng)
    channels = [
        _channel(phantom.hu[k], phantom.label[k], warp, shifts)
        for k in (index - 1, index, index + 1)
    ]
    hu = _bent(np.stack(channels), rng) + _noise(rng, most_noise_hu)
    cut = cv2.warpAffine(label, warp, (CROP_PX, CROP_PX), flags=cv2.INTER_NEAREST)
    return Crop(hu, np.asarray(cut, dtype=np.uint8))


def _thinned(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of ``mask``; the more of it lies near, the less each counts: thin vessels are many."""
    places = np.argwhere(mask)
    if not len(places):
        return places
    crowd = np.stack([cv2.blur(plane.astype(np.float32), _CROWD_PX) for plane in mask])
    weight = 1.0 / np.maximum(crowd[tuple(places.T)], 1e-3)
    keep = rng.random(len(places)) < weight * _MAX_PLACES / weight.sum()
    kept: NDArray[np.int64] = places[keep] if keep.any() else places[:1]
    return np.asarray(kept + _FIRST_INNER)


def _by_kind(phantom: TrainingPhantom) -> tuple[NDArray[np.int64], ...]:
    """Lookalikes with a neighbour on both sides, by their kind."""
    at = phantom.lookalikes
    inner = (at[:, 0] >= 1) & (at[:, 0] < len(phantom.hu) - 1)
    kinds = phantom.lookalike_kinds
    return tuple(at[inner & (kinds == kind)] for kind in np.unique(kinds[inner]))


def _some(hu: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int64]:
    """Places in the body, on a grid of eight pixels."""
    places = np.argwhere(hu[:, ::8, ::8] > _OUTSIDE_HU) * np.array([1, 8, 8])
    chosen: NDArray[np.int64] = rng.permutation(places)[:_MAX_PLACES]
    return np.asarray(chosen + _FIRST_INNER)


def _warp(centre: tuple[int, int], pixel_mm: float, rng: np.random.Generator) -> Floats:
    """Affine matrix (2, 3) from the phantom's slice to the crop, as OpenCV takes it."""
    row, col = centre
    angle = rng.uniform(-_ROTATION_DEGREES, _ROTATION_DEGREES)
    scale = pixel_mm / PIXEL_MM * (1.0 + rng.uniform(-_SCALE, _SCALE))
    matrix = cv2.getRotationMatrix2D((float(col), float(row)), angle, scale)
    matrix[:, 2] += CROP_PX / 2 - np.array([col, row])
    matrix[:, 2] += rng.uniform(-_SHIFT_PX, _SHIFT_PX, 2)
    return np.asarray(matrix, dtype=np.float32)


def _vessel_shifts(
    phantom: TrainingPhantom, index: int, rng: np.random.Generator
) -> dict[int, float]:
    """HU to add to arteries, veins and clots; a clot stays darker than its artery."""
    hu, label = phantom.hu[index], phantom.label[index]
    blood, vein, clot = (_mean_hu(hu[label == kind]) for kind in (BLOOD, VEIN, CLOT))
    artery_hu, vein_hu = blood + rng.uniform(-90, 90), vein + rng.uniform(-90, 90)
    clot_hu = clot + rng.uniform(-25, 30)
    artery_hu = np.fmax(artery_hu, np.nan_to_num(clot_hu, nan=_CLOT_HU) + _LEAST_CONTRAST_HU)
    if rng.random() < _EQUAL_VESSELS_SHARE:
        vein_hu = artery_hu
    added = {BLOOD: artery_hu - blood, VEIN: vein_hu - vein, CLOT: clot_hu - clot}
    return {kind: float(np.nan_to_num(shift)) for kind, shift in added.items()}


def _mean_hu(values: NDArray[np.int16]) -> float:
    """NaN where the slice holds none."""
    return float(values.mean()) if len(values) else float("nan")


def _channel(
    hu: NDArray[np.int16], label: NDArray[np.uint8], warp: Floats, shifts: dict[int, float]
) -> Floats:
    size = (CROP_PX, CROP_PX)
    cut = cv2.warpAffine(
        hu.astype(np.float32), warp, size, flags=cv2.INTER_LINEAR, borderValue=-1000.0
    )
    kinds = cv2.warpAffine(label, warp, size, flags=cv2.INTER_NEAREST)
    added = sum(np.float32(shift) * (kinds == kind) for kind, shift in shifts.items())
    return np.asarray(cut + cv2.GaussianBlur(np.asarray(added, np.float32), (0, 0), 0.8))


def _bent(hu: Floats, rng: np.random.Generator) -> Floats:
    spread = np.asarray(_TISSUE_SPREAD_HU)
    bent = np.asarray(_TISSUE_KNOTS_HU) + spread * rng.uniform(-1, 1, len(spread))
    return np.interp(hu, _TISSUE_KNOTS_HU, bent).astype(np.float32)


def _noise(rng: np.random.Generator, most_hu: float) -> Floats:
    """(3, row, col): grain and share of low frequencies at random, its sd on a log scale."""
    white = rng.standard_normal((3, CROP_PX, CROP_PX), dtype=np.float32)
    fine, broad, share = rng.uniform(0.3, 1.3), rng.uniform(1.5, 4.0), rng.uniform(0.0, 0.95)
    grain = np.stack([_blurred(w, fine) - np.float32(share) * _blurred(w, broad) for w in white])
    sd = np.exp(rng.uniform(np.log(3.0), np.log(most_hu)))
    return np.asarray(grain * np.float32(sd / max(float(grain.std()), 1e-6)))


def _blurred(plane: Floats, sigma_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px))
