"""One check: the phantoms are made, go through the whole pipeline, and meet the stored results."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pe_models import SOFTWARE_NAME, __version__, places
from pe_models.bundle import ModelBundle
from pe_models.checking.card import (
    CheckCard,
    drift_of,
    keep_card,
    n_false_flags,
    n_found,
    problems_of,
    read_cards,
    usual_ms_of,
)
from pe_models.checking.reference import Reference, StudyResult, find_reference, own_file
from pe_models.evaluation.cohort_source import CohortSource
from pe_models.evaluation.decisions import false_flags
from pe_models.evaluation.judge import judge_one
from pe_models.evaluation.kept import Judged
from pe_models.labels import EXAM_LABELS
from pe_models.parallel import usable_cores
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.fixed_cohort import read_fixed_cohort
from pe_models.pipeline import Pipeline
from pe_models.progress import CancelToken, OnProgress, Progress

STAGE: Final = "check"


def check_cohort() -> Path:
    """The fixed phantoms that every check is made on."""
    return places.resources() / "cohorts" / "check.json"


def check_installation(
    bundle: ModelBundle,
    cohort: Path,
    *,
    device: str,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> CheckCard:
    """Checks ``bundle`` and keeps the card; the first check of a bundle stores its results.

    Raises RefusedError where the pipeline refuses a phantom, and Cancelled.
    """
    judged, used = _judged(bundle, cohort, device, on_progress, cancel)
    measured = tuple(result_of(one) for one in judged)
    reference = find_reference(bundle, GENERATOR_VERSION)
    if reference is None:
        _reference(bundle, measured, used).write(own_file(bundle))
    n_slices = sum(len(one.scores.image) for one in judged)
    ms_a_slice = 1000.0 * sum(one.scores.seconds for one in judged) / n_slices
    card = _card(bundle, used, measured, reference, ms_a_slice)
    keep_card(card)
    return card


def make_reference(
    bundle: ModelBundle,
    cohort: Path,
    *,
    device: str,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> Reference:
    """What ``bundle`` says now of the phantoms of the check, to be stored."""
    judged, used = _judged(bundle, cohort, device, on_progress, cancel)
    return _reference(bundle, tuple(result_of(one) for one in judged), used)


def result_of(judged: Judged) -> StudyResult:
    scores = judged.scores
    emboli = judged.truth.emboli or ()
    found = [any(f.first <= e.last and e.first <= f.last for f in scores.flags) for e in emboli]
    raw_exam = (scores.exam[label].raw for label in EXAM_LABELS)
    return StudyResult(
        name=judged.truth.name,
        n_emboli=len(emboli),
        n_found=sum(found),
        n_false_flags=false_flags(judged),
        scores=(*scores.image_raw, *raw_exam),
    )


def _judged(
    bundle: ModelBundle, cohort: Path, device: str, on_progress: OnProgress, cancel: CancelToken
) -> tuple[tuple[Judged, ...], str]:
    """Every phantom as it was judged, and the device that was used."""
    source = CohortSource(read_fixed_cohort(cohort), max(1, usable_cores() // 2))
    names = source.names
    pipeline = Pipeline(bundle, device)
    judged = []
    on_progress(Progress(STAGE, 0, len(names)))
    for study in source.studies(names, cancel):
        judged.append(judge_one(study, pipeline, cancel))
        on_progress(Progress(STAGE, len(judged), len(names)))
    return tuple(judged), judged[0].scores.device


def _reference(bundle: ModelBundle, measured: Sequence[StudyResult], device: str) -> Reference:
    return Reference(
        bundle=f"{bundle.name} {bundle.version}",
        bundle_sha256=bundle.sha256,
        generator_version=GENERATOR_VERSION,
        made=datetime.now(UTC).date().isoformat(),
        device=device,
        studies=tuple(measured),
    )


def _card(
    bundle: ModelBundle,
    device: str,
    measured: Sequence[StudyResult],
    reference: Reference | None,
    ms_a_slice: float,
) -> CheckCard:
    usual_ms = usual_ms_of(read_cards(), bundle.sha256, device)
    is_comparable = reference is not None and len(reference.studies) == len(measured)
    return CheckCard(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        bundle=f"{bundle.name} {bundle.version}",
        bundle_sha256=bundle.sha256,
        software=f"{SOFTWARE_NAME} {__version__}",
        device=device,
        n_studies=len(measured),
        n_emboli=sum(study.n_emboli for study in measured),
        n_found=n_found(measured),
        n_false_flags=n_false_flags(measured),
        ms_a_slice=ms_a_slice,
        n_found_stored=None if reference is None else n_found(reference.studies),
        n_false_flags_stored=None if reference is None else n_false_flags(reference.studies),
        drift=drift_of(measured, reference) if reference is not None and is_comparable else None,
        usual_ms=usual_ms,
        problems=()
        if reference is None
        else problems_of(measured, reference, ms_a_slice=ms_a_slice, usual_ms=usual_ms),
    )
