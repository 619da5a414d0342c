"""Every file is counted in one series or stands in ``skipped``, whatever lies in the tree."""

import os
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan

FOLDERS = ("", "a", "a/b", "Z z/ä")
CHANGES: dict[str, dict[str, object]] = {
    "another kernel": {"ConvolutionKernel": "LUNG"},
    "another study": {"StudyInstanceUID": "1.9"},
    "another time": {"TemporalPositionIdentifier": 2, "PixelData": bytes(4800)},
    "another frame of reference": {"FrameOfReferenceUID": "1.9.9"},
    "the same slice under another name": {"SOPInstanceUID": "1.2.10"},
    "no position": {"ImagePositionPatient": None},
    "turned": {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]},
    "three frames": {"NumberOfFrames": 3, "PixelData": bytes(3 * 4800)},
    "no series": {"SeriesInstanceUID": None},
    "no pixels": {"PixelData": None},
    "colour": {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"},
    "huge": {"Rows": 65535, "Columns": 65535},
    "an unknown encoding": {"SOPInstanceUID": "1.2.11"},
}
"""Kind -> what it changes of slice 1; None takes an element away."""

LINKS = ("a link to a file", "a dead link", "a pipe")
COUNTS = {"a zip of two slices and a text": 3, "a zip in a zip": 2}
"""Files that a zip is counted as; anything else is one."""


@pytest.fixture
def pool(write_series) -> dict[str, bytes]:
    """The content of each kind of file."""
    slices = [file.read_bytes() for file in reversed(write_series().files)]
    found = {f"slice {index}": content for index, content in enumerate(slices)}
    for kind, changes in CHANGES.items():

        def edit(dataset, index, changes=changes):
            for keyword, value in changes.items():
                if value is None:
                    delattr(dataset, keyword)
                else:
                    setattr(dataset, keyword, value)

        found[kind] = write_series(folder=kind, edit_encoded=edit).files[1].read_bytes()
    found["JPEG-LS"] = write_series(folder="jls", encoding="JPEG-LS").files[1].read_bytes()
    found["cut in its header"], found["cut in its pixels"] = slices[0][:600], slices[2][:-1000]
    found["an unknown encoding"] = found["JPEG-LS"].replace(b"1.2.4.80", b"1.2.4.99")
    found["text"] = found["DICOMDIR"] = b"Patient was seen."
    found["a tar"] = bytes(257) + b"ustar" + bytes(300)
    found["empty"] = b""
    found["a zip of two slices and a text"] = zipped(slices[0], slices[1], found["text"])
    found["a zip in a zip"] = zipped(zipped(slices[1]), slices[2])
    found["a broken zip"] = zipped(slices[0])[:-30]
    found["an empty zip"] = zipped()
    return found


def zipped(*contents: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, content in enumerate(contents):
            suffix = ".zip" if content[:2] == b"PK" else ""
            archive.writestr(f"{number}{suffix}", content)
    return packed.getvalue()


def plant(top: Path, tree: list[tuple[str, str]], pool: dict[str, bytes]) -> int:
    """Makes the files of ``tree`` (folder, kind) below ``top``; how many must be accounted for."""
    outside = top.with_name("outside")
    outside.write_bytes(pool["slice 0"])
    n_files = 0
    for number, (folder, kind) in enumerate(tree):
        path = top / folder / ("DICOMDIR" if kind == "DICOMDIR" else f"{number}")
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "a pipe":
            os.mkfifo(path)
        elif kind in LINKS:
            path.symlink_to(outside if kind == "a link to a file" else top / "nowhere")
        else:
            path.write_bytes(pool[kind])
        n_files += COUNTS.get(kind, 1)
    return n_files


def n_counted(scan: Scan) -> int:
    return len(scan.skipped) + sum(s.n_files for study in scan.studies for s in study.series)


def test_every_file_is_counted_once(pool, tmp_path):
    kinds = st.sampled_from(sorted({*pool, *LINKS}))
    trees = st.lists(st.tuples(st.sampled_from(FOLDERS), kinds), max_size=14)
    top = tmp_path / "tree"

    @settings(max_examples=60, deadline=None)
    @given(trees)
    def check(tree: list[tuple[str, str]]) -> None:
        shutil.rmtree(top, ignore_errors=True)
        top.mkdir()
        n_files = plant(top, tree, pool)
        cache = HeaderCache()

        scan = scan_path(top, cache=cache)

        assert n_counted(scan) == n_files
        read = [s.path for study in scan.studies for each in study.series for s in each.slices]
        skipped = [file.path for file in scan.skipped]
        assert not {path for path in skipped if path.is_file()} & set(read)
        assert all(file.reason for file in scan.skipped)
        assert scan_path(top, cache=cache) == scan

    check()


@pytest.mark.parametrize("kind", sorted({*CHANGES, *COUNTS, "an empty zip", "a broken zip"}))
def test_each_kind_alone_is_counted(pool, tmp_path, kind):
    top = tmp_path / "tree"
    top.mkdir()
    n_files = plant(top, [("", kind)], pool)

    assert n_counted(scan_path(top)) == n_files
