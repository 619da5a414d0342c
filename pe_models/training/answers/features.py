"""Boxes and embeddings as files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.training.files import read_json, write_json, write_whole
from pe_models.training.store import StudyRecord

BOXES = "boxes.json"

Features = Mapping[str, NDArray[np.float32]]
"""Embeddings (slice, embedding) by study."""


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


@dataclass(frozen=True, slots=True, eq=False)
class FeatureFolder(Features):
    """Embeddings read from their files when asked for: those of all studies may be many GB.

    ``stage`` writes them.
    """

    folder: Path
    keys_of_studies: tuple[str, ...]
    stage: str = "slice"

    def __getitem__(self, key: str) -> NDArray[np.float32]:
        """(slice, embedding). Raises DatasetError."""
        if key not in self.keys_of_studies:
            raise KeyError(key)
        path = self.folder / f"{key}.npy"
        try:
            stored: NDArray[np.float16] = np.load(path, allow_pickle=False)
            return stored.astype(np.float32)
        except (OSError, ValueError, EOFError) as error:
            raise _missing(path, self.stage) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_of_studies)

    def __len__(self) -> int:
        return len(self.keys_of_studies)


def read_features(
    folder: Path, studies: tuple[StudyRecord, ...], *, stage: str = "slice"
) -> FeatureFolder:
    """The embeddings of ``studies``, which ``stage`` writes. Raises DatasetError where one has
    none.
    """
    for study in studies:
        path = folder / f"{study.key}.npy"
        if not path.exists():
            raise _missing(path, stage)
    return FeatureFolder(folder, tuple(study.key for study in studies), stage)


def _missing(path: Path, stage: str) -> DatasetError:
    return DatasetError(
        f"The features {path.name} are missing or damaged; run stage {stage} again."
    )
