"""Files that appear whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from pe_models.errors import DatasetError


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
