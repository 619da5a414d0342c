"""Boxes and embeddings, written for the sequence stage or for others' use."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.pipeline import choose_device
from pe_models.progress import OnProgress, Progress, ignore_progress
from pe_models.training.files import read_json, write_json, write_whole
from pe_models.training.predict import predict_crop, slice_features
from pe_models.training.run import RunFolder
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights import trained_nets

BOXES = "boxes.json"


def export_features(
    store: Store,
    run: RunFolder,
    folder: Path,
    *,
    device: str = "auto",
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Boxes and embeddings of every study of ``store``, by the nets of ``run``."""
    nets, params = trained_nets(run, choose_device(device)), run.config().preprocessing
    crops: dict[str, Crop] = {}
    for done, study in enumerate(store.studies, start=1):
        crop = crops[study.key] = predict_crop(nets.localizer, store, study, params)
        write_features(
            folder, study, slice_features(nets.slice_classifier, store, study, crop, params)
        )
        on_progress(Progress("features", done, len(store.studies)))
    write_crops(folder / BOXES, crops)


def write_crops(path: Path, crops: dict[str, Crop]) -> None:
    write_json(
        path,
        {
            key: {name: getattr(crop, name) for name in crop.__dataclass_fields__}
            for key, crop in crops.items()
        },
    )


def read_crops(path: Path) -> dict[str, Crop]:
    """Crops by study. Raises DatasetError where the localizer stage has not written them."""
    return {key: Crop(**crop) for key, crop in read_json(path).items()}


def write_features(folder: Path, study: StudyRecord, features: NDArray[np.float32]) -> None:
    """Embeddings (slice, embedding) as float16, whole or not at all."""
    buffer = BytesIO()
    np.save(buffer, features.astype(np.float16), allow_pickle=False)
    write_whole(folder / f"{study.key}.npy", buffer.getvalue())


def has_features(folder: Path, study: StudyRecord, *, of: Path) -> bool:
    """Whether the study's embeddings were written after the checkpoint ``of``."""
    path = folder / f"{study.key}.npy"
    return path.exists() and path.stat().st_mtime_ns > of.stat().st_mtime_ns


def read_features(folder: Path, studies: tuple[StudyRecord, ...]) -> dict[str, NDArray[np.float32]]:
    """Embeddings (slice, embedding) by study. Raises DatasetError."""
    features: dict[str, NDArray[np.float32]] = {}
    for study in studies:
        path = folder / f"{study.key}.npy"
        try:
            features[study.key] = np.load(path, allow_pickle=False).astype(np.float32)
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"The features {path.name} are missing or damaged; run stage slice again."
            ) from error
    return features
