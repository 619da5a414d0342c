"""A folder, file, DICOMDIR or zip -> Scan: its studies, best series first, and what was skipped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.imaging.archives import Opener, members
from pe_models.imaging.cache import HeaderCache
from pe_models.imaging.checks import warnings_of
from pe_models.imaging.elements import HeaderError, NotDicomError
from pe_models.imaging.file_kinds import ZIP, archive_kind
from pe_models.imaging.grouping import Plane, Stack, stacks_of
from pe_models.imaging.headers import FileHeader, StudyHeader, read_header
from pe_models.imaging.position import is_axial
from pe_models.imaging.ranking import Tags, ranked
from pe_models.imaging.sources import OPEN_ERRORS, Entry, list_entries, reason
from pe_models.imaging.stack import order, slice_sources
from pe_models.imaging.study import Scan, Series, SkippedFile, Study
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
    return Scan(studies=_studies(reading.planes), skipped=tuple(reading.skipped))


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
                    header = read_header(stream)
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


@dataclass(frozen=True, slots=True)
class _Built:
    header: StudyHeader
    series: Series
    tags: Tags


def _studies(planes: Iterable[Plane]) -> tuple[Study, ...]:
    by_study: dict[str, list[_Built]] = defaultdict(list)
    counted: set[Entry] = set()
    for stack in stacks_of(planes):
        built = _series(stack, counted)
        by_study[built.header.study_uid].append(built)
    return tuple(_study(group) for group in by_study.values())


def _study(group: list[_Built]) -> Study:
    header = group[0].header
    return Study(
        study_uid=header.study_uid,
        patient=header.patient,
        series=ranked([(built.series, built.tags) for built in group]),
        date=header.date,
        time=header.time,
        description=header.description,
        accession_number=header.accession_number,
        study_id=header.study_id,
    )


def _series(stack: Stack, counted: set[Entry]) -> _Built:
    """Builds one series; a file whose frames form several stacks is counted in the first."""
    ordered = order(stack)
    own = {plane.entry for plane in (*stack.planes, *stack.duplicates)} - counted
    counted |= own
    first = ordered.planes[0]
    header = first.header
    orientation = first.frame.orientation
    series = Series(
        study_uid=header.study.study_uid,
        series_uid=header.series_uid,
        modality=header.modality,
        description=header.description,
        slices=slice_sources(ordered),
        geometry=ordered.geometry,
        n_files=len(own),
        series_number=header.series_number,
        frame_of_reference_uid=header.frame_of_reference_uid,
        body_part=header.body_part,
        kernel=header.kernel,
        slice_thickness_mm=first.frame.thickness_mm,
        contrast_agent=header.contrast_agent,
        manufacturer=header.manufacturer,
        is_axial=orientation is None or is_axial(orientation),
        warnings=warnings_of(stack, ordered),
    )
    tags = Tags(header.study.description, header.protocol, header.image_type)
    return _Built(header.study, series, tags)
