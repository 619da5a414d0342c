"""Zips, read where they lie: their members, one level of zips within them, and what is refused.

Nothing is ever unpacked to a disk, so that names that lead out of a zip lead nowhere.
"""

import os
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from pe_models.imaging.files.sources import OPEN_ERRORS, Entry
from pe_models.imaging.study import SkippedFile

_MAX_MEMBERS: Final = 200_000
_MAX_DIRECTORY_BYTES: Final = 32 << 20
_END_BYTES: Final = (1 << 16) + 256
"""The end records, and the longest comment behind them."""

_SAID_IN_64: Final = 0xFFFFFFFF
_MAX_MEMBER_BYTES: Final = 4 << 30
_MAX_INNER_BYTES: Final = 1 << 30
"""A zip within a zip is unpacked into memory to be read."""

_SUSPICIOUS_RATIO: Final = 400
_SUSPICIOUS_BYTES: Final = 64 << 20
_ENCRYPTED: Final = 0x1
_INNER: Final = "!/"
"""Stands between the name of a zip within a zip and the name of its member, as in jar URLs."""

_MAX_OPEN: Final = 16
_MAX_OPEN_INNER: Final = 2
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DAMAGED: Final = "a damaged zip file"
_TOO_MANY: Final = f"a zip of more than {_MAX_MEMBERS} files, too many to open; unpack it first"


class Opener:
    """Opens files and members of zips; keeps the zips that it opened last, until it is closed.

    Any thread may ask. A zip that is dropped while one of its members is being read stays open
    for that member.
    """

    def __init__(self) -> None:
        self._zips = lru_cache(_MAX_OPEN)(zipfile.ZipFile)
        self._inner_zips = lru_cache(_MAX_OPEN_INNER)(self._unpacked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._inner_zips.cache_clear()
        self._zips.cache_clear()

    def open(self, path: str | Path, member: str | None) -> BinaryIO:
        """A file, or a member of a zip, from its beginning. Raises OPEN_ERRORS."""
        if member is None:
            return open(path, "rb", buffering=0)  # noqa: PTH123 - the caller closes it
        outer, separator, inner = member.partition(_INNER)
        archive = self._zips(str(path))
        if separator and member not in archive.NameToInfo:
            archive, member = self._inner_zips(str(path), outer), inner
        return cast(BinaryIO, archive.open(member))

    def _unpacked(self, path: str, member: str) -> zipfile.ZipFile:
        return zipfile.ZipFile(BytesIO(self._zips(path).read(member)))


def members(archive: Entry) -> Iterator[Entry | SkippedFile]:
    """The files in a zip and in the zips within it, in the order in which they stand there.

    Members that are encrypted or unpack beyond reason are skipped.
    """
    try:
        with archive.file.open("rb") as stream:
            yield from _members_in(stream, archive)
    except OPEN_ERRORS:
        yield archive.skipped(_DAMAGED)


def _members_in(stream: BinaryIO, archive: Entry) -> Iterator[Entry | SkippedFile]:
    """The files in the zip that ``stream`` holds. Raises OPEN_ERRORS."""
    if _directory_bytes(stream) > _MAX_DIRECTORY_BYTES:
        yield archive.skipped(_TOO_MANY)
        return
    with zipfile.ZipFile(stream) as opened:
        if len(opened.infolist()) > _MAX_MEMBERS:
            yield archive.skipped(_TOO_MANY)
            return
        files = [info for info in opened.infolist() if not _is_folder(info)]
        if not files:
            yield archive.skipped("a zip without files")
        for info in files:
            yield from _member(opened, info, archive)


def _directory_bytes(stream: BinaryIO) -> int:
    """How long the zip says that its directory is, in its end records (APPNOTE 4.3.14, 4.3.16).

    To know before all of it is read: a small zip may unpack to a directory that fills the memory.
    """
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - _END_BYTES))
    tail = stream.read(_END_BYTES)
    end = tail.rfind(b"PK\x05\x06")
    end64 = tail.rfind(b"PK\x06\x06", 0, max(end, 0))
    says = 0 if end < 0 else int.from_bytes(tail[end + 12 : end + 16], "little")
    says64 = 0 if end64 < 0 else int.from_bytes(tail[end64 + 40 : end64 + 48], "little")
    return says64 if says == _SAID_IN_64 else max(says, says64)


def _member(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, archive: Entry
) -> Iterator[Entry | SkippedFile]:
    """One member, or the members of it where it is a zip."""
    before = f"{archive.member}{_INNER}" if archive.member else ""
    entry = Entry(archive.path, info.file_size, archive.mtime_ns, before + info.filename)
    is_zip = info.filename.lower().endswith(".zip")
    why = _reason(opened, info) or (_inner_reason(entry, archive) if is_zip else "")
    if why:
        yield entry.skipped(why)
    elif is_zip:
        yield from _inner_members(opened, entry)
    else:
        yield entry


def _inner_members(opened: zipfile.ZipFile, inner: Entry) -> Iterator[Entry | SkippedFile]:
    """The files of the zip that is the member ``inner`` of ``opened``."""
    try:
        yield from _members_in(BytesIO(opened.read(inner.member or "")), inner)
    except OPEN_ERRORS:
        yield inner.skipped(_DAMAGED)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    """Also where the zip was made with the other system's separators."""
    # Not info.is_dir(): before Python 3.12 it raises IndexError for a member without a name.
    is_backslashed = info.filename.endswith("\\") and info.file_size == 0
    return info.filename.endswith("/") or is_backslashed


def _reason(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Why a member is not opened; empty where it is."""
    if opened.NameToInfo[info.filename] is not info:
        return "another file of the same name stands in the zip"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack the zip with its password first"
    is_suspicious = info.file_size > _SUSPICIOUS_BYTES and (
        info.file_size > _SUSPICIOUS_RATIO * max(1, info.compress_size)
    )
    if is_suspicious or info.file_size > _MAX_MEMBER_BYTES:
        return f"unpacks to {info.file_size >> 20} MB, which no image does; not opened"
    if info.compress_type not in _READABLE:
        return "compressed in a way that is not read; unpack the zip first"
    return ""


def _inner_reason(inner: Entry, archive: Entry) -> str:
    """Why a zip within ``archive`` is not opened; empty where it is."""
    if archive.member is not None:
        return "a zip within a zip within a zip; unpack the outer ones first"
    if inner.size > _MAX_INNER_BYTES:
        return f"a zip of {inner.size >> 20} MB within a zip; unpack the outer one first"
    return ""
