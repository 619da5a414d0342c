"""What a file is that is not DICOM, told from its first bytes: the reason that a reader gets."""

from typing import Final

ZIP: Final = "zip"

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),  # an empty one
    (257, b"ustar", "tar"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
)
"""Offset in bytes, what stands there, and the kind of archive that it tells."""


def archive_kind(head: bytes) -> str:
    """The kind of archive whose first bytes ``head`` are (263 suffice); empty for anything else."""
    return next(
        (kind for offset, magic, kind in _MAGIC if head.startswith(magic, offset)),
        "",
    )


def not_dicom_reason(head: bytes) -> str:
    """Why a file with the first bytes ``head`` is not read, in words for a reader."""
    kind = archive_kind(head)
    if kind:
        return f"an archive of kind {kind}, which is not read; unpack it first"
    return "not a DICOM file"
