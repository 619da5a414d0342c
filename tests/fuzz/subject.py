"""What is fuzzed: a folder is scanned, told as JSON and as a table, remembered, and read."""

import io
import json
import shutil
from pathlib import Path

from pe_models.cli.scan import as_json, table_lines
from pe_models.errors import PEError
from pe_models.imaging.dicom.elements import HeaderError
from pe_models.imaging.dicom.headers import FileHeader, HeaderReader
from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan, Series
from pe_models.imaging.volume import PADDING_HU

_REMEMBERED_ONE_IN = 5
_ALONE_ONE_IN = 3
"""The slower checks are made of some cases: those whose size in bytes is divisible by this."""


class BrokenPromise(Exception):
    """The program went on, but what it answered breaks a contract."""


def open_folder(folder: Path) -> None:
    """Raises whatever a person would see as a traceback; a PEError is an answer."""
    scan = scan_path(folder)
    json.dumps(as_json(scan), allow_nan=False).encode()
    "\n".join(table_lines(scan)).encode("utf-8", "surrogateescape")
    _check_count(scan, folder)
    _check_layouts(folder)
    n_bytes = sum(path.stat().st_size for path in folder.iterdir())
    if n_bytes % _REMEMBERED_ONE_IN == 0:
        _check_memory(scan, folder)
    read = _read_all(scan)
    if len(read) > 1 and n_bytes % _ALONE_ONE_IN == 0:
        for path in {where[0] for where in read}:
            _check_alone(path, read)


def _check_count(scan: Scan, folder: Path) -> None:
    """Every file is counted once; what is in a zip is counted file by file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if any(path.suffix == ".zip" for path in files):
        return
    n_counted = len(scan.skipped) + sum(s.n_files for study in scan.studies for s in study.series)
    if n_counted != len(files):
        raise BrokenPromise(f"{len(files)} files, {n_counted} of them counted")


def _check_layouts(folder: Path) -> None:
    """A file says the same after others of its series as alone."""
    reader = HeaderReader()
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        alone = _header(HeaderReader(), data)
        if _header(reader, data) != alone:
            raise BrokenPromise(f"{path.name} is read otherwise after other files")


def _header(reader: HeaderReader, data: bytes) -> FileHeader | str:
    head = data[: reader.head_bytes]
    try:
        return reader.read(head, io.BytesIO(data[len(head) :]), len(data))
    except HeaderError as error:
        return str(error)


def _check_memory(scan: Scan, folder: Path) -> None:
    memory = folder.with_name("memory")
    shutil.rmtree(memory, ignore_errors=True)
    memory.mkdir()
    cache = HeaderCache(memory / "headers.sqlite")
    for _ in range(2):
        if scan_path(folder, cache=cache) != scan:
            raise BrokenPromise("a remembered scan is not the fresh one")


_Where = tuple[Path, str | None, int | None]


def _read_all(scan: Scan) -> dict[_Where, bytes]:
    """The HU of each slice that can be read, by its file, member of a zip and frame."""
    return {
        where: hu
        for study in scan.studies
        for series in study.series
        for where, hu in _read(series).items()
    }


def _check_alone(path: Path, read: dict[_Where, bytes]) -> None:
    """A damaged file changes nothing of what another one shows."""
    for where, hu in _read_all(scan_path(path)).items():
        if read.get(where, hu) != hu:
            raise BrokenPromise(f"{path.name} alone shows something else than beside others")


def _read(series: Series) -> dict[_Where, bytes]:
    try:
        volume = read_volume(series)
    except PEError:
        return {}
    if volume.hu.shape != (series.n_slices, series.rows, series.cols):
        raise BrokenPromise(f"{series.geometry.shape} was promised, {volume.hu.shape} was read")
    for index in volume.missing_slices:
        if (volume.hu[index] != PADDING_HU).any():
            raise BrokenPromise(f"slice {index} is missing, but shows something")
    return {
        (source.path, source.member, source.frame_number): volume.hu[index].tobytes()
        for index, source in enumerate(series.slices)
        if index not in volume.missing_slices
    }
