"""A bundle gets a net of the heart, calibrated on phantoms that the net never saw."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pe_models.bundle import HEART_FILE, HeartSpec, ModelBundle, write_bundle
from pe_models.errors import DatasetError, RefusedError
from pe_models.heart.calibration import HeartCalibration, RatioPair, fit_heart_calibration
from pe_models.heart_findings import RightHeart
from pe_models.pipeline import Pipeline
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights.heart import TrainedHeart


@dataclass(frozen=True, slots=True)
class AddedHeart:
    """The bundle that was written, and of how many studies the ventricles were not measured."""

    bundle: ModelBundle
    n_refused: int


def add_heart(
    bundle: ModelBundle,
    heart: TrainedHeart,
    store: Store,
    target: Path,
    *,
    version: str,
    device: str = "auto",
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> AddedHeart:
    """Writes ``target``: ``bundle`` with ``heart``, calibrated on the phantoms of ``store``.

    Raises DatasetError where the store does not tell the ventricles' widths, or too few of them
    were measured, and BundleError.
    """
    studies = [study for study in store.studies if study.ventricles_mm is not None]
    if store.is_reserved or not studies:
        raise DatasetError(
            "The heart is calibrated on phantoms whose ventricles' widths are known, and that are "
            "not reserved for evaluation; this store holds none."
        )
    token = cancel or CancelToken()
    pipeline, pairs = _uncalibrated(bundle, heart, target.parent, device), []
    for done, study in enumerate(studies, start=1):
        token.raise_if_cancelled()
        pairs += list(_pair(study, _measured(pipeline, store, study, token)))
        on_progress(Progress("heart", done, len(studies), {"measured": float(len(pairs))}))
    calibration = fit_heart_calibration(pairs, fitted_on=_named(store, len(pairs)))
    spec = replace(heart.spec, calibration=calibration)
    whole = _with_heart(bundle, heart, spec, target, version)
    return AddedHeart(whole, len(studies) - len(pairs))


def calibration_of(bundle: ModelBundle) -> HeartCalibration | None:
    return None if bundle.heart is None else bundle.heart.calibration


def _uncalibrated(bundle: ModelBundle, heart: TrainedHeart, beside: Path, device: str) -> Pipeline:
    """Holds its nets in memory; the files that they came from are gone again."""
    spec = replace(heart.spec, calibration=None)
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".heart-", dir=beside) as scratch:
        bare = _with_heart(bundle, heart, spec, Path(scratch) / "bundle", bundle.version)
        return Pipeline(bare, device)


def _measured(
    pipeline: Pipeline, store: Store, study: StudyRecord, cancel: CancelToken
) -> RightHeart | None:
    try:
        return pipeline.heart(store.volume(study), cancel)
    except RefusedError:
        return None


def _pair(study: StudyRecord, heart: RightHeart | None) -> Iterator[RatioPair]:
    """None of a study whose ventricles were not measured."""
    if heart is None or heart.rv is None or heart.lv is None or study.ventricles_mm is None:
        return
    yield RatioPair(heart.rv.mm, heart.lv.mm, *study.ventricles_mm, heart.spread)


def _named(store: Store, n_studies: int) -> str:
    made_by = ", ".join(sorted({study.generator for study in store.studies if study.generator}))
    return f"{n_studies} phantoms ({made_by})" if made_by else f"{n_studies} phantoms"


def _with_heart(
    bundle: ModelBundle, heart: TrainedHeart, spec: HeartSpec, target: Path, version: str
) -> ModelBundle:
    files = {name: bundle.read(name) for name in bundle.files if name != HEART_FILE}
    whole = replace(bundle.spec, version=version, heart=spec)
    return write_bundle(target, whole, {**files, HEART_FILE: heart.weights})
