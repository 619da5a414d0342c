"""What a bundle decides at its thresholds: sensitivity, specificity, confusion matrices, flags."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.evaluation.estimators import Floats, calibrated_scores, consistent_scores
from pe_models.evaluation.kept import Judged
from pe_models.findings import Verdict, Zone
from pe_models.labels import EXAM_LABELS
from pe_models.metrics import OperatingPoint, operating_point

CALLED: Final = 0.5
"""Above this score a label holds, and a slice makes its exam positive (rules in ``labels``)."""


def decisions(judged: Sequence[Judged]) -> dict[str, Any]:
    """``image`` at the flag threshold, ``exam`` by verdict, ``labels`` at 0.5; flags, zones."""
    return {
        "image": image_point(judged).to_dict(),
        "exam": exam_point(judged).to_dict(),
        "labels": {label: point.to_dict() for label, point in label_points(judged).items()},
        "verdicts": _verdicts(judged),
        "zones": _zones(judged),
        "flags": _flags(judged),
    }


def false_flags_per_study(judged: Sequence[Judged]) -> float | None:
    """Flags that are known to hold no slice with PE, of the studies that tell; None without any."""
    told = [study for study in judged if _tells_flags(study)]
    return sum(map(false_flags, told)) / len(told) if told else None


def false_flags(judged: Judged) -> int:
    """Flags of an exam without PE, and those whose slices all show none."""
    image = judged.truth.image
    if judged.truth.has_pe is False:
        return len(judged.scores.flags)
    return sum(set(image[flag.first : flag.last + 1]) == {0} for flag in judged.scores.flags)


def image_point(judged: Sequence[Judged]) -> OperatingPoint:
    """Slices with PE among those at or above the threshold from which slices are flagged."""
    scores, threshold = calibrated_scores(judged), judged[0].scores.flag_threshold
    flagged = scores.image_scores >= threshold
    return _called(scores.image_truth, flagged, threshold, clusters=scores.exam_of_image)


def exam_point(judged: Sequence[Judged]) -> OperatingPoint:
    """Exams with PE called positive; a verdict of indeterminate calls neither.

    Exams of which PE is unknown are left out.
    """
    told = [np.nan if j.truth.has_pe is None else j.truth.has_pe for j in judged]
    truth = np.array(told, dtype=np.float64)
    called = np.array([j.scores.verdict is Verdict.POSITIVE for j in judged])
    return _called(truth, called, CALLED)


def label_points(judged: Sequence[Judged]) -> dict[str, OperatingPoint]:
    """Each exam label at 0.5 of its consistent score."""
    scores = consistent_scores(judged)
    return {
        label: operating_point(scores.exam_truth[:, k], scores.exam_scores[:, k], CALLED)
        for k, label in enumerate(EXAM_LABELS)
    }


def _tells_flags(judged: Judged) -> bool:
    return judged.truth.has_pe is False or any(label is not None for label in judged.truth.image)


def _called(
    truth: Floats,
    called: NDArray[np.bool_],
    threshold: float,
    *,
    clusters: NDArray[np.intp] | None = None,
) -> OperatingPoint:
    """What calling just those does; ``threshold`` is what it is called by."""
    point = operating_point(truth, called.astype(np.float64), 0.5, clusters=clusters)
    return replace(point, threshold=threshold)


def _verdicts(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How often each verdict was given, for exams known to have PE and for those without."""
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
        if study.truth.has_pe is not None:
            counts["with_pe" if study.truth.has_pe else "without_pe"][answer] += 1
    return {truth: {answer: n[answer] for answer in possible} for truth, n in counts.items()}


def _flags(judged: Sequence[Judged]) -> dict[str, float | None]:
    """Flags at the bundle's threshold, and those without a positive slice."""
    return {
        "per_study": sum(len(j.scores.flags) for j in judged) / len(judged),
        "false_per_study": false_flags_per_study(judged),
    }
