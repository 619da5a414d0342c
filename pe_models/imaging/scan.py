"""A folder, file, DICOMDIR or zip -> Scan: its studies, best series first, and what was skipped."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pe_models.imaging.archives import Opener, members
from pe_models.imaging.cache import HeaderCache
from pe_models.imaging.elements import HeaderError, NotDicomError
from pe_models.imaging.file_kinds import ZIP, archive_kind
from pe_models.imaging.grouping import Plane
from pe_models.imaging.headers import FileHeader, read_header
from pe_models.imaging.sources import OPEN_ERRORS, Entry, list_entries, reason
from pe_models.imaging.studies import studies_of
from pe_models.imaging.study import Scan, SkippedFile, Study
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress

_REPORT_EVERY: Final = 50
_ZIP_HEAD_BYTES: Final = 4


def scan_folder(path: str | Path, *, cache: HeaderCache | None = None) -> list[Study]:
    """Studies below ``path``; ``scan_path`` also tells what was skipped, and why.

    Raises ScanError where ``path`` does not exist or may not be listed.
    """
    return list(scan_path(path, cache=cache).studies)


def scan_path(
    path: str | Path,
    *,
    cache: HeaderCache | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Scan:
    """All that ``path`` holds; headers that ``cache`` knows are not read again.

    Raises ScanError where ``path`` does not exist or may not be listed, and Cancelled.
    """
    reading = _Reading(cache, on_progress, cancel)
    reading.read_all(list_entries(Path(path)))
    return Scan(studies=studies_of(reading.planes), skipped=tuple(reading.skipped))


class _Reading:
    """Collects planes and skipped files, one entry after the other."""

    def __init__(
        self, cache: HeaderCache | None, on_progress: OnProgress, cancel: CancelToken | None
    ) -> None:
        self._cache = cache
        self._on_progress = on_progress
        self._cancel = cancel or CancelToken()
        self._opener = Opener()
        self.planes: list[Plane] = []
        self.skipped: list[SkippedFile] = []

    def read_all(self, found: Iterable[Entry | SkippedFile]) -> None:
        entries: list[Entry] = []
        for item in found:
            self._cancel.raise_if_cancelled()
            if isinstance(item, SkippedFile):
                self.skipped.append(item)
            else:
                entries.append(item)
        known = self._cache.recall(entries) if self._cache else {}
        fresh: dict[Entry, FileHeader] = {}
        with self._opener:
            for done, (entry, header) in enumerate(self._headers(entries, known)):
                if header is not None:
                    self.planes += [Plane(entry, header, frame) for frame in header.frames]
                    if entry not in known:
                        fresh[entry] = header
                if done % _REPORT_EVERY == 0:
                    self._on_progress(Progress("scan", done, max(done, len(entries))))
        if self._cache and fresh:
            self._cache.remember(fresh)
        self._on_progress(Progress("scan", len(entries), len(entries)))

    def _headers(
        self, entries: Iterable[Entry], known: dict[Entry, FileHeader]
    ) -> Iterator[tuple[Entry, FileHeader | None]]:
        """Each entry with its header, or None where it was skipped; zips are looked into."""
        for entry in entries:
            self._cancel.raise_if_cancelled()
            if entry in known:
                yield entry, known[entry]
                continue
            try:
                with self._opener.open(entry.path, entry.member) as stream:
                    header = read_header(stream, entry.size)
            except NotDicomError as error:
                if entry.member is None and self._is_zip(entry):
                    yield from self._in_zip(entry)
                    continue
                self.skipped.append(entry.skipped(str(error)))
            except HeaderError as error:
                self.skipped.append(entry.skipped(str(error)))
            except OPEN_ERRORS as error:
                self.skipped.append(entry.skipped(f"not readable: {reason(error)}"))
            else:
                yield entry, header
                continue
            yield entry, None

    def _in_zip(self, archive: Entry) -> Iterator[tuple[Entry, FileHeader | None]]:
        inside: list[Entry] = []
        for item in members(archive):
            if isinstance(item, SkippedFile):
                self.skipped.append(item)
            else:
                inside.append(item)
        yield from self._headers(inside, {})

    def _is_zip(self, entry: Entry) -> bool:
        try:
            with self._opener.open(entry.path, None) as stream:
                return archive_kind(stream.read(_ZIP_HEAD_BYTES)) == ZIP
        except OPEN_ERRORS:
            return False
