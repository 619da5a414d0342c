"""What the benchmarks read: a folder that was named, or a phantom made once; and copies of it."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import Series
from pe_viewer.cli import platform

ROOT = Path(__file__).resolve().parents[2]
PHANTOM = ROOT / "cohorts" / "bench"
ENCODERS: dict[UID, Callable[[NDArray[np.uint16]], bytes | bytearray]] = {
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEGLosslessSV1: lambda words: imagecodecs.jpeg8_encode(words, lossless=True, predictor=1),
    JPEG2000Lossless: lambda words: imagecodecs.jpeg2k_encode(
        words, codecformat="j2k", reversible=True
    ),
}
SYNTAXES = (RLELossless, *ENCODERS)


def add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="one uncompressed CT series; a phantom of 300 slices of 512 x 512 if left out",
    )


def folder_or_phantom(folder: Path | None) -> Path:
    """``folder``, or the phantom, which takes half a minute the first time."""
    if folder is not None:
        return folder
    if not (PHANTOM / "train.csv").exists():
        command = ["phantom", "--studies", "1", "--seed", "1", "--slices", "300"]
        subprocess.run(
            [sys.executable, "-m", "pe_models", *command, "--out", str(PHANTOM)], check=True
        )
    return PHANTOM / "train"


@contextmanager
def fresh_home() -> Iterator[None]:
    """Nothing of a user's is read or written; without a display Qt draws into memory."""
    if not platform.has_display():
        platform.use_no_display()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PE_HOME"] = home
        yield


def best_series(folder: Path) -> Series:
    return scan_folder(folder)[0].series[0]


def encode(files: Sequence[Path], target: Path, syntax: UID) -> None:
    """The same pixels in another encoding, in the order of ``files``."""
    for number, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        if syntax == RLELossless:
            dataset.compress(syntax, generate_instance_uid=False)
        else:
            words = np.ascontiguousarray(dataset.pixel_array).view(np.uint16)
            dataset.PixelData = encapsulate([bytes(ENCODERS[syntax](words))])
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(target / f"{number:04d}.dcm", little_endian=True, implicit_vr=False)


def multiply(files: Sequence[Path], target: Path, n_files: int) -> None:
    """A series of ``n_files`` slices, 0.4 mm apart, from the pixels of ``files`` in turn."""
    for number in range(n_files):
        dataset = pydicom.dcmread(files[number % len(files)])
        dataset.SOPInstanceUID = f"{dataset.SeriesInstanceUID[:50]}.9.{number + 1}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        x, y, _ = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, 0.4 * number]
        dataset.SliceLocation = 0.4 * number
        dataset.FrameOfReferenceUID = f"{dataset.StudyInstanceUID[:50]}.9"
        dataset.InstanceNumber = number + 1
        dataset.save_as(target / f"{number:05d}.dcm")
