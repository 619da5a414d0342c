"""A rule without learning: the darkest blob inside an opacified vessel, on the evaluation cohort.

    python -m benchmarks.evaluation.darkest_blob --cohort tests/cohorts/eval.json [--slices 16]

A cohort on which such a rule does well asks nothing of a net; its image AUC has to stay below .80.
Slices are taken evenly through each chest. The rule is given the mean HU of the pulmonary arteries,
which no reader has to the digit: it is better than what could be had in practice.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models import metrics
from pe_models.phantom.fixed_cohort import FixedStudy, read_fixed_cohort
from pe_models.phantom.sampler import PhantomSampler

Floats = NDArray[np.float32]

BAR: Final = 0.80

_SMOOTH_MM: Final = 0.8
_REACH_MM: Final = (2.5, 5.0, 9.0)
"""A dark blob up to about twice this wide is closed by the bright blood about it."""
_BLOB_MM: Final = 1.0
_OPACIFIED_SHARE: Final = 0.6
_LEAST_OPACIFIED_HU: Final = 120.0
_LUNG_HU: Final = -400.0
_HILUM_MM: Final = 12.0
_LEAST_CLOT_HU: Final = -20.0
"""Darker is fat or lung between two vessels."""


@dataclass(frozen=True, slots=True)
class SliceScore:
    """What the rule says of one slice, and whether it shows a clot."""

    seed: int
    slice_index: int
    score: float
    is_positive: bool


def darkest_blob(hu: NDArray[np.int16], *, pixel_mm: float, artery_hu: float) -> float:
    """Score of one slice (row, col): how much darker than the blood about it the darkest blob is.

    In HU, as a share of ``artery_hu``; 0 where no opacified vessel holds a dark blob.
    """
    smooth = _blurred(hu.astype(np.float32), _SMOOTH_MM / pixel_mm)
    opacified = max(_LEAST_OPACIFIED_HU, _OPACIFIED_SHARE * artery_hu)
    blood = np.clip(smooth, -1000.0, artery_hu)
    inside = _about_lungs(smooth, pixel_mm) & (smooth > _LEAST_CLOT_HU)
    reaches_px = (reach / pixel_mm for reach in _REACH_MM)
    return (
        max(_darkest(blood, inside, reach, opacified, pixel_mm) for reach in reaches_px) / artery_hu
    )


def score_study(study: FixedStudy, n_slices: int) -> list[SliceScore]:
    """The rule on ``n_slices`` slices of one phantom, evenly through the chest."""
    sampler = PhantomSampler.plan(study.seed, study.spec)
    total, pixel_mm = sampler.geometry.n_slices, sampler.geometry.spacing_mm[1]
    artery_hu = sampler.chest.scene.contrast.pulmonary_artery
    chosen = np.unique(np.linspace(0.08, 0.95, n_slices) * (total - 1)).round().astype(int)
    found = []
    for index in chosen.tolist():
        plane = sampler.plane(index)
        score = darkest_blob(plane.hu, pixel_mm=pixel_mm, artery_hu=artery_hu)
        found.append(SliceScore(study.seed, index, score, bool(plane.clot.any())))
    return found


def image_auc(scores: Iterable[SliceScore]) -> float | None:
    listed = list(scores)
    return metrics.auc([s.is_positive for s in listed], [s.score for s in listed])


def exam_auc(scores: Iterable[SliceScore]) -> float | None:
    """Of the highest slice of each study; a study is positive where any slice looked at is."""
    best: dict[int, list[SliceScore]] = {}
    for score in scores:
        best.setdefault(score.seed, []).append(score)
    return metrics.auc(
        [any(s.is_positive for s in exam) for exam in best.values()],
        [max(s.score for s in exam) for exam in best.values()],
    )


def _darkest(
    blood: Floats, inside: NDArray[np.bool_], reach_px: float, opacified: float, pixel_mm: float
) -> float:
    size = 2 * round(reach_px) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = np.asarray(cv2.morphologyEx(blood, cv2.MORPH_CLOSE, disc), dtype=np.float32)
    depth = np.where(inside & (closed >= opacified), closed - blood, 0.0).astype(np.float32)
    return float(_blurred(depth, _BLOB_MM / pixel_mm).max())


def _about_lungs(smooth: Floats, pixel_mm: float) -> NDArray[np.bool_]:
    """The lungs with their vessels and hila, without the middle of heart and aorta."""
    air = (smooth < _LUNG_HU).astype(np.uint8)
    _, regions = cv2.connectedComponents(air)
    border = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
    lungs = ((air > 0) & ~np.isin(regions, border)).astype(np.uint8)
    size = 2 * round(_HILUM_MM / pixel_mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.morphologyEx(lungs, cv2.MORPH_CLOSE, disc) > 0)


def _blurred(field: Floats, sigma_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_px), dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--slices", type=int, default=16, help="of each study (default 16)")
    parser.add_argument("--studies", type=int, help="the first N studies alone")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    scores: list[SliceScore] = []
    for study in read_fixed_cohort(args.cohort).studies[: args.studies]:
        scores += score_study(study, args.slices)
    n_positive = sum(score.is_positive for score in scores)
    print(f"{len(scores)} slices, {n_positive} with a clot")
    print(f"image AUC {image_auc(scores):.3f} (bar: below {BAR}), exam AUC {exam_auc(scores):.3f}")


if __name__ == "__main__":
    main()
