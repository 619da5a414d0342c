"""The files that a path holds: a folder tree, one file, a DICOMDIR, or a zip, never unpacked."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from pe_models.errors import ScanError
from pe_models.imaging.study import SkippedFile

_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_MAX_MEMBERS: Final = 200_000
_MAX_MEMBER_BYTES: Final = 4 << 30
_SUSPICIOUS_RATIO: Final = 400
_SUSPICIOUS_BYTES: Final = 64 << 20
_ENCRYPTED: Final = 0x1

OPEN_ERRORS: Final = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    KeyError,
    RuntimeError,
    ValueError,
)
"""All that opening and reading a file or a member of a zip may raise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to read; ``member`` names it within the zip ``path``. ``size`` in bytes."""

    path: str
    size: int
    mtime_ns: int
    member: str | None = None

    @property
    def name(self) -> str:
        """File name without its folder, which may carry a patient's name."""
        return (self.member or self.path).replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def file(self) -> Path:
        return Path(self.path)

    @property
    def shown_path(self) -> Path:
        return Path(self.path, self.member) if self.member else Path(self.path)

    def skipped(self, reason: str) -> SkippedFile:
        return SkippedFile(self.shown_path, reason)


def list_entries(path: Path) -> Iterator[Entry | SkippedFile]:
    """Every file below ``path``, in order of name; a DICOMDIR stands for the tree below it.

    Raises ScanError where ``path`` does not exist or may not be listed.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise ScanError(f"{path} cannot be opened: {reason(error)}.") from error
    if stat.S_ISREG(mode) and path.name.upper() == "DICOMDIR":
        path = path.parent
    if path.is_dir():
        try:
            with os.scandir(path):
                pass
        except OSError as error:
            raise ScanError(f"The folder {path} cannot be listed: {reason(error)}.") from error
        yield from _in_folder(str(path), visited=set())
    elif stat.S_ISREG(mode):
        yield from _file(str(path))
    else:
        raise ScanError(f"{path} is neither a file nor a folder.")


class Opener:
    """Opens files and members of zips; keeps each zip open until it is closed itself."""

    def __init__(self) -> None:
        self._archives: dict[str, zipfile.ZipFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for archive in self._archives.values():
            archive.close()
        self._archives.clear()

    def open(self, path: str | Path, member: str | None) -> BinaryIO:
        """A file, or a member of a zip, from its beginning; any thread may ask.

        Raises OPEN_ERRORS.
        """
        if member is None:
            return open(path, "rb", buffering=0)  # noqa: PTH123 - the caller closes it
        archive = self._archives.get(str(path))
        if archive is None:
            archive = self._archives.setdefault(str(path), zipfile.ZipFile(path))
        return cast(BinaryIO, archive.open(member))


def is_zip(head: bytes) -> bool:
    return head[:4] in _ZIP_MAGIC


def members(archive: Entry) -> Iterator[Entry | SkippedFile]:
    """The files in a zip. Members that are encrypted or unpack beyond reason are skipped."""
    try:
        with zipfile.ZipFile(archive.path) as opened:
            infos = [info for info in opened.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield archive.skipped("a damaged zip file")
        return
    if len(infos) > _MAX_MEMBERS:
        yield archive.skipped(f"a zip of {len(infos)} files, which is too many to open")
        return
    seen: set[str] = set()
    for info in infos:
        entry = Entry(archive.path, info.file_size, archive.mtime_ns, info.filename)
        why = _member_reason(info)
        if info.filename in seen:
            why = "another file of the same name stands in the zip"
        seen.add(info.filename)
        yield entry.skipped(why) if why else entry


def _member_reason(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack the zip with its password first"
    is_suspicious = info.file_size > _SUSPICIOUS_BYTES and (
        info.file_size > _SUSPICIOUS_RATIO * max(1, info.compress_size)
    )
    if is_suspicious or info.file_size > _MAX_MEMBER_BYTES:
        return f"unpacks to {info.file_size >> 20} MB, which no image does; not opened"
    return ""


def _in_folder(folder: str, visited: set[tuple[int, int]]) -> Iterator[Entry | SkippedFile]:
    """Depth first, files before folders; a folder met a second time (a loop) is passed over."""
    try:
        where = os.stat(folder)  # noqa: PTH116 - tens of thousands of files
        if (where.st_dev, where.st_ino) in visited:
            return
        visited.add((where.st_dev, where.st_ino))
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield SkippedFile(Path(folder), f"the folder cannot be listed: {reason(error)}")
        return
    folders = []
    for item in found:
        if _is_folder(item):
            folders.append(item.path)
        else:
            yield from _file(item.path)
    for path in folders:
        yield from _in_folder(path, visited)


def _is_folder(item: "os.DirEntry[str]") -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False


def _file(path: str) -> Iterator[Entry | SkippedFile]:
    try:
        found = os.stat(path)  # noqa: PTH116 - tens of thousands of files
    except OSError as error:
        is_link = os.path.islink(path)  # noqa: PTH114
        why = "a link that leads nowhere" if is_link else reason(error)
        yield SkippedFile(Path(path), why)
        return
    if not stat.S_ISREG(found.st_mode):
        yield SkippedFile(Path(path), "not a regular file")
        return
    yield Entry(path, found.st_size, found.st_mtime_ns)


def reason(error: Exception) -> str:
    """Why a file could not be opened or read, in words for a reader."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError):
        return "damaged in its zip"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror if isinstance(error, OSError) else None) or "it cannot be opened"
