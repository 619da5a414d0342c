"""PictureArrays: the pictures of a table, shrunk once, so that training never waits for files.

``NAME.npy`` is int16 ``[picture, row, col]``, ``NAME.json`` says of which table and what was left
out; both are made once and used again by a run that goes on.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError, InputError
from pe_models.imaging.volume import VolumeKind
from pe_models.parallel import background_threads, map_threads
from pe_models.pictures import read_picture, shrunk
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.files import DISK_FULL, is_disk_full, read_json, write_json
from pe_models.training.pictures.table import Picture, PictureTable

_STAGE: Final = "pictures"
_SCHEMA_VERSION: Final = 1
_READING: Final = 2
"""Of how files become values; arrays that were read otherwise are made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureArrays:
    """``small`` int16 (picture, px, px), memory-mapped, of the pictures of ``table``, all of one
    ``kind``. ``skipped`` names what could not be read, and why.
    """

    table: PictureTable
    small: NDArray[np.int16]
    kind: VolumeKind
    skipped: tuple[str, ...]

    @property
    def px(self) -> int:
        return int(self.small.shape[1])


def shrink_pictures(
    table: PictureTable,
    folder: Path,
    px: int,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> PictureArrays:
    """Reads and shrinks every picture of ``table`` into ``folder``, or finds that done.

    A file that cannot be read is left out and named. Raises DatasetError where none can be, where
    some are in HU and some are not, or where the disk is full; Cancelled leaves nothing behind.
    """
    array_file, record_file = folder / f"{_STAGE}-{px}.npy", folder / f"{_STAGE}-{px}.json"
    fingerprint = _fingerprint(table, px)
    if array_file.exists() and record_file.exists():
        record = read_json(record_file)
        if record.get("fingerprint") == fingerprint:
            return _opened(table, array_file, record)
    folder.mkdir(parents=True, exist_ok=True)
    partial = array_file.with_name(f".partial-{array_file.name}")
    try:
        record = _shrink(table, partial, px, on_progress, cancel)
        record_file.unlink(missing_ok=True)  # it must never tell of another array
        partial.replace(array_file)
        write_json(record_file, {**record, "fingerprint": fingerprint})
    except OSError as error:
        if is_disk_full(error):
            raise DatasetError(DISK_FULL) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    return _opened(table, array_file, record)


def _shrink(
    table: PictureTable,
    file: Path,
    px: int,
    on_progress: OnProgress,
    cancel: CancelToken | None,
) -> dict[str, Any]:
    """Fills ``file``, the pictures that can be read one after the other; what is said of it."""
    if not table.pictures:
        raise DatasetError("There are no pictures.")
    small = np.lib.format.open_memmap(file, "w+", np.int16, (len(table), px, px))
    kinds: set[VolumeKind] = set()
    skipped: dict[int, str] = {}
    for index, found in enumerate(_each(table.pictures, px, cancel)):
        if isinstance(found, str):
            skipped[index] = found
        else:
            small[index - len(skipped)], kind = found
            kinds.add(kind)
        figures = {"skipped": float(len(skipped))}
        on_progress(Progress(_STAGE, index + 1, len(table), figures))
    if len(kinds) != 1:
        reason = "some are in HU and some are not" if kinds else next(iter(skipped.values()))
        raise DatasetError(f"The pictures cannot be used: {reason}")
    small.flush()
    return {
        "schema_version": _SCHEMA_VERSION,
        "kind": kinds.pop(),
        "skipped": {str(index): reason for index, reason in skipped.items()},
    }


def _each(
    pictures: Sequence[Picture], px: int, cancel: CancelToken | None
) -> Iterator[tuple[NDArray[np.int16], VolumeKind] | str]:
    """Each picture, shrunk, or why it could not be read."""

    def one(picture: Picture) -> tuple[NDArray[np.int16], VolumeKind] | str:
        try:
            found = read_picture(picture.path, picture.index)
        except InputError as error:
            return str(error)
        except (OSError, IndexError, ValueError) as error:
            return f"{picture.path.name} cannot be read ({type(error).__name__})."
        return shrunk(found.values, found.kind, px), found.kind

    return map_threads(one, pictures, n_threads=background_threads(), cancel=cancel)


def _opened(table: PictureTable, file: Path, record: dict[str, Any]) -> PictureArrays:
    skipped = {int(index): reason for index, reason in record["skipped"].items()}
    read = table.those([index for index in range(len(table)) if index not in skipped])
    small: NDArray[np.int16] = np.load(file, mmap_mode="r", allow_pickle=False)
    return PictureArrays(
        read,
        small[: len(read)],
        VolumeKind(record["kind"]),
        (*table.skipped, *skipped.values()),
    )


def _fingerprint(table: PictureTable, px: int) -> str:
    """Of what the array holds: which pictures, from which files as they are now."""
    digest = hashlib.sha256(f"{table.task.key} {px} {_READING}".encode())
    for picture in table.pictures:
        try:
            stat = picture.path.stat()
            state = f"{stat.st_size} {stat.st_mtime_ns}"
        except OSError:
            state = "absent"
        digest.update(f"{picture.key}\0{picture.path}\0{picture.index}\0{state}\n".encode())
    return digest.hexdigest()
