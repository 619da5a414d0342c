"""Files in a folder, each whole or not at all."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pe_models.errors import ExportError

_Draft = tuple[Path, Path]
"""A finished temporary file, and the file that it becomes."""


def write_together(out: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Writes every file beside its place first; only when all are whole do they take it.

    ``contents`` by file name. Raises ExportError, and then nothing new stays in ``out``.
    """
    drafts: list[_Draft] = []
    with _os_error_as_export_error():
        out.mkdir(parents=True, exist_ok=True)
        try:
            for name, content in contents.items():
                draft = out / f".pe-report-{secrets.token_hex(8)}.tmp"
                drafts.append((draft, out / name))
                _write_whole(draft, content)
            _put_in_place(drafts)
        finally:
            for draft, _ in drafts:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)
        _sync_folder(out)
    return tuple(target for _, target in drafts)


def _put_in_place(drafts: Sequence[_Draft]) -> None:
    placed: list[Path] = []
    try:
        for draft, target in drafts:
            draft.replace(target)
            placed.append(target)
    except OSError:
        for target in placed:
            target.unlink(missing_ok=True)
        raise


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
