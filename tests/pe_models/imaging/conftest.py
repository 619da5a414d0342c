"""Synthetic DICOM: a small asymmetric CT, written slice by slice with any fault wanted."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

SHAPE = (3, 40, 60)
STEP_MM = 2.5
NATIVE = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}

Encode = Callable[[NDArray[Any]], bytes]
Edit = Callable[[Dataset, int], None]


def _j2k(words: NDArray[Any]) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(words, codecformat="j2k", reversible=True))


def _deflated(words: NDArray[Any]) -> bytes:
    deflating = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflating.compress(words.tobytes()) + deflating.flush()


ENCODERS: dict[str, tuple[str, Encode]] = {
    "JPEG lossless 57": (
        "1.2.840.10008.1.2.4.57",
        lambda words: imagecodecs.jpeg8_encode(words, lossless=True, predictor=4, bitspersample=16),
    ),
    "JPEG lossless 70": (
        "1.2.840.10008.1.2.4.70",
        lambda words: imagecodecs.jpeg8_encode(words, lossless=True, predictor=1, bitspersample=16),
    ),
    "JPEG-LS": ("1.2.840.10008.1.2.4.80", lambda words: imagecodecs.jpegls_encode(words)),
    "JPEG 2000": ("1.2.840.10008.1.2.4.90", _j2k),
    "HTJ2K": (
        "1.2.840.10008.1.2.4.201",
        lambda words: imagecodecs.htj2k_encode(words, reversible=True),
    ),
    "JPEG XL": (
        "1.2.840.10008.1.2.4.110",
        lambda words: imagecodecs.jpegxl_encode(words, lossless=True),
    ),
    "deflated frames": ("1.2.840.10008.1.2.8.1", _deflated),
}
STAND_INS = {"1.2.840.10008.1.2.4.110": HTJ2KLossless, "1.2.840.10008.1.2.8.1": JPEG2000Lossless}
"""Encodings newer than pydicom's dictionary -> one of no smaller length that it writes."""
LOSSLESS = [*NATIVE, "RLE", *ENCODERS]


@dataclass(frozen=True)
class SyntheticSeries:
    """A folder of one series and what it must read as."""

    folder: Path
    hu: NDArray[np.int16]

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def phantom_hu(shape: tuple[int, int, int] = SHAPE) -> NDArray[np.int16]:
    """An arrow on a gradient, different in every slice, row and column."""
    slices, rows, cols = np.indices(shape)
    hu = (-1000 + 7 * rows + 3 * cols + 200 * slices).astype(np.int16)
    hu[:, 10, 5:40] = 900
    hu[:, 5:15, 35] = 1100
    hu[0, 2, 3] = -1024
    hu[-1, -2, -3] = 3071
    return hu


def plain_dataset(index: int, hu: NDArray[np.int16], *, step_mm: float = STEP_MM) -> Dataset:
    """One axial CT slice as a scanner would write it, stored unsigned in 12 bits."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.3.{index + 1}"
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.2"
    dataset.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.4"
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SeriesDescription = "CTPA 1.0"
    dataset.SeriesNumber = 3
    dataset.InstanceNumber = 100 - index
    dataset.PatientName = "PHANTOM^Arrow"
    dataset.PatientID = "P1"
    dataset.SliceThickness = 2.5
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [-20.0, -15.0, -100.0 + step_mm * index]
    dataset.PixelSpacing = [0.7, 0.5]
    dataset.Rows, dataset.Columns = hu.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.PixelData = (hu.astype(np.int32) + 1024).astype("<u2").tobytes()
    return dataset


def encode_dataset(dataset: Dataset, encoding: str) -> None:
    """Replaces the pixels of a plain dataset by encoded ones."""
    if encoding == "RLE":
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.compress(RLELossless, generate_instance_uid=False)
        return
    if encoding in ENCODERS:
        uid, encode = ENCODERS[encoding]
        words = np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)
        dataset.PixelData = encapsulate([encode(np.ascontiguousarray(words))])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = STAND_INS.get(uid, uid)
        return
    dataset.file_meta.TransferSyntaxUID = NATIVE[encoding]
    dataset["PixelData"].VR = "OW"
    if encoding == "big endian":
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()


def _declare(file: Path, syntax: str) -> None:
    """Writes the true encoding over its stand-in, if it has one."""
    if syntax in STAND_INS:
        stand_in = STAND_INS[syntax].encode()
        true = syntax.encode().ljust(len(stand_in), b"\0")
        file.write_bytes(file.read_bytes().replace(stand_in, true, 1))


@pytest.fixture
def write_series(tmp_path: Path) -> Callable[..., SyntheticSeries]:
    """Writes a series; ``edit(dataset, index)`` makes each slice what the test needs.

    File names run against the order of the slices.
    """

    def write(
        *,
        folder: str = "series",
        hu: NDArray[np.int16] | None = None,
        encoding: str = "explicit",
        step_mm: float = STEP_MM,
        edit: Edit = lambda dataset, index: None,
        edit_encoded: Edit = lambda dataset, index: None,
    ) -> SyntheticSeries:
        volume = phantom_hu() if hu is None else hu
        target = tmp_path / folder
        target.mkdir(parents=True, exist_ok=True)
        for index, slice_hu in enumerate(volume):
            dataset = plain_dataset(index, slice_hu, step_mm=step_mm)
            edit(dataset, index)
            encode_dataset(dataset, encoding)
            edit_encoded(dataset, index)
            file = target / f"IM{len(volume) - index:04d}"
            dataset.save_as(file, enforce_file_format=False)
            _declare(file, ENCODERS[encoding][0] if encoding in ENCODERS else "")
        return SyntheticSeries(target, volume)

    return write


@pytest.fixture
def series_hu() -> NDArray[np.int16]:
    return phantom_hu()


@pytest.fixture(params=LOSSLESS)
def lossless_encoding(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def limit_memory() -> Callable[[int], AbstractContextManager[None]]:
    """``with limit_memory(n_bytes)``: no more address space than that beyond what is in use."""
    resource = pytest.importorskip("resource")
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("address space is not limited on this system")

    @contextmanager
    def limited(n_bytes: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_AS)
        in_use = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + n_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    return limited
