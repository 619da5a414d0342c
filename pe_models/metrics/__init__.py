"""Measures of scores against the truth: the competition's metric, ranking, thresholds, calibration.

Scores and truth are numpy arrays; truth is 0, 1, or NaN for unknown, which every measure but the
competition's leaves out. A measure that is not defined, such as an AUC over one class, is None.
"""

from pe_models.metrics.calls import FIGURES, Calls, PrevalentCalls, Share, at_prevalence, calls
from pe_models.metrics.cohort import CohortScores
from pe_models.metrics.competition import (
    CompetitionParts,
    CompetitionScore,
    competition_parts,
    competition_score,
    cross_entropy,
    label_frequency_scores,
)
from pe_models.metrics.per_label import LabelMeasures, label_measures
from pe_models.metrics.ranking import (
    Auc,
    RocCurve,
    auc,
    auc_with_interval,
    average_precision,
    roc_curve,
)
from pe_models.metrics.reliability import (
    Reliability,
    brier,
    expected_calibration_error,
    reliability,
)
from pe_models.metrics.thresholds import OperatingPoint, Proportion, operating_point, proportion

__all__ = [
    "FIGURES",
    "Auc",
    "Calls",
    "CohortScores",
    "CompetitionParts",
    "CompetitionScore",
    "LabelMeasures",
    "OperatingPoint",
    "PrevalentCalls",
    "Proportion",
    "Reliability",
    "RocCurve",
    "Share",
    "at_prevalence",
    "auc",
    "auc_with_interval",
    "average_precision",
    "brier",
    "calls",
    "competition_parts",
    "competition_score",
    "cross_entropy",
    "expected_calibration_error",
    "label_frequency_scores",
    "label_measures",
    "operating_point",
    "proportion",
    "reliability",
    "roc_curve",
]
