"""What paths list, all of it: the files to read, and what was passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pe_models.imaging.files.pacing import PacedReports
from pe_models.imaging.files.sources import Entry, list_entries
from pe_models.imaging.study import SkippedFile
from pe_models.progress import CancelToken

_REPORT_EVERY: Final = 64


@dataclass(frozen=True, slots=True)
class Listing:
    """``entries`` in the order in which they are read; ``passed_over`` are no files to read."""

    entries: tuple[Entry, ...]
    passed_over: tuple[SkippedFile, ...] = ()


def list_paths(paths: Sequence[Path], reports: PacedReports, cancel: CancelToken) -> Listing:
    """What several paths list; what two of them list stands there once.

    Raises ScanError where one of them does not exist or may not be listed, and Cancelled.
    """
    listings = [_list_path(path, reports, cancel) for path in paths]
    if len(listings) == 1:
        return listings[0]
    return Listing(
        tuple(dict.fromkeys(entry for listing in listings for entry in listing.entries)),
        tuple(dict.fromkeys(file for listing in listings for file in listing.passed_over)),
    )


def _list_path(path: Path, reports: PacedReports, cancel: CancelToken) -> Listing:
    entries: list[Entry] = []
    passed_over: list[SkippedFile] = []
    for item in list_entries(path):
        cancel.raise_if_cancelled()
        if isinstance(item, SkippedFile):
            passed_over.append(item)
        else:
            entries.append(item)
            if len(entries) % _REPORT_EVERY == 0:
                reports.tell(len(entries), 0)
    return Listing(tuple(entries), tuple(passed_over))
