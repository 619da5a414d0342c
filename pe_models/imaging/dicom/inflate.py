"""A raw deflate stream read piece by piece, so that a small file cannot unpack to any size."""

import zlib
from typing import Protocol

_CHUNK_BYTES = 64 * 1024


class ByteStream(Protocol):
    """What a header is read from: a file, a member of a zip, or an inflated stream."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""


class InflatedStream:
    """Reads what the deflated bytes ``first`` and then ``rest`` unpack to (PS3.5 A.5).

    Never holds more than was asked for. A damaged stream ends where the damage begins.
    """

    def __init__(self, first: bytes, rest: ByteStream) -> None:
        self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        self._packed = first
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        parts: list[bytes] = []
        missing = size
        while missing > 0 and not self._decoder.eof:
            if not self._packed:
                self._packed = self._rest.read(_CHUNK_BYTES)
            if not self._packed:
                break
            try:
                part = self._decoder.decompress(self._packed, missing)
            except zlib.error:
                break
            self._packed = self._decoder.unconsumed_tail
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)
