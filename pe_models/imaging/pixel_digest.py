"""Digests of the stored pixels of frames: which slices at one position are the same slice.

A probe of a few kilobytes tells most time points apart; only where probes agree is all read. A
digest is None where the pixels cannot be read; such a plane equals no other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from pe_models import parallel
from pe_models.imaging.archives import Opener
from pe_models.imaging.data_set import HEAD_BYTES, data_set_start
from pe_models.imaging.elements import DEFLATED_LITTLE, HeaderError
from pe_models.imaging.inflate import ByteStream, InflatedStream
from pe_models.imaging.planes import Plane
from pe_models.imaging.sources import OPEN_ERRORS
from pe_models.progress import CancelToken

_PROBE_BYTES: Final = 4096
_CHUNK_BYTES: Final = 1 << 20
_BATCH: Final = 32
_DIGEST_BYTES: Final = 16

Digest = tuple[bytes, int | None]
"""Of the bytes, and the number of the frame where they hold several frames."""


def probe_digests(planes: Sequence[Plane], cancel: CancelToken | None) -> list[Digest | None]:
    """Digests of a few bytes from the middle of the pixels of each. Raises Cancelled."""
    return _digests(planes, _middle, cancel)


def pixel_digests(planes: Sequence[Plane], cancel: CancelToken | None) -> list[Digest | None]:
    """Digests of all pixels of each. Raises Cancelled."""
    return _digests(planes, lambda extent: extent, cancel)


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes of a file, or of what it inflates to."""

    start: int
    length: int


def _digests(
    planes: Sequence[Plane], part_of: Callable[[_Extent], _Extent], cancel: CancelToken | None
) -> list[Digest | None]:
    batches = [planes[first : first + _BATCH] for first in range(0, len(planes), _BATCH)]
    with Opener() as opener:
        done = parallel.map_threads(
            lambda batch: [_digest(opener, plane, part_of(_extent(plane))) for plane in batch],
            batches,
            n_threads=parallel.usable_cores(),
            cancel=cancel,
        )
        return [digest for batch in done for digest in batch]


def _extent(plane: Plane) -> _Extent:
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


def _digest(opener: Opener, plane: Plane, extent: _Extent) -> Digest | None:
    found = blake2b(digest_size=_DIGEST_BYTES)
    try:
        with opener.open(plane.entry.path, plane.entry.member) as stream:
            if plane.header.pixels.transfer_syntax == DEFLATED_LITTLE:
                head = stream.read(HEAD_BYTES)
                inflated = InflatedStream(head[data_set_start(head) :], stream)
                for _ in _chunks(inflated, extent.start):
                    pass
                chunks = _chunks(inflated, extent.length)
            else:
                stream.seek(extent.start)
                chunks = _chunks(stream, extent.length)
            for chunk in chunks:
                found.update(chunk)
    except (HeaderError, *OPEN_ERRORS):
        return None
    is_encapsulated = plane.header.pixel_bytes is None
    return found.digest(), plane.frame.number if is_encapsulated else None


def _chunks(stream: ByteStream, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := stream.read(min(length, _CHUNK_BYTES))):
        yield chunk
        length -= len(chunk)
