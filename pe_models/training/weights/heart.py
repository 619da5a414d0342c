"""The net of the heart in a folder: its weights, and what they are. A run keeps its bundle's."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pe_models.bundle import HEART_FILE, HeartSpec, ModelBundle
from pe_models.bundle.records import heart_from, plain
from pe_models.errors import DatasetError, TrainingError
from pe_models.training.files import read_json, write_json, write_whole
from pe_models.training.run import RunFolder

SPEC: Final = "heart.json"


@dataclass(frozen=True, slots=True)
class TrainedHeart:
    """What a bundle says of a net of the heart, and its file."""

    spec: HeartSpec
    weights: bytes


def write_heart(folder: Path, heart: TrainedHeart) -> None:
    write_whole(folder / HEART_FILE, heart.weights)
    write_json(folder / SPEC, plain(heart.spec))


def read_heart_files(folder: Path) -> TrainedHeart:
    """What ``write_heart`` left in ``folder``. Raises TrainingError."""
    try:
        record: Mapping[str, Any] = read_json(folder / SPEC)
        spec, weights = heart_from(record), (folder / HEART_FILE).read_bytes()
    except (OSError, DatasetError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{folder.name} holds no trained net of the heart.") from error
    if spec is None:
        raise TrainingError(f"{folder.name} holds no trained net of the heart.")
    return TrainedHeart(spec, weights)


def heart_of(bundle: ModelBundle) -> TrainedHeart | None:
    """None of a bundle that has none. Raises BundleError where its file was changed."""
    return None if bundle.heart is None else TrainedHeart(bundle.heart, bundle.read(HEART_FILE))


def keep_heart(start: ModelBundle, run: RunFolder) -> None:
    """The heart of the bundle that a run begins with is the run's: nothing else changes it."""
    heart = heart_of(start)
    if heart is not None:
        write_heart(run.heart_folder, heart)


def forget_heart(run: RunFolder) -> None:
    shutil.rmtree(run.heart_folder, ignore_errors=True)


def kept_heart(run: RunFolder) -> TrainedHeart | None:
    """None of a run whose bundle had none, or that began with none."""
    return read_heart_files(run.heart_folder) if run.heart_folder.exists() else None
