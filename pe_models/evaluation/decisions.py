"""What a bundle decides at its thresholds: sensitivity, specificity, confusion matrices, flags."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from pe_models import metrics
from pe_models.evaluation.estimators import Floats, calibrated_scores, consistent_scores
from pe_models.evaluation.kept import Judged
from pe_models.findings import Verdict, Zone
from pe_models.labels import EXAM_LABELS

CALLED: Final = 0.5
"""Above this score a label holds, and a slice makes its exam positive (rules in ``labels``)."""


def decisions(judged: Sequence[Judged]) -> dict[str, Any]:
    """``image`` at the flag threshold, ``exam`` by verdict, ``labels`` at 0.5; flags, zones."""
    return {
        "image": _image(judged),
        "exam": _exam(judged),
        "labels": _labels(judged),
        "verdicts": _verdicts(judged),
        "zones": _zones(judged),
        "flags": _flags(judged),
    }


def false_flags(judged: Judged) -> int:
    """Flags of one study that hold no slice with PE."""
    image = judged.truth.image
    return sum(
        not any(image[k] == 1 for k in range(flag.first, flag.last + 1))
        for flag in judged.scores.flags
    )


def _image(judged: Sequence[Judged]) -> dict[str, Any]:
    """Slices with PE found among those at or above the threshold from which slices are flagged."""
    scores = calibrated_scores(judged)
    threshold = judged[0].scores.flag_threshold
    return _at(scores.image_truth, scores.image_scores >= threshold, threshold)


def _exam(judged: Sequence[Judged]) -> dict[str, Any]:
    """Exams with PE called positive; a verdict of indeterminate calls neither."""
    truth = np.array([j.truth.is_positive for j in judged], dtype=np.float64)
    called = np.array([j.scores.verdict is Verdict.POSITIVE for j in judged])
    return _at(truth, called, CALLED)


def _labels(judged: Sequence[Judged]) -> dict[str, Any]:
    scores = consistent_scores(judged)
    return {
        label: _at(scores.exam_truth[:, k], scores.exam_scores[:, k] > CALLED, CALLED)
        for k, label in enumerate(EXAM_LABELS)
    }


def _at(
    truth: Floats, called: "np.ndarray[Any, np.dtype[np.bool_]]", threshold: float
) -> dict[str, Any]:
    """``confusion`` is [[true negatives, false positives], [false negatives, true positives]]."""
    known = ~np.isnan(truth)
    positive, called = truth[known] == 1, called[known]
    hits, missed = int((positive & called).sum()), int((positive & ~called).sum())
    false, right = int((~positive & called).sum()), int((~positive & ~called).sum())
    return {
        "threshold": threshold,
        "sensitivity": _proportion(metrics.Proportion(hits, hits + missed)),
        "specificity": _proportion(metrics.Proportion(right, right + false)),
        "confusion": [[right, false], [missed, hits]],
    }


def _proportion(share: metrics.Proportion) -> dict[str, Any] | None:
    """With its 95 % interval after Wilson; None where there is nothing to count."""
    if share.value is None:
        return None
    return {"value": share.value, "interval": list(share.interval), "n": share.n}


def _verdicts(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How often each verdict was given, for exams with PE and for those without."""
    return _counted(judged, [str(j.scores.verdict) for j in judged], [str(v) for v in Verdict])


def _zones(judged: Sequence[Judged]) -> dict[str, dict[str, int]] | None:
    """As ``_verdicts``; None for a bundle without zones."""
    zones = [j.scores.zone for j in judged]
    if any(zone is None for zone in zones):
        return None
    return _counted(judged, [str(zone) for zone in zones], [str(zone) for zone in Zone])


def _counted(
    judged: Sequence[Judged], answers: Sequence[str], possible: Sequence[str]
) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {"with_pe": Counter(), "without_pe": Counter()}
    for study, answer in zip(judged, answers, strict=True):
        counts["with_pe" if study.truth.is_positive else "without_pe"][answer] += 1
    return {truth: {answer: n[answer] for answer in possible} for truth, n in counts.items()}


def _flags(judged: Sequence[Judged]) -> dict[str, float]:
    """Flags at the bundle's threshold, and those without a positive slice."""
    return {
        "per_study": sum(len(j.scores.flags) for j in judged) / len(judged),
        "false_per_study": sum(map(false_flags, judged)) / len(judged),
    }
