"""Findings for the gallery: what a model might say of a CT, from a curve or from a phantom's truth.

No model made them. From a phantom's truth they are what a perfect model would say, so that scores,
sides, map and pixels of one picture fit together.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from benchmarks.gallery.truth import heart_of, most_proximal, places_of, trunk_of
from pe_models import labels
from pe_models.findings import (
    CLOT_MAP,
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    MarkedPlace,
    Quality,
    QualityCode,
    QualityWarning,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.flagging import cut_flags
from pe_models.heart_findings import RightHeart, Trunk
from pe_models.imaging.study import Series
from pe_models.imaging.volume import Volume

STAMP: Final = BundleStamp("pe-demo", "1.0.0", "0" * 64, "phantoms", "phantoms")
REASON: Final = "Pulmonary trunk at 96 HU; at least 200 HU is needed to exclude embolism."

_THRESHOLD: Final = 0.4
_CELL_PX: Final = 4
_QUIET_LOGIT: Final = -5.0
_CLOT_LOGIT: Final = 4.0
_PX_FOR_HALF: Final = 60.0
"""So many pixels of clot on a slice score about a half."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Saying:
    """Scores a slice (slice,), exam scores by label, sides and places by flag, maps by slice."""

    scores: Scores
    exam: Mapping[str, float]
    maps: Mapping[int, NDArray[np.float32]]
    sides: Mapping[int, tuple[str, ...]]
    crop: Crop
    places: Mapping[int, tuple[MarkedPlace, ...]] = field(default_factory=dict)
    heart: RightHeart | None = None
    trunk: Trunk | None = None


def saying_of(series: Series, volume: Volume, truth: Path | None) -> Saying:
    """From the phantom's truth where ``truth`` is its folder and knows the study, else a curve."""
    file = None if truth is None else truth / f"{series.study_uid}.json"
    if file is None or not file.is_file():
        return _from_curve(volume)
    record = json.loads(file.read_text())
    with np.load(file.with_name(f"{file.stem}-masks.npz")) as masks:
        clots, chambers = masks["clot"], masks["chamber"]
    saying = _from_truth(record, clots, volume)
    return replace(saying, heart=heart_of(chambers, volume), trunk=trunk_of(volume))


def quiet(saying: Saying) -> Saying:
    """The same CT with nothing to flag."""
    exam = {**dict.fromkeys(saying.exam, 0.04), labels.NEGATIVE: 0.93}
    return replace(saying, scores=0.05 * saying.scores, exam=exam, maps={}, sides={}, places={})


def unsure(saying: Saying) -> Saying:
    """The same CT, of which the model cannot say."""
    exam = {**quiet(saying).exam, labels.NEGATIVE: 0.21, labels.INDETERMINATE: 0.74}
    return replace(quiet(saying), exam=exam)


def findings_of(
    series: Series, volume: Volume, saying: Saying, verdict: Verdict
) -> tuple[Findings, tuple[Heatmap, ...]]:
    flags = tuple(
        replace(
            flag,
            sides=saying.sides.get(flag.peak, ()),
            places=saying.places.get(flag.peak, ()),
            level=most_proximal(saying.places.get(flag.peak, ())),
        )
        for flag in reversed(cut_flags(saying.scores, _THRESHOLD))
    )
    is_indeterminate = verdict is Verdict.INDETERMINATE
    warnings = (QualityWarning(QualityCode.NOT_OPACIFIED, REASON),) if is_indeterminate else ()
    findings = Findings(
        task="pe",
        bundle=STAMP,
        study_uid=series.study_uid,
        series_uid=series.series_uid,
        spacing_mm=volume.geometry.spacing_mm,
        crop=saying.crop,
        slices=_slice_scores(volume, saying.scores),
        exam=_exam_scores(saying.exam),
        verdict=verdict,
        zone=_ZONES[verdict],
        flags=flags,
        flag_threshold=_THRESHOLD,
        quality=Quality(96.0 if is_indeterminate else 342.0, warnings),
        heart=saying.heart,
        trunk=saying.trunk,
    )
    maps = (Heatmap(k, grid, saying.crop, CLOT_MAP) for k, grid in saying.maps.items())
    return findings, tuple(maps)


_ZONES: Final[Mapping[Verdict, Zone]] = {
    Verdict.POSITIVE: Zone.POSITIVE,
    Verdict.NEGATIVE: Zone.NEGATIVE,
    Verdict.INDETERMINATE: Zone.UNCERTAIN,
}


