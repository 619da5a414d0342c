"""The files that a path holds: a folder tree, one file, or what a DICOMDIR names."""

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.errors import ScanError
from pe_models.imaging.dicom.dicomdir import is_dicomdir, read_disc
from pe_models.imaging.study import SkippedFile

OPEN_ERRORS: Final = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    KeyError,
    RuntimeError,
    OverflowError,
    ValueError,
    MemoryError,  # a damaged LZMA member may ask for a dictionary of 4 GB
)
"""All that opening and reading a file or a member of a zip may raise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to read; ``member`` names it within the zip ``path``. ``size`` in bytes.

    ``ctime_ns`` also changes where a file is replaced by another of the same size and ``mtime_ns``.
    """

    path: str
    size: int
    mtime_ns: int
    member: str | None = None
    ctime_ns: int = 0

    @property
    def name(self) -> str:
        """File name without its folder, which may carry a patient's name."""
        return (self.member or self.path).replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def file(self) -> Path:
        return Path(self.path)

    @property
    def shown_path(self) -> Path:
        """Below the zip, whatever its member is called: no name leads out of it."""
        parts = (self.member or "").replace("\\", "/").split("/")
        return Path(self.path, *(part for part in parts if part not in ("", ".", "..")))

    def skipped(self, reason: str) -> SkippedFile:
        return SkippedFile(self.shown_path, reason)


def list_entries(path: Path) -> Iterator[Entry | SkippedFile]:
    """Every file below ``path``, in order of name, or those that it names if it is a DICOMDIR.

    Raises ScanError where ``path`` does not exist or may not be listed.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise ScanError(f"{path} cannot be opened: {reason(error)}.") from error
    if stat.S_ISREG(mode) and is_dicomdir(path.name):
        found = list(_on_disc(path))
        if found:
            yield from found
            return
        path = path.parent
    if path.is_dir():
        try:
            with os.scandir(path):
                pass
        except OSError as error:
            raise ScanError(f"The folder {path} cannot be listed: {reason(error)}.") from error
        yield from _in_folder(str(path))
    elif stat.S_ISREG(mode):
        yield _file(str(path), path.stat)
    else:
        raise ScanError(f"{path} is neither a file nor a folder.")


def _on_disc(dicomdir: Path) -> Iterator[Entry | SkippedFile]:
    """The files that a DICOMDIR names; nothing where it is damaged or none of them exists."""
    disc = read_disc(dicomdir)
    if not disc.files:
        return
    yield SkippedFile(dicomdir, "the index of a disc; the files that it names were opened")
    for path in disc.files:
        yield _file(str(path), path.stat)
    for path in disc.missing:
        yield SkippedFile(path, "named by the DICOMDIR, but not there")
    if disc.n_refused:
        yield SkippedFile(
            dicomdir, f"{disc.n_refused} of its names lead out of the disc; not followed"
        )


def _in_folder(top: str) -> Iterator[Entry | SkippedFile]:
    """Depth first, files before folders; a folder met a second time (a loop) is passed over."""
    visited: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            where = os.stat(folder)  # noqa: PTH116 - tens of thousands of files
            if (where.st_dev, where.st_ino) in visited:
                continue
            visited.add((where.st_dev, where.st_ino))
            with os.scandir(folder) as listing:
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield SkippedFile(Path(folder), f"the folder cannot be listed: {reason(error)}")
            continue
        folders = []
        for item in found:
            if _is_folder(item):
                folders.append(item.path)
            else:
                yield _file(item.path, item.stat)
        waiting.extend(reversed(folders))


def _is_folder(item: "os.DirEntry[str]") -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False


def _file(path: str, ask: Callable[[], os.stat_result]) -> Entry | SkippedFile:
    """The file at ``path``, of which ``ask`` tells size and times; links are followed."""
    try:
        found = ask()
    except OSError as error:
        is_link = os.path.islink(path)  # noqa: PTH114
        return SkippedFile(Path(path), "a link that leads nowhere" if is_link else reason(error))
    if not stat.S_ISREG(found.st_mode):
        return SkippedFile(Path(path), "not a regular file")
    return Entry(path, found.st_size, found.st_mtime_ns, None, found.st_ctime_ns)


def reason(error: Exception) -> str:
    """Why a file could not be opened or read, in words for a reader."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, zipfile.BadZipFile | zlib.error | lzma.LZMAError | EOFError | MemoryError):
        return "damaged in its zip"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror if isinstance(error, OSError) else None) or "it cannot be opened"
