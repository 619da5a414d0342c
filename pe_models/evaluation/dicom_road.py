"""The other road: a phantom written as DICOM, found, read and analysed as any CT.

Scores that were made straight from arrays have to be those that a reader of the files would see.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.evaluation.judge import scores_of
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.scores import StudyScores
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.labels import EXAM_LABELS
from pe_models.phantom.cohort import write_study
from pe_models.phantom.fixed_cohort import FixedStudy
from pe_models.pipeline import Pipeline
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress

TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the scores of the two roads lie apart, at most, over ``n_studies``."""

    n_studies: int
    largest_difference: float
    n_verdicts_differ: int

    @property
    def holds(self) -> bool:
        return self.largest_difference <= TOLERANCE and self.n_verdicts_differ == 0

    def to_dict(self) -> dict[str, float | int]:
        return {
            "n_studies": self.n_studies,
            "largest_difference": self.largest_difference,
            "n_verdicts_differ": self.n_verdicts_differ,
        }


def agreement(
    judged: Sequence[Judged],
    studies: Mapping[str, FixedStudy],
    pipeline: Pipeline,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Agreement:
    """Sends the phantoms of ``judged`` down the other road; ``studies`` holds them by name.

    Raises Cancelled between slices, and what writing and reading raise.
    """
    largest, n_differ = 0.0, 0
    for done, study in enumerate(judged, start=1):
        other = through_dicom(studies[study.truth.name], pipeline, cancel)
        largest = max(largest, largest_difference(study.scores, other))
        n_differ += study.scores.verdict is not other.verdict
        on_progress(Progress("dicom", done, len(judged), {"largest": largest}))
    return Agreement(len(judged), largest, n_differ)


def through_dicom(
    study: FixedStudy, pipeline: Pipeline, cancel: CancelToken | None = None
) -> StudyScores:
    """Writes, scans, reads and analyses one phantom; its files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pe-phantom-") as scratch:
        folder = write_study(Path(scratch) / "study", study.seed, study.spec)
        series = scan_path(folder).studies[0].series[0]
        findings = pipeline.run(read_volume(series), cancel=cancel)
    return scores_of(findings, None, findings.timing_ms["total"] / 1000.0)


def largest_difference(one: StudyScores, other: StudyScores) -> float:
    """Over all slice and exam scores. Raises ValueError where the numbers of slices differ."""
    return max(abs(a - b) for a, b in zip(_numbers(one), _numbers(other), strict=True))


def _numbers(scores: StudyScores) -> list[float]:
    exam = [scores.exam[label] for label in EXAM_LABELS]
    return [
        *scores.image_raw,
        *scores.image,
        *(number for score in exam for number in (score.raw, score.calibrated, score.consistent)),
    ]
