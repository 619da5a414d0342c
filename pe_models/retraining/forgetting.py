"""Studies that are forgotten: their files, and what was derived of them, leave every retraining.

What is known of one study alone bears its key: files by their names, entries of JSON, rows of the
comparison's page. Figures over many studies and trained nets stay.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pe_models.errors import DatasetError
from pe_models.evaluation.store_source import VERSION
from pe_models.retraining.folder import RetrainFolder, scores_folder
from pe_models.training.files import read_json, write_json, write_whole


def forget_studies(retraining: RetrainFolder, keys: Iterable[str]) -> None:
    """Takes the studies of those ``keys`` out of all that the retraining left. Raises OSError."""
    wanted = frozenset(keys)
    for path in sorted(retraining.folder.rglob("*")):
        if not path.is_file():
            continue
        if any(key in path.name for key in wanted):
            path.unlink()
        elif path.suffix in (".json", ".md"):
            _take_out(path, wanted)


def forget_scores(keys: Iterable[str]) -> None:
    """Removes what bundles scored the studies of those ``keys``. Raises OSError."""
    wanted = frozenset(keys)
    for path in scores_folder().glob(f"*/{VERSION}/*"):
        if any(key in path.name for key in wanted):
            path.unlink()


def forget_all_scores() -> None:
    """Removes what bundles scored studies of any store; scores of phantoms stay."""
    for folder in scores_folder().glob(f"*/{VERSION}"):
        shutil.rmtree(folder, ignore_errors=True)


def _take_out(path: Path, keys: frozenset[str]) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    if not any(key in text for key in keys):
        return
    if path.suffix == ".md":
        kept = [line for line in text.splitlines(True) if not any(key in line for key in keys)]
        write_whole(path, "".join(kept).encode())
        return
    try:
        write_json(path, _without(read_json(path), keys))
    except DatasetError:  # damaged, so that nobody can say what else it holds
        path.unlink()


def _without(value: Any, keys: frozenset[str]) -> Any:
    """A parsed JSON without the entries named by a key, and without the items that are of one."""
    if isinstance(value, dict):
        return {name: _without(entry, keys) for name, entry in value.items() if name not in keys}
    if isinstance(value, list):
        return [_without(item, keys) for item in value if not _is_of(item, keys)]
    return value


def _is_of(item: Any, keys: frozenset[str]) -> bool:
    told = item.values() if isinstance(item, dict) else (item,)
    return any(isinstance(value, str) and value in keys for value in told)
