"""The folder of an experiment: what was begun there goes on, and nothing else does."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pe_models.errors import InputError
from pe_models.training.files import read_json, write_json
from pe_models.training.pictures.split import PictureSplit
from pe_models.training.pictures.table import PictureTable

_FINGERPRINT = "fingerprint"


def claim_folder(
    file: Path, fingerprint: str, record: Mapping[str, Any], *, what: str, resume: bool = True
) -> None:
    """Writes ``record`` into ``file``, of an experiment (``what`` it is) that begins or goes on.

    Raises InputError where the folder holds one already, and it is not this one or not resumed.
    """
    if file.exists():
        if not resume:
            raise InputError(
                f"{file.parent} holds a {what} already; go on with --resume, or name another "
                "folder."
            )
        if read_json(file).get(_FINGERPRINT) != fingerprint:
            raise InputError(
                f"{file.parent} holds a {what} of other pictures or another preset, weights or "
                "seed; name another folder."
            )
    write_json(file, {_FINGERPRINT: fingerprint, **record})


def fingerprint_of(table: PictureTable, settings: Any, splits: Iterable[PictureSplit] = ()) -> str:
    """Of what results depend on: pictures and labels, ``settings`` (as JSON has them), splits."""
    digest = hashlib.sha256(table.task.key.encode())
    for picture in table.pictures:
        digest.update(f"{picture.key}\0{picture.patient}\0{picture.labels}\n".encode())
    for split in splits:
        for part in (split.train, split.validation, split.test):
            digest.update(np.asarray(part, dtype=np.int64).tobytes() + b"\n")
    digest.update(json.dumps(settings).encode())
    return digest.hexdigest()
