"""Examples for the rules of places: every study of a store through the pipeline, kept at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from pe_models.calibration import Calibration, sigmoid
from pe_models.errors import DatasetError, RefusedError
from pe_models.findings import Findings, Flag
from pe_models.heart.strain import ratio_logit
from pe_models.labels import CENTRAL, LEFT, RIGHT, RV_LV_GTE_1, RV_LV_LT_1
from pe_models.pipeline import Pipeline
from pe_models.placing.evidence import EvidenceMaps
from pe_models.placing.exam_sides import side_evidence
from pe_models.placing.levels import numbers_of
from pe_models.placing.marking import peaks_of_flag
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.files import read_json, write_json
from pe_models.training.rules.clot_voxels import ClotVoxels
from pe_models.training.rules.examples import PlaceExample, StudyExamples
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.tissue_labels import TissueLabel

LEAST_SCORE: Final = 0.1
"""Of the peaks that are gathered: below it nothing is ever marked."""
_LABELS: Final = (CENTRAL, LEFT, RIGHT, RV_LV_GTE_1, RV_LV_LT_1)
"""Those that a rule makes anew."""


def gather(
    store: Store,
    pipeline: Pipeline,
    kept: Path,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> list[StudyExamples]:
    """Examples of all studies of ``store`` but those that the pipeline refuses.

    Each is written below ``kept`` at once, so that an interrupted gathering goes on. Raises
    DatasetError where the bundle's nets have no maps, and Cancelled between slices.
    """
    token = cancel or CancelToken()
    folder = kept / pipeline.bundle.sha256[:16]
    found: list[StudyExamples] = []
    for done, study in enumerate(store.studies, start=1):
        token.raise_if_cancelled()
        path = folder / f"{_name(study)}.json"
        if not path.exists():
            write_json(path, _record(store, study, pipeline, token))
        examples = read_json(path)["examples"]
        if examples is not None:
            found.append(StudyExamples.from_dict(examples))
        on_progress(Progress("gather", done, len(store.studies)))
    return found


def examples_of(
    findings: Findings,
    evidence: EvidenceMaps,
    study: StudyRecord,
    clots: ClotVoxels | None,
    calibration: Calibration,
) -> StudyExamples:
    """Of one study that was analysed; ``clots`` are None where its truth tells no voxels."""
    image_raw = np.array([s.pe_score_raw or 0.0 for s in findings.slices])
    places = (
        None
        if clots is None
        else tuple(
            example
            for flag in findings.flags
            if _holds_embolus(flag, study)
            for example in _places(flag, evidence, clots)
        )
    )
    return StudyExamples(
        places,
        side_evidence(evidence, image_raw),
        {label: float(calibration.apply(label, findings.exam[label].raw)) for label in _LABELS},
        {label: study.exam[label] for label in _LABELS},
        ratio_logit(findings.heart),
    )


def _name(study: StudyRecord) -> str:
    """Pixels, labels and tissues stand in it: preparing a study anew with others renames it."""
    tissues = (study.labels_sha256 or "")[:8]
    return f"{study.key}-{study.sha256[:8]}{study.source[:8]}{tissues}"


def _record(
    store: Store, study: StudyRecord, pipeline: Pipeline, cancel: CancelToken
) -> dict[str, Any]:
    try:
        analysis = pipeline.analyze(store.volume(study), cancel=cancel)
    except RefusedError as error:
        return {"refused": str(error), "examples": None}
    if analysis.evidence is None:
        raise DatasetError(
            f"The nets of bundle {pipeline.bundle.name} have no maps to find places in."
        )
    examples = examples_of(
        analysis.findings,
        analysis.evidence,
        study,
        _clots(store, study),
        pipeline.bundle.calibration,
    )
    return {"examples": examples.to_dict()}


def _clots(store: Store, study: StudyRecord) -> ClotVoxels | None:
    if not study.has_labels or study.emboli is None:
        return None
    is_clot = store.labels(study) == TissueLabel.CLOT
    return ClotVoxels(is_clot, study.emboli, study.spacing_mm)


def _places(flag: Flag, evidence: EvidenceMaps, clots: ClotVoxels) -> Iterator[PlaceExample]:
    for rank, cell in enumerate(peaks_of_flag(flag, evidence, LEAST_SCORE)):
        is_clot, level = clots.at(evidence.voxel(cell))
        numbers = tuple(numbers_of(evidence, cell).tolist()) if evidence.frame.is_seen else None
        yield PlaceExample(
            rank, float(sigmoid(float(evidence.clot[cell]))), numbers, is_clot, level
        )


def _holds_embolus(flag: Flag, study: StudyRecord) -> bool:
    return any(e.first <= flag.last and flag.first <= e.last for e in study.emboli or ())
