"""Stored pixels as they lie in their files, unread: which slices at one position are the same.

Compared byte by byte, which is faster than any digest. A probe of a few kilobytes tells most time
points apart; only where probes agree is all read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Self

from pe_models import parallel
from pe_models.imaging.dicom.data_set import HEAD_BYTES, data_set_start
from pe_models.imaging.dicom.elements import DEFLATED_LITTLE, HeaderError
from pe_models.imaging.dicom.inflate import ByteStream, InflatedStream
from pe_models.imaging.files.archives import Opener
from pe_models.imaging.files.sources import OPEN_ERRORS, Entry
from pe_models.imaging.stacks.planes import SourcePlane
from pe_models.progress import CancelToken

_PROBE_BYTES: Final = 4096
_CHUNK_BYTES: Final = 1 << 20
_BATCH: Final = 32


class PixelBytes:
    """Bytes that are equal for planes of equal pixels; None where they cannot be read."""

    def __init__(self) -> None:
        self._opener = Opener()
        self._digest_of = lru_cache(_BATCH)(self._digest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opener.__exit__()

    def probes(
        self, planes: Sequence[SourcePlane], cancel: CancelToken | None
    ) -> list[bytes | None]:
        """A few bytes from the middle of the pixels of each. Raises Cancelled."""
        batches = [planes[first : first + _BATCH] for first in range(0, len(planes), _BATCH)]
        done = parallel.map_threads(
            lambda batch: list(map(self._probe, batch)),
            batches,
            n_threads=parallel.usable_cores(),
            cancel=cancel,
        )
        return [probe for batch in done for probe in batch]

    def of(self, plane: SourcePlane) -> bytes | None:
        """All that the pixels of ``plane`` are stored as.

        Of encapsulated frames that share a file, a digest of the file and the frame's number.
        """
        number = plane.frame.number
        try:
            if plane.header.pixel_bytes is None and number is not None:
                return self._digest_of(plane.entry, plane.header.pixel_offset) + b"%d" % number
            return b"".join(self._chunks(plane, _extent(plane)))
        except (HeaderError, *OPEN_ERRORS):
            return None

    def _probe(self, plane: SourcePlane) -> bytes | None:
        try:
            return b"".join(self._chunks(plane, _middle(_extent(plane))))
        except (HeaderError, *OPEN_ERRORS):
            return None

    def _digest(self, entry: Entry, offset: int) -> bytes:
        found = sha256()
        with self._opener.open(entry.path, entry.member) as stream:
            stream.seek(offset)
            for chunk in _read(stream, entry.size - offset):
                found.update(chunk)
        return found.digest()

    def _chunks(self, plane: SourcePlane, extent: "_Extent") -> Iterator[bytes]:
        with self._opener.open(plane.entry.path, plane.entry.member) as stream:
            if plane.header.pixels.transfer_syntax != DEFLATED_LITTLE:
                stream.seek(extent.start)
                yield from _read(stream, extent.length)
                return
            head = stream.read(HEAD_BYTES)
            inflated = InflatedStream(head[data_set_start(head) :], stream)
            for _ in _read(inflated, extent.start):  # there is no seeking in it
                pass
            yield from _read(inflated, extent.length)


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes of a file, or of what it inflates to."""

    start: int
    length: int


def _extent(plane: SourcePlane) -> _Extent:
    """Where the pixels of one frame lie; of encapsulated ones, those of all frames."""
    header = plane.header
    if header.pixel_bytes is None:
        return _Extent(header.pixel_offset, plane.entry.size - header.pixel_offset)
    if plane.frame.number is None:
        return _Extent(header.pixel_offset, header.pixel_bytes)
    pixels = header.pixels
    frame_bytes = pixels.rows * pixels.cols * pixels.bits_allocated // 8
    before = (plane.frame.number - 1) * frame_bytes
    return _Extent(header.pixel_offset + before, min(frame_bytes, header.pixel_bytes - before))


def _middle(extent: _Extent) -> _Extent:
    length = min(extent.length, _PROBE_BYTES)
    return _Extent(extent.start + (extent.length - length) // 2, length)


def _read(stream: ByteStream, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := stream.read(min(length, _CHUNK_BYTES))):
        yield chunk
        length -= len(chunk)
