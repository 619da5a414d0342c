"""A digest of the stored pixels of one frame: which slices at one position are the same slice."""

from hashlib import blake2b
from typing import Final

from pe_models.imaging.archives import Opener
from pe_models.imaging.elements import DEFLATED_LITTLE
from pe_models.imaging.headers import FileHeader
from pe_models.imaging.sources import OPEN_ERRORS, Entry

_CHUNK_BYTES: Final = 1 << 20


def pixel_digest(entry: Entry, header: FileHeader, frame_number: int | None) -> bytes | None:
    """None where the pixels cannot be read here; such frames count as different."""
    if frame_number is not None or header.pixels.transfer_syntax == DEFLATED_LITTLE:
        return None
    missing = entry.size if header.pixel_bytes is None else header.pixel_bytes
    try:
        with Opener() as opener, opener.open(entry.path, entry.member) as stream:
            stream.seek(header.pixel_offset)
            digest = blake2b(digest_size=16)
            while chunk := stream.read(min(missing, _CHUNK_BYTES)):
                digest.update(chunk)
                missing -= len(chunk)
    except OPEN_ERRORS:
        return None
    return digest.digest()
