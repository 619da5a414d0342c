"""The key of the patients' hashes of a store: stores of one key tell which patients they share."""

import hashlib
import secrets
from pathlib import Path
from typing import Final

from pe_models.errors import DatasetError
from pe_models.training.files import write_whole

_FILE: Final = "salt"


def salt_in(folder: Path, like: Path | None = None) -> bytes:
    """The key of the store ``folder``, readable by its owner alone.

    Where it has none yet it gets that of the store ``like``, or one of its own. Raises DatasetError
    where that of ``like`` is missing, or is not the one that the store has already.
    """
    path = folder / _FILE
    wanted = None if like is None else _salt_of(like)
    if not path.exists():
        write_whole(path, wanted or secrets.token_bytes(32))
        path.chmod(0o600)
    salt = path.read_bytes()
    if wanted is not None and salt != wanted:
        raise DatasetError(
            f"The store {folder} names its patients otherwise than {like} already; prepare into "
            "another folder."
        )
    return salt


def salt_name(folder: Path) -> str:
    """Tells keys apart without giving them away; a store that lost its key is like no other."""
    path = folder / _FILE
    if not path.exists():
        return f"lost: {folder.resolve()}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _salt_of(like: Path) -> bytes:
    path = like / _FILE
    if not path.is_file():
        raise DatasetError(f"{like} is no store of DICOM studies, or has lost its file {_FILE!r}.")
    return path.read_bytes()
