"""DICOMDIR, the index of a disc (PS3.3 annex F, PS3.10 chapter 8) -> the files that it names.

File systems and copying change names: cases differ, ISO 9660 adds a version (``;1``) and a final
dot. A name is therefore looked up in the folder itself, exactly first, then without these.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pe_models.imaging.dicom import values
from pe_models.imaging.dicom.data_set import parse_file
from pe_models.imaging.dicom.elements import Elements, HeaderError

_RECORDS: Final = 0x00041220
_IN_USE: Final = 0x00041410
_FILE_ID: Final = 0x00041500
_WANTED: Final = frozenset({_RECORDS, _IN_USE, _FILE_ID})
_INACTIVE: Final = 0x0000
_VERSION: Final = re.compile(r";\d+$")
_SEPARATORS: Final = re.compile(r"[\\/]")
_NOWHERE: Final = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class Disc:
    """What a DICOMDIR names: ``files`` that are there, ``missing`` ones, in its order.

    ``n_refused`` names lead out of the disc (``..``, absolute).
    """

    files: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    n_refused: int = 0


def is_dicomdir(name: str) -> bool:
    """Whether a file of this name is the index of a disc."""
    return _plain(name) == "DICOMDIR"


def read_disc(dicomdir: Path) -> Disc:
    """The files that ``dicomdir`` names, each once; an empty Disc where it cannot be read."""
    try:
        with dicomdir.open("rb") as stream:
            records = values.items(parse_file(stream, _WANTED).elements, _RECORDS)
    except (HeaderError, OSError):
        return Disc()
    named = dict.fromkeys(parts for record in records if (parts := _parts(record)))
    inside = [parts for parts in named if not any(map(_leads_out, parts))]
    folders = _Folders()
    files, missing = [], []
    for parts in inside:
        path = folders.find(dicomdir.parent, parts)
        if path is None:
            missing.append(dicomdir.parent.joinpath(*parts))
        else:
            files.append(path)
    return Disc(tuple(dict.fromkeys(files)), tuple(missing), len(named) - len(inside))


def _parts(record: Elements) -> tuple[str, ...]:
    """The folders and the name of a record's file; empty for a record without a file."""
    flag = values.binary_integer(record, _IN_USE, is_little=True)
    file_id = values.code(record, _FILE_ID)
    if flag == _INACTIVE or not file_id:
        return ()
    return tuple(part.strip() for part in _SEPARATORS.split(file_id))


def _leads_out(part: str) -> bool:
    return part in _NOWHERE or ":" in part


def _plain(name: str) -> str:
    return _VERSION.sub("", name).rstrip(".").upper()


@dataclass(slots=True)
class _Folders:
    """Listings of the folders of one disc, each read once."""

    _listings: dict[Path, dict[str, str]] = field(default_factory=dict)

    def find(self, root: Path, parts: tuple[str, ...]) -> Path | None:
        """The path below ``root`` that ``parts`` name; None where there is none."""
        path = root
        for part in parts:
            listing = self._listing(path)
            name = listing.get(part) or listing.get(_plain(part))
            if name is None:
                return None
            path = path / name
        return path

    def _listing(self, folder: Path) -> dict[str, str]:
        """Names in ``folder``, by themselves and by their plain form."""
        if folder not in self._listings:
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
            except OSError:
                names = []
            plain = {_plain(name): name for name in reversed(names)}
            self._listings[folder] = plain | {name: name for name in names}
        return self._listings[folder]
