"""Entries -> their headers: of files, and of the members of zips; what has none is skipped."""

from collections.abc import Sequence
from contextlib import closing

from pe_models.imaging.dicom.elements import HeaderError, NotDicomError
from pe_models.imaging.dicom.file_kinds import ZIP, archive_kind
from pe_models.imaging.dicom.headers import FileHeader, HeaderReader
from pe_models.imaging.files.archives import Opener, members
from pe_models.imaging.files.heads import RestOfFile, read_heads
from pe_models.imaging.files.pacing import PacedReports
from pe_models.imaging.files.sources import OPEN_ERRORS, Entry, reason
from pe_models.imaging.study import SkippedFile
from pe_models.progress import CancelToken


class HeaderScan:
    """Collects ``found`` headers and ``skipped`` files, one entry after the other.

    ``fresh`` are those of the headers found that were not known before.
    ``is_repeatable`` says that another scan of the same files would find the same: it is False
    once a file could not be read, which may pass.
    """

    def __init__(self, reports: PacedReports, cancel: CancelToken) -> None:
        self.found: list[tuple[Entry, FileHeader]] = []
        self.fresh: list[tuple[Entry, FileHeader]] = []
        self.skipped: list[SkippedFile] = []
        self.is_repeatable = True
        self._reader = HeaderReader()
        self._cancel = cancel
        self._reports = reports
        self._done = self._total = 0

    def read(
        self, entries: Sequence[Entry], known: Sequence[FileHeader | None] | None = None
    ) -> None:
        """Reads ``entries``, all but those whose headers are ``known``. Raises Cancelled."""
        known = [None] * len(entries) if known is None else known
        self._total += len(entries)
        self._reports.tell_surely(self._done, self._total)
        unknown = [entry for entry, header in zip(entries, known, strict=True) if header is None]
        with closing(read_heads(unknown, lambda: self._reader.head_bytes, self._cancel)) as heads:
            for entry, header in zip(entries, known, strict=True):
                self._cancel.raise_if_cancelled()
                if header is None:
                    self._read_file(entry, next(heads))
                else:
                    self.found.append((entry, header))
                self._count()
        self._reports.tell_surely(self._done, self._total)

    def _read_file(self, entry: Entry, head: bytes | OSError) -> None:
        try:
            if isinstance(head, OSError):
                raise head
            rest = RestOfFile(entry.path, len(head))
            self._keep(entry, self._reader.read(head, rest, entry.size))
        except NotDicomError as error:
            if isinstance(head, bytes) and archive_kind(head) == ZIP:
                self._read_zip(entry)
            else:
                self._skip(entry, str(error))
        except HeaderError as error:
            self._skip(entry, str(error))
        except OPEN_ERRORS as error:
            self._skip_unreadable(entry, error)

    def _read_zip(self, archive: Entry) -> None:
        inside = list(members(archive))
        self._total += len(inside)
        with Opener() as opener:
            for item in inside:
                self._cancel.raise_if_cancelled()
                if isinstance(item, SkippedFile):
                    self.skipped.append(item)
                else:
                    self._read_member(item, opener)
                self._count()

    def _read_member(self, entry: Entry, opener: Opener) -> None:
        try:
            with opener.open(entry.path, entry.member) as stream:
                head = stream.read(self._reader.head_bytes)
                self._keep(entry, self._reader.read(head, stream, entry.size))
        except HeaderError as error:
            self._skip(entry, str(error))
        except OPEN_ERRORS as error:
            self._skip_unreadable(entry, error)

    def _keep(self, entry: Entry, header: FileHeader) -> None:
        self.found.append((entry, header))
        self.fresh.append((entry, header))

    def _skip(self, entry: Entry, why: str) -> None:
        self.skipped.append(entry.skipped(why))

    def _skip_unreadable(self, entry: Entry, error: Exception) -> None:
        self.is_repeatable = False
        self._skip(entry, f"not readable: {reason(error)}")

    def _count(self) -> None:
        self._done += 1
        self._reports.tell(self._done, self._total)
