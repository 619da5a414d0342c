"""From held-out scores: calibration, zones, and the threshold for flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models import metrics
from pe_models.calibration import (
    Calibration,
    ZoneThresholds,
    fit_calibration,
    fit_zones,
)
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL, NEGATIVE
from pe_models.nets.sequence import SequenceNet
from pe_models.training.answers.features import Features
from pe_models.training.answers.predict import sequence_scores
from pe_models.training.store import StudyRecord

WANTED_RECALL: Final = 0.9
"""Share of held-out positive slices that flags should hold."""
HIGHEST_FLAG: Final = 0.5
LOWEST_FLAG: Final = 0.1

_NOT_CALIBRATED: Final = "nothing: every study was trained on"
_NOT_WANTED: Final = "nothing: the recipe has no calibration"

Floats = NDArray[np.float64]
RawScores = tuple[Floats, Floats]
"""Of one study, in [0, 1]: image (slice,) and exam (label,)."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a bundle says of how its raw scores are read, and held-out figures beside it."""

    calibration: Calibration
    zones: ZoneThresholds | None
    flag_threshold: float
    metrics: Mapping[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        return {
            "calibration": self.calibration.to_dict(),
            "zones": None if self.zones is None else self.zones.to_dict(),
            "flag_threshold": self.flag_threshold,
            "metrics": dict(self.metrics),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        zones = record["zones"]
        return cls(
            Calibration.from_dict(record["calibration"]),
            None if zones is None else ZoneThresholds.from_dict(zones),
            record["flag_threshold"],
            record["metrics"],
        )


def mean_scores(
    nets: Sequence[SequenceNet], features: Sequence[Features], study: StudyRecord
) -> RawScores:
    """Of a study, over several nets, each of which reads ``features`` of its own."""
    said = [sequence_scores(net, ours[study.key]) for net, ours in zip(nets, features, strict=True)]
    image, exam = zip(*said, strict=True)
    return np.mean(image, axis=0), np.mean(exam, axis=0)


def calibrate(
    scores: Sequence[RawScores],
    held_out: Sequence[StudyRecord],
    *,
    calibrated_on: str,
    is_wanted: bool = True,
) -> Fitted:
    """Fits on the scores of ``held_out``, study by study; without any, scores stay as they are.

    Where it is not wanted the figures are measured all the same.
    """
    if not held_out:
        return Fitted(Calibration(_NOT_CALIBRATED), None, HIGHEST_FLAG, {})
    image_raw = np.concatenate([image for image, _ in scores])
    image_truth = np.concatenate([study.image_labels() for study in held_out]).astype(np.float64)
    exam_raw = np.stack([exam for _, exam in scores])  # (study, label)
    exam_truth = np.stack([study.exam_labels() for study in held_out]).astype(np.float64)
    pairs = {label: (exam_raw[:, i], exam_truth[:, i]) for i, label in enumerate(EXAM_LABELS)}
    fitted = fit_calibration(
        {IMAGE_LABEL: (image_raw, image_truth), **pairs}, calibrated_on=calibrated_on
    )
    figures = {
        "image_auc": metrics.auc(image_truth, image_raw),
        **{f"{label}_auc": metrics.auc(t, s) for label, (s, t) in pairs.items()},
        **_competition(image_truth, image_raw, exam_truth, exam_raw, scores),
    }
    if not is_wanted:
        return Fitted(Calibration(_NOT_WANTED), None, HIGHEST_FLAG, figures)
    calibrated = fitted.apply(IMAGE_LABEL, image_raw)
    return Fitted(
        calibration=fitted,
        zones=_zones(fitted, exam_raw, exam_truth),
        flag_threshold=choose_flag_threshold(calibrated, image_truth),
        metrics=figures,
    )


def _competition(
    image_truth: Floats,
    image_raw: Floats,
    exam_truth: Floats,
    exam_raw: Floats,
    scores: Sequence[RawScores],
) -> dict[str, float]:
    """The competition's metric of the raw scores; {} where a label is unknown."""
    if np.isnan(image_truth).any() or np.isnan(exam_truth).any():
        return {}
    exam_of_image = np.repeat(np.arange(len(scores)), [len(image) for image, _ in scores])
    cohort = metrics.CohortScores(exam_truth, exam_raw, image_truth, image_raw, exam_of_image)
    return {"competition_score": metrics.competition_score(cohort).score}


def choose_flag_threshold(scores: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """The highest threshold at which 90 % of the positive slices are flagged, in [0.1, 0.5].

    Recall comes first: a reader dismisses a wrong flag faster than they find a missed clot.
    """
    positive = scores[truth == 1]
    if positive.size == 0:
        return HIGHEST_FLAG
    wanted = float(np.quantile(positive, 1.0 - WANTED_RECALL))
    return min(max(wanted, LOWEST_FLAG), HIGHEST_FLAG)


def _zones(
    calibration: Calibration, exam_raw: NDArray[np.float64], exam_truth: NDArray[np.float64]
) -> ZoneThresholds:
    """Zones of the calibrated score of "not negative for PE", as ``exam_pe_score`` gives it."""
    column = EXAM_LABELS.index(NEGATIVE)
    score = 1.0 - calibration.apply(NEGATIVE, exam_raw[:, column])
    return fit_zones(score, 1.0 - exam_truth[:, column])
