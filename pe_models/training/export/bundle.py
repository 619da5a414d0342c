"""A whole run becomes a ModelBundle with its model card."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from pe_models.bundle import (
    HEART_FILE,
    MODEL_CARD,
    BundleCard,
    BundleSpec,
    ModelBundle,
    load_bundle,
    write_bundle,
)
from pe_models.errors import BundleError, TrainingError
from pe_models.labels import EXAM_LABELS
from pe_models.nets.save import net_files
from pe_models.training.answers.calibrate import Fitted
from pe_models.training.export.model_card import model_card
from pe_models.training.files import read_json
from pe_models.training.run import RunFolder
from pe_models.training.store.cohort import Cohort
from pe_models.training.weights.heart import heart_of, kept_heart
from pe_models.training.weights.nets import architecture_of, trained_nets
from pe_models.training.weights.place_rules import kept_place_rules
from pe_models.training.weights.pretrained import sources
from pe_models.training.weights.start import read_start

INTENDED_USE = (
    "Research and teaching: marking slices of a CT pulmonary angiography that may show pulmonary "
    "embolism, for a reader who looks at every slice."
)
LICENCE = "Apache-2.0"

_PHANTOM_LIMITS = (
    "Trained and calibrated on phantoms alone. What it scores on patients is unknown; no clinical "
    "validity is claimed. It misses emboli and marks what is none."
)
_OWN_LIMITS = (
    "Trained and calibrated on data that its maker brought. No clinical validity is claimed; how "
    "it does on other scanners and patients is unknown."
)


def export_bundle(
    run: RunFolder,
    target: Path,
    *,
    name: str,
    version: str,
    parts_of: ModelBundle | None = None,
    evaluation: Mapping[str, Any] | None = None,
    notes: str = "",
) -> ModelBundle:
    """Writes ``target``, a folder or a .zip; heart and rules are those of the bundle ``parts_of``,
    which has the same nets, or else of the one that the run began with. A bundle that is there
    already and differs in nothing but its date stays, and with it its SHA-256.

    For the model card ``evaluation`` is a ``metrics.json``, and ``notes`` Markdown for its end.

    Raises TrainingError where a stage is missing or ``parts_of`` has other nets, and BundleError.
    """
    config = run.config()
    nets = trained_nets(run, torch.device("cpu"))
    fitted, cohort = _fitted(run), Cohort.from_dict(read_json(run.cohort_file))
    files = net_files(nets)
    if parts_of is None:
        heart, places = kept_heart(run), kept_place_rules(run)
    else:
        _require_equal_nets(parts_of, files)
        heart, places = heart_of(parts_of), parts_of.places
    try:
        spec = BundleSpec(
            name=name,
            version=version,
            task=config.task,
            created=datetime.now(UTC).date().isoformat(),
            preprocessing=config.preprocessing,
            architecture=architecture_of(config),
            labels=EXAM_LABELS,
            flag_threshold=fitted.flag_threshold,
            calibration=fitted.calibration,
            zones=fitted.zones,
            card=_card(run, cohort, fitted, evaluation),
            heart=None if heart is None else heart.spec,
            places=places,
        )
    except ValueError as error:
        raise TrainingError(str(error)) from error
    files[MODEL_CARD] = model_card(spec, cohort, notes).encode()
    if heart is not None:
        files[HEART_FILE] = heart.weights
    return _there_already(target, spec, files) or write_bundle(target, spec, files)


def _there_already(
    target: Path, spec: BundleSpec, files: Mapping[str, bytes]
) -> ModelBundle | None:
    """The bundle at ``target`` where it is the same but for the day on which it was made."""
    if not target.exists():
        return None
    try:
        there = load_bundle(target)
    except BundleError:
        return None
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    is_same = replace(spec, created=there.spec.created) == there.spec
    return there if is_same and digests == dict(there.files) else None


def _require_equal_nets(bundle: ModelBundle, files: Mapping[str, bytes]) -> None:
    """Raises TrainingError: rules go by what other nets say."""
    if any(name not in bundle.files or bundle.read(name) != files[name] for name in files):
        raise TrainingError(
            f"The nets of bundle {bundle.name} {bundle.version} are not those of this run; its "
            "heart and its rules were fitted for others."
        )


def _card(
    run: RunFolder, cohort: Cohort, fitted: Fitted, evaluation: Mapping[str, Any] | None
) -> BundleCard:
    begun_from = _begun_from(run)
    return BundleCard(
        trained_on=cohort.trained_on + (f"; start: {begun_from}" if begun_from else ""),
        intended_use=INTENDED_USE,
        limits=_PHANTOM_LIMITS if cohort.is_phantom else _OWN_LIMITS,
        licence=LICENCE,
        metrics={"held_out": dict(fitted.metrics), "evaluation": dict(evaluation or {})},
    )


def _begun_from(run: RunFolder) -> str:
    """In words: a bundle, published weights, or nothing."""
    start = read_start(run)
    return start.words if start else sources(run.config())


def _fitted(run: RunFolder) -> Fitted:
    if not run.calibration_file.exists():
        raise TrainingError("The run has no calibration yet; its sequence stage is not done.")
    return Fitted.from_dict(read_json(run.calibration_file))
