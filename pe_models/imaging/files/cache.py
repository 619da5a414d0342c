"""HeaderCache: what a scan found, so that the same folder opens at once the second time.

A file of its own below the user's cache folder, mode 0600 because headers name patients. Safe to
delete at any time; a damaged one is replaced. Reviews never enter it.
"""

import json
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from pe_models import __version__, places
from pe_models.imaging.dicom.headers import FileHeader
from pe_models.imaging.files.columns import packed, unpacked
from pe_models.imaging.files.fact_store import FactStore
from pe_models.imaging.files.header_scan import HeaderScan
from pe_models.imaging.files.listing import Listing
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.study import Scan

_FILE_NAME: Final = "headers.sqlite"
_MOST_BYTES: Final = 256 << 20
"""Some 600,000 files."""

_64_BITS: Final = (1 << 64) - 1

_SCHEMA: Final = f"7 {__version__}"
"""What another version wrote is not read."""

_MISSHAPEN: Final = (KeyError, TypeError, ValueError, IndexError, AttributeError)
"""What facts of another shape raise, as ``unpacked`` says."""


class HeaderCache:
    """Whole scans by what their path lists, and headers by file: path, size, time of change.

    ``file`` lies below ``places.user_cache()`` unless given. A cache that cannot be used knows
    nothing.
    """

    def __init__(self, file: Path | None = None, *, most_bytes: int = _MOST_BYTES) -> None:
        self._store = FactStore(lambda: file or places.user_cache() / _FILE_NAME, most_bytes)

    def recall_scan(self, paths: Sequence[Path], listing: Listing) -> Scan | None:
        """The scan of ``paths`` if they list the same files as then, all of them unchanged."""
        key = _key("scan", *paths)
        piece = self._store.get([key]).get(key)
        if piece is None:
            return None
        with suppress(*_MISSHAPEN):
            facts = json.loads(piece)
            if facts["listing"] == _digest(listing):
                return unpacked(Scan, facts["scan"])[0]
        return None

    def recall_headers(self, entries: Sequence[Entry]) -> list[FileHeader | None]:
        """For each of ``entries`` its header, if it is known and has not changed since."""
        keys = {folder: _key("folder", folder) for folder in map(_folder, entries)}
        pieces = self._store.get(list(keys.values()))
        known = {folder: _headers(pieces[key]) for folder, key in keys.items() if key in pieces}
        return [known.get(_folder(entry), {}).get(_stamp(entry)) for entry in entries]

    def remember(
        self, paths: Sequence[Path], listing: Listing, reading: HeaderScan, scan: Scan
    ) -> None:
        """Keeps ``scan``, if another would find the same, and the headers that were read for it."""
        pieces = {
            _key("folder", folder): _encoded(_folder_facts(headers))
            for folder, headers in _by_folder(reading).items()
        }
        if reading.is_repeatable:
            facts = {"listing": _digest(listing), "scan": packed(Scan, [scan])}
            pieces[_key("scan", *paths)] = _encoded(facts)
        self._store.put(pieces)

    def forget_all(self) -> None:
        """Removes the file. A piece may hold many patients, so that no one of them goes alone."""
        self._store.discard()


_Found = list[tuple[Entry, FileHeader]]


def _by_folder(reading: HeaderScan) -> dict[str, _Found]:
    """All headers of each folder in which any was fresh; none of members of zips."""
    found: dict[str, _Found] = {
        _folder(entry): [] for entry, _ in reading.fresh if entry.member is None
    }
    for entry, header in reading.found:
        if entry.member is None and _folder(entry) in found:
            found[_folder(entry)].append((entry, header))
    return found


_Stamp = tuple[str, int, int, int]


def _folder(entry: Entry) -> str:
    return entry.path.rpartition(os.sep)[0]


def _stamp(entry: Entry) -> _Stamp:
    """Name in its folder, size, and times of change: another stamp, another content."""
    return (entry.path.rpartition(os.sep)[2], entry.size, entry.mtime_ns, entry.ctime_ns)


def _folder_facts(headers: _Found) -> dict[str, Any]:
    return {
        "stamps": list(zip(*(_stamp(entry) for entry, _ in headers), strict=True)),
        "headers": packed(FileHeader, [header for _, header in headers]),
    }


def _headers(piece: bytes) -> dict[_Stamp, FileHeader]:
    with suppress(*_MISSHAPEN):
        facts = json.loads(piece)
        stamps = zip(*facts["stamps"], strict=True)
        return dict(zip(stamps, unpacked(FileHeader, facts["headers"]), strict=True))
    return {}


def _encoded(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, separators=(",", ":")).encode()


def _key(kind: str, *paths: str | Path) -> bytes:
    """Names a piece; by whole paths, because the same name lies in many folders."""
    told = "\0".join((_SCHEMA, kind, *map(os.path.abspath, paths)))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _digest(listing: Listing) -> str:
    """Equal for equal files, sizes and times of change."""
    told = [entry.path for entry in listing.entries]
    told += [f"{file.path}\0{file.reason}" for file in listing.passed_over]
    digest = blake2b("\0\0".join(told).encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(array("q", [entry.size for entry in listing.entries]))
    # Masked, because a file may be dated beyond the year 2262, when 63 bits end.
    digest.update(array("Q", [entry.mtime_ns & _64_BITS for entry in listing.entries]))
    digest.update(array("Q", [entry.ctime_ns & _64_BITS for entry in listing.entries]))
    return digest.hexdigest()
