"""All measures of each label, overall and within positive exams."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.labels import EXAM_LABELS, IMAGE_LABEL
from pe_models.metrics.cohort import CohortScores
from pe_models.metrics.competition import cross_entropy
from pe_models.metrics.ranking import Auc, auc_with_interval, average_precision
from pe_models.metrics.reliability import brier, expected_calibration_error
from pe_models.metrics.samples import Bools, Floats, known_samples
from pe_models.metrics.thresholds import OperatingPoint, operating_point

THRESHOLD: Final = 0.5
"""Above it the competition's rules call a label on."""


@dataclass(frozen=True, slots=True)
class LabelMeasures:
    """Measures of one label; each that is not defined is None.

    ``area`` and ``area_within_positive`` are AUCs overall and among positive exams alone, with
    intervals; ``loss`` is the mean log loss.
    """

    n: int
    n_positive: int
    loss: float | None
    area: Auc | None
    area_within_positive: Auc | None
    average_precision: float | None
    brier: float | None
    ece: float | None
    at_half: OperatingPoint

    @property
    def auc(self) -> float | None:
        return None if self.area is None else self.area.value

    @property
    def auc_within_positive(self) -> float | None:
        return None if self.area_within_positive is None else self.area_within_positive.value

    def to_dict(self) -> dict[str, Any]:
        within = self.area_within_positive
        return {
            "n": self.n,
            "n_positive": self.n_positive,
            "loss": self.loss,
            "auc": self.auc,
            "auc_interval": None if self.area is None else self.area.interval,
            "auc_within_positive": self.auc_within_positive,
            "auc_within_positive_interval": None if within is None else within.interval,
            "average_precision": self.average_precision,
            "brier": self.brier,
            "ece": self.ece,
            "at_half": self.at_half.to_dict(),
        }


def label_measures(cohort: CohortScores) -> dict[str, LabelMeasures]:
    """Measures of the image label and of each exam label, by label.

    Within positive exams, so that a score that only tells PE from no PE gains nothing: exams, and
    for the image label images of exams, that have a positive image. The image label's intervals
    take the images of an exam for one cluster.
    """
    is_positive, exam_of_image = cohort.is_positive, cohort.exam_of_image
    samples = _Samples(cohort.image_truth, cohort.image_scores, exam_of_image)
    measures = {IMAGE_LABEL: _measures(samples, is_positive[exam_of_image])}
    for index, label in enumerate(EXAM_LABELS):
        truth, scores = cohort.exam_truth[:, index], cohort.exam_scores[:, index]
        measures[label] = _measures(_Samples(truth, scores, None), is_positive)
    return measures


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """(sample,) each; ``clusters`` is None for independent samples."""

    truth: Floats
    scores: Floats
    clusters: NDArray[np.intp] | None

    def area(self) -> Auc | None:
        return auc_with_interval(self.truth, self.scores, clusters=self.clusters)

    def those(self, chosen: Bools) -> "_Samples":
        clusters = None if self.clusters is None else self.clusters[chosen]
        return _Samples(self.truth[chosen], self.scores[chosen], clusters)


def _measures(samples: _Samples, is_positive: Bools) -> LabelMeasures:
    truth, scores = known_samples(samples.truth, samples.scores)
    return LabelMeasures(
        n=truth.size,
        n_positive=int(truth.sum()),
        loss=float(cross_entropy(truth, scores).mean()) if truth.size else None,
        area=samples.area(),
        area_within_positive=samples.those(is_positive).area(),
        average_precision=average_precision(truth, scores),
        brier=brier(truth, scores),
        ece=expected_calibration_error(truth, scores),
        at_half=operating_point(
            samples.truth, samples.scores, THRESHOLD, clusters=samples.clusters
        ),
    )
