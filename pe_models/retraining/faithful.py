"""Whether the maps of both bundles show what raised their scores, on phantoms with known clots."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError
from pe_models.evaluation.faithfulness import faithfulness
from pe_models.evaluation.sources import StudySource
from pe_models.pipeline import Pipeline
from pe_models.progress import CancelToken, OnProgress
from pe_models.retraining.folder import scores_folder
from pe_models.training.files import read_json, write_json

FAITHFULNESS_FILE: Final = "faithfulness.json"
N_STUDIES: Final = 2
"""The first positive ones: up to eight slices, enough to see a map that shows nothing."""


def write_faithfulness(
    source: StudySource,
    positive: Sequence[str],
    bundles: dict[str, ModelBundle],
    *,
    out: Path,
    device: str,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> None:
    """``faithfulness.json``: by the letter of the bundle its figures, null where it has none.

    ``positive`` names the studies of ``source`` that have emboli, whose voxels it tells.
    """
    names = positive[:N_STUDIES]
    figures = {
        letter: _figures(source, names, bundle, device, on_progress, cancel)
        for letter, bundle in bundles.items()
    }
    write_json(out / FAITHFULNESS_FILE, figures)


def _figures(
    source: StudySource,
    names: Sequence[str],
    bundle: ModelBundle,
    device: str,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> dict[str, Any] | None:
    """What was measured once is found again, as the scores are."""
    scores = scores_folder() / bundle.sha256[:16] / source.version
    kept = scores / f"faithfulness-{'-'.join(names)}.json"
    if kept.exists():
        found: dict[str, Any] | None = read_json(kept)
        return found
    try:
        found = faithfulness(
            Pipeline(bundle, device),
            source.studies(names, cancel),
            n_studies=len(names),
            on_progress=on_progress,
            cancel=cancel,
        ).to_dict()
    except DatasetError:
        found = None  # no clot lies in the crop: the figures are not defined
    write_json(kept, found)
    return found