def _slice_scores(volume: Volume, scores: Scores) -> tuple[SliceScore, ...]:
    return tuple(
        SliceScore(
            k, source.instance_number, None, source.sop_instance_uid, source.position_mm,
            float(score), float(score) ** 1.2, {"pe": float(score)},
        )
        for k, (source, score) in enumerate(zip(volume.origin.slices, scores, strict=True))
    )  # fmt: skip


def _exam_scores(exam: Mapping[str, float]) -> dict[str, ExamScore]:
    return {
        label: ExamScore(min(1.0, 1.06 * exam[label]), exam[label], float(round(exam[label])))
        for label in labels.EXAM_LABELS
    }


def _from_truth(record: Mapping[str, Any], clots: NDArray[np.uint8], volume: Volume) -> Saying:
    clot = clots > 0
    n_px = clot.sum(axis=(1, 2))  # (slice,)
    rng = np.random.default_rng(0)
    seen = gaussian_filter(n_px / (n_px + _PX_FOR_HALF), 0.8)
    scores = np.clip(0.02 + 0.03 * rng.random(len(n_px)) + 0.93 * seen, 0.0, 0.97)
    said = record["exam_labels"]
    exam = {
        label: 0.05 + (0.86 if said[label] else 0.0) - 0.09 * float(rng.random())
        for label in labels.EXAM_LABELS
    }
    box = record["lung_box"]
    crop = Crop(box["row_min"], box["row_max"], box["col_min"], box["col_max"])
    flags = cut_flags(scores, _THRESHOLD)
    slices = sorted({k for flag in flags for k in range(flag.first, flag.last + 1)})
    places = {flag.peak: places_of(record["emboli"], clots, flag) for flag in flags}
    return Saying(
        scores=scores,
        exam={label: max(0.01, score) for label, score in exam.items()},
        maps={k: _clot_map(clot[k], crop) for k in slices},
        sides={flag.peak: _sides(clot, flag, places[flag.peak]) for flag in flags},
        crop=crop,
        places=places,
    )


def _clot_map(clot: NDArray[np.bool_], crop: Crop) -> NDArray[np.float32]:
    """Logits (grid_row, grid_col): high where a cell holds clot, low everywhere else."""
    inside = clot[crop.row_min : crop.row_max, crop.col_min : crop.col_max].astype(np.float64)
    rows, cols = inside.shape[0] // _CELL_PX, inside.shape[1] // _CELL_PX
    cells = inside[: rows * _CELL_PX, : cols * _CELL_PX]
    share = cells.reshape(rows, _CELL_PX, cols, _CELL_PX).mean(axis=(1, 3))  # (row, col)
    near = np.minimum(1.0, 2.0 * gaussian_filter(share, 0.7))
    logits: NDArray[np.float32] = (_QUIET_LOGIT + (_CLOT_LOGIT - _QUIET_LOGIT) * near).astype("f4")
    return logits


def _sides(clot: NDArray[np.bool_], flag: Flag, places: Sequence[MarkedPlace]) -> tuple[str, ...]:
    """Those of its places; else the halves of the picture that hold clot, the right one first."""
    if places:
        return tuple(dict.fromkeys(place.side for place in places))
    cols = np.nonzero(clot[flag.first : flag.last + 1])[2]
    middle = clot.shape[2] // 2
    return tuple(
        side for side, has in (("right", cols < middle), ("left", cols >= middle)) if has.any()
    )


def _from_curve(volume: Volume) -> Saying:
    """Two runs, one of them on a single slice; the map is hot in one place."""
    n, rows, cols = volume.geometry.shape
    at = np.arange(n)
    noise = 0.06 * np.random.default_rng(0).random(n)
    broad = 0.9 * np.exp(-(((at - 0.6 * n) / (0.03 * n)) ** 2))
    single = np.where(at == int(0.35 * n), 0.58, 0.0)
    scores = np.clip(noise + broad + single, 0.0, 0.97)
    grid = np.full((60, 60), _QUIET_LOGIT, dtype=np.float32)
    grid[30:34, 38:44] = _CLOT_LOGIT
    peaks: Sequence[int] = [flag.peak for flag in cut_flags(scores, _THRESHOLD)]
    exam = (0.06, 0.02, 0.1, 0.05, 0.41, 0.88, 0.35, 0.2, 0.7)
    return Saying(
        scores=scores,
        exam=dict(zip(labels.EXAM_LABELS, exam, strict=True)),
        maps=dict.fromkeys(peaks, grid),
        sides=dict.fromkeys(peaks, ("left",)),
        crop=Crop(rows // 6, rows * 5 // 6, cols // 8, cols * 7 // 8),
    )
