"""Whether a file still holds the image that was scanned: others write while a reader looks."""

import os
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO, Final

from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import read_header
from pe_models.imaging.encodings.codecs import DecodeError
from pe_models.imaging.files.sources import Entry
from pe_models.imaging.stacks.planes import SourcePlane
from pe_models.imaging.stacks.stack import slice_source
from pe_models.imaging.study import SliceSource

_CHANGED: Final = "the file was replaced after it was scanned; open the study again"


def check_file(source: SliceSource, stream: BinaryIO) -> None:
    """Raises DecodeError where ``stream``, the file of ``source``, holds another image by now.

    ``stream`` stands at its beginning, before and after.
    """
    found = os.fstat(stream.fileno())
    if source.mtime_ns not in (None, found.st_mtime_ns):
        _check_same(source, stream, found.st_size)
        stream.seek(0)


def check_unpacked(source: SliceSource, unpacked: bytes) -> None:
    """As ``check_file``, for the member of a zip."""
    if source.mtime_ns not in (None, source.path.stat().st_mtime_ns):
        _check_same(source, BytesIO(unpacked), len(unpacked))


def _check_same(source: SliceSource, stream: BinaryIO, size_bytes: int) -> None:
    """A file that was touched, copied over itself or written to its end is still the same."""
    try:
        header = read_header(stream, size_bytes)
    except HeaderError as error:
        raise DecodeError(_CHANGED) from error
    number = source.frame_number or 1
    for frame in header.frames[number - 1 : number]:
        entry = Entry(source.file, size_bytes, 0, source.member)
        found = slice_source(SourcePlane(entry, header, frame), source.position_mm)
        if found == replace(source, mtime_ns=found.mtime_ns):
            return
    raise DecodeError(_CHANGED)
