"""A bundle on every study of a source, through the whole pipeline; each outcome is kept at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError, DatasetError, RefusedError
from pe_models.evaluation.kept import Judged, KeptScores, Outcome, Refused
from pe_models.evaluation.marks import peaks_of, with_emboli
from pe_models.evaluation.scores import PlacedMark, StudyScores
from pe_models.evaluation.sources import KnownStudy, StudySource
from pe_models.findings import Findings
from pe_models.pipeline import Analysis, Pipeline
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of a cohort: the studies that were judged, in its order, and those refused."""

    judged: tuple[Judged, ...]
    refused: tuple[Refused, ...]


def judge_all(
    source: StudySource,
    bundle: ModelBundle,
    kept: KeptScores,
    *,
    device: str = "auto",
    stage: str = "evaluate",
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Outcomes:
    """Scores what is not kept yet; the nets are loaded only where something is missing.

    Raises DatasetError where every study is refused, Cancelled between slices, and what the
    pipeline raises.
    """
    token = cancel or CancelToken()
    outcomes = {name: kept.read(name) for name in source.names}
    missing = [name for name, outcome in outcomes.items() if outcome is None]
    on_progress(Progress(stage, len(outcomes) - len(missing), len(outcomes)))
    if missing:
        pipeline = Pipeline(bundle, device)
        for name, study in zip(missing, source.studies(missing, token), strict=True):
            outcome = outcomes[name] = _outcome(name, study, pipeline, token)
            kept.write(name, outcome)
            done = sum(found is not None for found in outcomes.values())
            on_progress(Progress(stage, done, len(outcomes), _metrics(outcome)))
    return _in_order(list(outcomes.values()))


def judge_one(study: KnownStudy, pipeline: Pipeline, cancel: CancelToken | None = None) -> Judged:
    """Raises RefusedError where the pipeline refuses the study."""
    began = time.perf_counter()
    analysis = pipeline.analyze(study.volume, cancel=cancel)
    seconds = time.perf_counter() - began
    scores = scores_of(analysis.findings, _marks(study, analysis), seconds)
    return Judged(study.truth, replace(scores, pointed=_pointed(study, analysis.findings)))


def scores_of(
    findings: Findings, marks: tuple[PlacedMark, ...] | None, seconds: float
) -> StudyScores:
    """What is measured of ``findings``. Raises BundleError for those of another task."""
    image_raw = [s.pe_score_raw for s in findings.slices if s.pe_score_raw is not None]
    image = [s.pe_score for s in findings.slices if s.pe_score is not None]
    if findings.verdict is None or not len(image) == len(image_raw) == findings.n_slices:
        raise BundleError(f"Bundle {findings.bundle.name} gives no scores for PE.")
    return StudyScores(
        image_raw=tuple(image_raw),
        image=tuple(image),
        exam=dict(findings.exam),
        verdict=findings.verdict,
        zone=findings.zone,
        flags=findings.flags,
        flag_threshold=findings.flag_threshold,
        quality=tuple(warning.code.value for warning in findings.quality.warnings),
        marks=marks,
        device=findings.device,
        seconds=seconds,
        timing_ms=dict(findings.timing_ms),
        heart=findings.heart,
    )


def _outcome(name: str, study: KnownStudy, pipeline: Pipeline, cancel: CancelToken) -> Outcome:
    try:
        return judge_one(study, pipeline, cancel)
    except RefusedError as error:
        return Refused(name, str(error))


def _marks(study: KnownStudy, analysis: Analysis) -> tuple[PlacedMark, ...] | None:
    if study.emboli is None:
        return None
    spacing_mm = study.volume.geometry.spacing_mm
    return with_emboli(peaks_of(analysis.heatmaps, spacing_mm), study.emboli, spacing_mm)


def _pointed(
    study: KnownStudy, findings: Findings
) -> tuple[tuple[tuple[int, ...], ...], ...] | None:
    """Of each flag's places, the emboli that they lie in."""
    if study.emboli is None:
        return None
    spacing_mm = study.volume.geometry.spacing_mm
    found = []
    for flag in findings.flags:
        marks = [PlacedMark(p.slice_index, p.row, p.col, p.score) for p in flag.places]
        hits = with_emboli(marks, study.emboli, spacing_mm)
        found.append(tuple(mark.emboli for mark in hits))
    return tuple(found)


def _metrics(outcome: Outcome) -> dict[str, float]:
    return {} if isinstance(outcome, Refused) else {"seconds": outcome.scores.seconds}


def _in_order(outcomes: Sequence[Outcome | None]) -> Outcomes:
    judged = tuple(o for o in outcomes if isinstance(o, Judged))
    if not judged:
        raise DatasetError("The pipeline refuses every study of this cohort.")
    return Outcomes(judged, tuple(o for o in outcomes if isinstance(o, Refused)))
