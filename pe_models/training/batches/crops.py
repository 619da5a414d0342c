"""Training crops from labelled studies: where, how warped, with which contrast and noise.

Structures take HU of their own and noise comes last, after warping, so that a net learns neither
this phantom's brightness nor its noise. Never flipped: left and right are labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.preprocess import SpacingMm, neighbours
from pe_models.training.config import CropConfig
from pe_models.training.store.tissue_labels import TissueLabel

Floats = NDArray[np.float32]

_AIR_HU: Final = -1000.0
_EDGE_PX: Final = 2
_SOFTENED_PX: Final = 0.8
"""Blur of the added HU, so that a structure keeps its edge."""
_CLOT_HU: Final = 50.0
_LEAST_CONTRAST_HU: Final = 60.0
_CLOT_SHIFT_HU: Final = (-25.0, 30.0)
_TISSUE_KNOTS_HU: Final = (-1024.0, -850.0, -100.0, 50.0, 150.0, 400.0, 1200.0, 3071.0)
_TISSUE_SPREAD_HU: Final = (0.0, 25.0, 15.0, 15.0, 25.0, 40.0, 150.0, 0.0)
"""How far the HU of tissues move, at these HU and linearly between: a smooth, rising curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One labelled study as crops see it; arrays ``[slice, row, col]``, memory-mapped."""

    hu: NDArray[np.int16]
    labels: NDArray[np.uint8]
    spacing_mm: SpacingMm


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """``hu`` (slices: the one that ``labels`` (row, col) are of, between neighbours; row, col)."""

    hu: Floats
    labels: NDArray[np.uint8]


def draw_crop(
    scan: Scan,
    place: Sequence[int],
    rng: np.random.Generator,
    *,
    pixel_mm: float,
    neighbour_mm: float | None,
    reach: int = 1,
    config: CropConfig,
) -> Crop:
    """One varied crop about ``place`` (slice, row, col), at about ``pixel_mm``."""
    index, row, col = (int(v) for v in place)
    stack = neighbours(
        (index,),
        n_slices=len(scan.hu),
        slice_mm=scan.spacing_mm[0],
        neighbour_mm=neighbour_mm,
        reach=reach,
    )[0].tolist()
    warp = _warp((row, col), scan.spacing_mm, pixel_mm, rng, config)
    rows, cols = _reach(warp, config.px, scan.hu.shape[1:])
    warp[:, 2] += warp[:, :2] @ (cols.start, rows.start)
    hu = [np.asarray(scan.hu[k, rows, cols]) for k in stack]
    labels = [np.asarray(scan.labels[k, rows, cols]) for k in stack]
    shifts = _shifts(hu[reach], labels[reach], rng, config)
    channels = [
        _channel(h, kinds, warp, shifts, config.px) for h, kinds in zip(hu, labels, strict=True)
    ]
    return Crop(
        _bent(np.stack(channels), rng) + _noise(rng, config, len(channels)),
        _cut_labels(labels[reach], warp, config.px),
    )


def _warp(
    centre: tuple[int, int],
    spacing_mm: SpacingMm,
    pixel_mm: float,
    rng: np.random.Generator,
    config: CropConfig,
) -> NDArray[np.float64]:
    """Affine matrix (2, 3) from (col, row) of the slice to (col, row) of the crop."""
    angle = np.deg2rad(rng.uniform(-config.rotation_degrees, config.rotation_degrees))
    scale = (1.0 + rng.uniform(-config.scale, config.scale)) / pixel_mm
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([spacing_mm[2], spacing_mm[1]]) * scale
    row, col = centre
    middle = 0.5 * config.px + rng.uniform(-config.shift_px, config.shift_px, 2)
    offset = middle - matrix @ np.array([col, row])
    return np.column_stack([matrix, offset])


def _reach(warp: NDArray[np.float64], px: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of a slice of ``shape`` that the crop of ``px`` is made from."""
    corners = np.array([[0, 0, px, px], [0, px, 0, px]]) - warp[:, 2:]
    cols, rows = np.linalg.solve(warp[:, :2], corners)
    return _span(rows, shape[0]), _span(cols, shape[1])


