"""Where the files of a study lie in the store."""

import hashlib
from pathlib import Path
from typing import Final

INDEX: Final = "index.json"


def key_of(study_uid: str) -> str:
    return hashlib.sha256(study_uid.encode()).hexdigest()[:20]


def array_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.npy"


def labels_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.labels.npy"


def places_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.places.npy"


def whole_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.whole.npy"


def record_file(folder: Path, key: str) -> Path:
    return folder / "studies" / f"{key}.json"
