"""Files that appear whole or not at all."""

import errno
import json
import os
from pathlib import Path
from typing import Any, Final

from pe_models.errors import DatasetError

DISK_FULL: Final = "The disk is full, or a file would be larger than may be written here."
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: OSError) -> bool:
    """Whether there was no room for a file: a full disk, a used-up quota, a limit on its size."""
    return error.errno in _FULL


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside ``path``, flushes to disk and renames; a failure leaves ``path`` as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, record: Any) -> None:
    """Raises ValueError for NaN and infinities, which are no JSON."""
    write_whole(path, (json.dumps(record, indent=1, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Raises DatasetError where the file is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(f"There is no {path}.") from error
    except ValueError as error:
        raise DatasetError(f"{path} is no JSON ({error}).") from error
