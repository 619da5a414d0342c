"""A bundle on a prepared store, through the whole pipeline: ``metrics.json``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models import metrics
from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError, InputError
from pe_models.findings import Findings
from pe_models.flagging import cut_flags
from pe_models.froc import EmbolusSlices, Froc, Mark, MarkedStudy, froc
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL
from pe_models.pipeline import Pipeline
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.store import Store, StudyRecord

_LOWEST_MARK: Final = 0.02
"""FROC goes down to marks of this score."""
_LEVELS: Final = ("central", "lobar", "segmental", "subsegmental")


@dataclass(frozen=True, slots=True)
class Judged:
    """One study and its Findings."""

    study: StudyRecord
    findings: Findings


def judge_store(
    store: Store,
    bundle: ModelBundle,
    *,
    device: str = "auto",
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> tuple[Judged, ...]:
    """Findings of every study; those that the pipeline refuses are left out.

    Raises DatasetError where it refuses them all.
    """
    pipeline = Pipeline(bundle, device)
    judged: list[Judged] = []
    for done, study in enumerate(store.studies, start=1):
        try:
            findings = pipeline.run(store.volume(study), cancel=cancel)
        except InputError:
            continue
        judged.append(Judged(study, findings))
        on_progress(Progress("evaluate", done, len(store.studies)))
    if not judged:
        raise DatasetError("The pipeline refuses every study of this store.")
    return tuple(judged)


def measure(judged: Sequence[Judged], *, cohort: str) -> dict[str, Any]:
    """The object of ``metrics.json``.

    AUCs are those of raw scores, calibration errors those of calibrated ones; FROC is over the
    peaks of flags, cut at every threshold from 0.02 up.
    """
    raw, calibrated = raw_scores(judged), calibrated_scores(judged)
    ranking = metrics.label_measures(raw)
    image = ranking[IMAGE_LABEL]
    exam = {
        label: {
            "auc": ranking[label].auc,
            "auc_within_positive": ranking[label].auc_within_positive,
            "ece": metrics.expected_calibration_error(
                calibrated.exam_truth[:, i], calibrated.exam_scores[:, i]
            ),
        }
        for i, label in enumerate(EXAM_LABELS)
    }
    return {
        "cohort": cohort,
        "n_studies": len(judged),
        "n_positive": sum(j.study.is_positive for j in judged),
        "n_images": len(raw.image_truth),
        "image_auc": image.auc,
        "image_auc_within_positive": image.auc_within_positive,
        "image_ece": metrics.expected_calibration_error(
            calibrated.image_truth, calibrated.image_scores
        ),
        "exam": exam,
        "froc": _froc(judged),
        "flags": _flags(judged),
        "verdicts": _verdicts(judged),
    }


def raw_scores(judged: Sequence[Judged]) -> metrics.CohortScores:
    return _scores(
        judged,
        exam=[[j.findings.exam[label].raw for label in EXAM_LABELS] for j in judged],
        image=[[s.pe_score_raw for s in j.findings.slices] for j in judged],
    )


def calibrated_scores(judged: Sequence[Judged]) -> metrics.CohortScores:
    """Exam scores calibrated, image scores calibrated and projected, as the reader sees them."""
    return _scores(
        judged,
        exam=[[j.findings.exam[label].calibrated for label in EXAM_LABELS] for j in judged],
        image=[[s.pe_score for s in j.findings.slices] for j in judged],
    )


def marked_studies(judged: Sequence[Judged]) -> tuple[MarkedStudy, ...] | None:
    """Marks against emboli; None where the truth of a study does not name its emboli."""
    marked = []
    for j in judged:
        if j.study.emboli is None:
            return None
        flags = cut_flags(j.findings.pe_scores(), _LOWEST_MARK)
        marked.append(
            MarkedStudy(
                tuple(Mark(flag.peak, flag.score) for flag in flags),
                tuple(EmbolusSlices(e.first, e.last, e.level) for e in j.study.emboli),
            )
        )
    return tuple(marked)


def _scores(
    judged: Sequence[Judged], *, exam: list[list[float]], image: list[list[float | None]]
) -> metrics.CohortScores:
    flat: NDArray[np.float64] = np.array([s for scores in image for s in scores], dtype=np.float64)
    return metrics.CohortScores(
        exam_truth=np.stack([j.study.exam_labels() for j in judged]).astype(np.float64),
        exam_scores=np.array(exam, dtype=np.float64),
        image_truth=np.concatenate([j.study.image_labels() for j in judged]).astype(np.float64),
        image_scores=flat,
        exam_of_image=np.repeat(np.arange(len(judged)), [len(scores) for scores in image]),
    )


def _froc(judged: Sequence[Judged]) -> dict[str, Any] | None:
    marked = marked_studies(judged)
    if marked is None:
        return None
    return {
        "sensitivity_at_1fp": _at_one(froc(marked)),
        "by_level": {level: _at_one(froc(marked, level=level)) for level in _LEVELS},
    }


def _at_one(curve: Froc | None) -> float | None:
    return None if curve is None else curve.sensitivity_at(1.0)


def _flags(judged: Sequence[Judged]) -> dict[str, float]:
    """Flags at the bundle's threshold: how many a study, and those without a positive slice."""
    flags = [(j.study, flag) for j in judged for flag in j.findings.flags]
    false = sum(
        not any(study.image[i] == 1 for i in range(flag.first, flag.last + 1))
        for study, flag in flags
    )
    return {"per_study": len(flags) / len(judged), "false_per_study": false / len(judged)}


def _verdicts(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How often each verdict was given, for exams with PE and for those without."""
    counts: dict[str, Counter[str]] = {"with_pe": Counter(), "without_pe": Counter()}
    for j in judged:
        truth = "with_pe" if j.study.is_positive else "without_pe"
        counts[truth][str(j.findings.verdict)] += 1
    return {truth: dict(sorted(count.items())) for truth, count in counts.items()}
