"""Files in a folder, each whole or not at all."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pe_models.errors import ExportError
from pe_models.progress import CancelToken

_HIDDEN: Final = ".pe-report-*.tmp"
_STALE_S: Final = 3600.0

_Draft = tuple[Path, Path]
"""A finished temporary file, and the file that it becomes."""


def write_together(
    out: Path, contents: Mapping[str, bytes], cancel: CancelToken | None = None
) -> tuple[Path, ...]:
    """Writes every file beside its place first; only when all are whole do they take it.

    ``contents`` by file name. Raises ExportError, and Cancelled until then; ``out`` is then as it
    was before.
    """
    token = cancel or CancelToken()
    drafts: list[_Draft] = []
    with _os_error_as_export_error():
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        try:
            for name, content in contents.items():
                token.raise_if_cancelled()
                draft = _hidden(out)
                drafts.append((draft, out / name))
                _write_whole(draft, content)
            token.commit()
            _put_in_place(drafts)
        finally:
            for draft, _ in drafts:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)
        _sync_folder(out)
    return tuple(target for _, target in drafts)


def _put_in_place(drafts: Sequence[_Draft]) -> None:
    """All of them, or none: what a file replaces is kept until the last one has its place."""
    kept: dict[Path, Path | None] = {}
    try:
        for draft, target in drafts:
            kept[target] = _keep(target)
            draft.replace(target)
    except OSError:
        for target, earlier in kept.items():
            _restore(target, earlier)
        raise
    for earlier in kept.values():
        if earlier is not None:
            earlier.unlink()


def _keep(target: Path) -> Path | None:
    """A second name for an earlier file, or a copy where the file system knows no such names.

    Links, so that at every moment the file is there whole, the earlier one or the new.
    """
    if not target.exists():
        return None
    earlier = _hidden(target.parent)
    try:
        os.link(target, earlier)
    except OSError:
        shutil.copyfile(target, earlier)
    return earlier


def _restore(target: Path, earlier: Path | None) -> None:
    if earlier is not None:
        earlier.replace(target)
    elif target.is_file():
        target.unlink()


def _hidden(folder: Path) -> Path:
    return folder / _HIDDEN.replace("*", secrets.token_hex(8))


def _sweep(folder: Path) -> None:
    """Removes what an export that was killed left hidden there: it holds patient data.

    No export takes so long, so that none that runs beside this one is touched.
    """
    oldest = time.time() - _STALE_S
    for left in folder.glob(_HIDDEN):
        with suppress(OSError):
            if left.stat().st_mtime < oldest:
                left.unlink()


def _write_whole(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes the new names last; Windows and some network shares know no such call."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _os_error_as_export_error() -> Iterator[None]:
    """Leaves the folder's name out of the message: it may be a person's."""
    try:
        yield
    except OSError as error:
        raise ExportError(
            f"The report could not be written: {error.strerror or 'the folder refused it'}. "
            "Nothing was left there; choose another folder or make room."
        ) from error
