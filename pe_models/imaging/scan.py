"""A folder, file, DICOMDIR or zip -> Scan: its studies, best series first, and what was skipped."""

from collections.abc import Sequence
from pathlib import Path

from pe_models.imaging.choosing.studies import studies_of
from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.files.header_scan import HeaderScan
from pe_models.imaging.files.listing import list_paths
from pe_models.imaging.files.pacing import PacedReports
from pe_models.imaging.stacks.planes import SourcePlane
from pe_models.imaging.study import Scan, Study
from pe_models.progress import CancelToken, OnProgress, ignore_progress


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
    """All that ``path`` holds; what ``cache`` knows is not read again.

    Raises ScanError where ``path`` does not exist or may not be listed, and Cancelled.
    """
    return scan_paths([Path(path)], cache=cache, on_progress=on_progress, cancel=cancel)


def scan_paths(
    paths: Sequence[Path],
    *,
    cache: HeaderCache | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Scan:
    """All that ``paths`` hold together: the files of one series may lie in several of them.

    Raises ScanError where one of them does not exist or may not be listed, and Cancelled.
    """
    cancel = cancel or CancelToken()
    listing = list_paths(paths, PacedReports("list", on_progress), cancel)
    reports = PacedReports("scan", on_progress)
    remembered = cache.recall_scan(paths, listing) if cache else None
    if remembered is not None:
        reports.tell_surely(len(listing.entries), len(listing.entries))
        return remembered
    reading = HeaderScan(reports, cancel)
    reading.read(listing.entries, cache.recall_headers(listing.entries) if cache else None)
    planes = (
        SourcePlane(entry, header, frame)
        for entry, header in reading.found
        for frame in header.frames
    )
    studies = studies_of(planes, cancel=cancel)
    scan = Scan(studies, (*listing.passed_over, *reading.skipped))
    if cache:
        cache.remember(paths, listing, reading, scan)
    return scan