def _span(at: NDArray[np.float64], length: int) -> slice:
    first = min(max(0, int(at.min()) - _EDGE_PX), length - 1)
    return slice(first, max(first + 1, min(length, int(at.max()) + 1 + _EDGE_PX)))


def _shifts(
    hu: NDArray[np.int16],
    labels: NDArray[np.uint8],
    rng: np.random.Generator,
    config: CropConfig,
) -> dict[TissueLabel, float]:
    """HU to add to each structure near the crop; a clot stays darker than its artery."""
    spread, mean = config.vessel_shift_hu, _mean_hu(hu, labels)
    wanted = {kind: mean[kind] + rng.uniform(-spread, spread) for kind in TissueLabel}
    wanted[TissueLabel.CLOT] = clot = mean[TissueLabel.CLOT] + rng.uniform(*_CLOT_SHIFT_HU)
    least = float(np.nan_to_num(clot, nan=_CLOT_HU)) + _LEAST_CONTRAST_HU
    wanted[TissueLabel.ARTERY] = float(np.fmax(wanted[TissueLabel.ARTERY], least))
    if rng.random() < config.equal_vessels:
        wanted[TissueLabel.VEIN] = wanted[TissueLabel.ARTERY]
    return {kind: float(np.nan_to_num(wanted[kind] - mean[kind])) for kind in TissueLabel}


def _mean_hu(hu: NDArray[np.int16], labels: NDArray[np.uint8]) -> dict[TissueLabel, float]:
    """Of each structure, NaN where there is none of it."""
    kinds = labels.ravel()
    n_voxels = np.bincount(kinds, minlength=max(TissueLabel) + 1)
    sums = np.bincount(kinds, weights=hu.ravel(), minlength=max(TissueLabel) + 1)
    means = np.where(n_voxels > 0, sums / np.maximum(n_voxels, 1), np.nan)
    return {kind: float(means[kind]) for kind in TissueLabel}


def _channel(
    hu: NDArray[np.int16],
    labels: NDArray[np.uint8],
    warp: NDArray[np.float64],
    shifts: dict[TissueLabel, float],
    px: int,
) -> Floats:
    cut = cv2.warpAffine(
        hu.astype(np.float32), warp, (px, px), flags=cv2.INTER_LINEAR, borderValue=_AIR_HU
    )
    added = np.zeros(max(TissueLabel) + 1, dtype=np.float32)
    added[list(shifts)] = list(shifts.values())
    return np.asarray(cut + _blurred(added[_cut_labels(labels, warp, px)], _SOFTENED_PX))


def _cut_labels(labels: NDArray[np.uint8], warp: NDArray[np.float64], px: int) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.warpAffine(labels, warp, (px, px), flags=cv2.INTER_NEAREST), dtype=np.uint8
    )


def _bent(hu: Floats, rng: np.random.Generator) -> Floats:
    spread = np.asarray(_TISSUE_SPREAD_HU)
    bent = np.asarray(_TISSUE_KNOTS_HU) + spread * rng.uniform(-1, 1, len(spread))
    return np.interp(hu, _TISSUE_KNOTS_HU, bent).astype(np.float32)


def _noise(rng: np.random.Generator, config: CropConfig, n_slices: int) -> Floats:
    """(n_slices, row, col): grain and share of low frequencies at random, its sd on a log scale."""
    white = rng.standard_normal((n_slices, config.px, config.px), dtype=np.float32)
    fine, broad, share = rng.uniform(0.3, 1.3), rng.uniform(1.5, 4.0), rng.uniform(0.0, 0.95)
    grain = np.stack([_blurred(w, fine) - np.float32(share) * _blurred(w, broad) for w in white])
    sd = np.exp(rng.uniform(np.log(config.noise_low_hu), np.log(config.noise_high_hu)))
    return np.asarray(grain * np.float32(sd / max(float(grain.std()), 1e-6)))


def _blurred(plane: Floats, sigma_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px))
