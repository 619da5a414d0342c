"""What is fuzzed: a folder is scanned, told as JSON and as a table, remembered, and read."""

import json
from pathlib import Path

from pe_models.cli.scan import as_json, table_lines
from pe_models.errors import PEError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan, Series
from pe_models.imaging.volume import PADDING_HU


class BrokenPromise(Exception):
    """The program went on, but what it answered breaks a contract."""


def open_folder(folder: Path) -> None:
    """Raises whatever a person would see as a traceback; a PEError is an answer."""
    scan = scan_path(folder)
    json.dumps(as_json(scan), allow_nan=False).encode()
    "\n".join(table_lines(scan)).encode("utf-8", "surrogateescape")
    _check_count(scan, folder)
    for study in scan.studies:
        for series in study.series:
            _read(series)


def _check_count(scan: Scan, folder: Path) -> None:
    """Every file is counted once; what is in a zip is counted file by file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if any(path.suffix == ".zip" for path in files):
        return
    n_counted = len(scan.skipped) + sum(s.n_files for study in scan.studies for s in study.series)
    if n_counted != len(files):
        raise BrokenPromise(f"{len(files)} files, {n_counted} of them counted")


def _read(series: Series) -> None:
    try:
        volume = read_volume(series)
    except PEError:
        return
    if volume.hu.shape != (series.n_slices, series.rows, series.cols):
        raise BrokenPromise(f"{series.geometry.shape} was promised, {volume.hu.shape} was read")
    for index in volume.missing_slices:
        if (volume.hu[index] != PADDING_HU).any():
            raise BrokenPromise(f"slice {index} is missing, but shows something")
