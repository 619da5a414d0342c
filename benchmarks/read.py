"""Reading a series to HU: ours beside SimpleITK and a plain pydicom loop, on the same files.

    python benchmarks/read.py FOLDER [--rounds 5]

FOLDER holds one uncompressed series; it is also written again in each encoding below a temporary
folder. All readers run warm, in both orders, and read every slice to int16 HU. Prints the median
and spread of each in ms a slice, and the ratio of each peer to ours.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from pe_models.imaging.cache import HeaderCache
from pe_models.imaging.read import read_into, read_volume
from pe_models.imaging.scan import scan_folder, scan_path

Timing = list[float]
ENCODERS = {
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEGLosslessSV1: lambda words: imagecodecs.jpeg8_encode(words, lossless=True, predictor=1),
    JPEG2000Lossless: lambda words: imagecodecs.jpeg2k_encode(
        words, codecformat="j2k", reversible=True
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    files = [source.path for source in best_series(args.folder).slices]
    print(f"{len(files)} slices; pydicom {pydicom.__version__}, SimpleITK {sitk.__version__}")
    report("headers", len(files), header_readers(args.folder, files), args.rounds)
    report("raw", len(files), pixel_readers(args.folder), args.rounds)
    for uid in (RLELossless, *ENCODERS):
        with tempfile.TemporaryDirectory() as target:
            encode(files, Path(target), uid)
            report(uid.name, len(files), pixel_readers(Path(target)), args.rounds)
    first_slice(args.folder, args.rounds)


def best_series(folder: Path):
    return scan_folder(folder)[0].series[0]


def encode(files: list[Path], target: Path, uid: pydicom.uid.UID) -> None:
    for number, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        if uid == RLELossless:
            dataset.compress(uid, generate_instance_uid=False)
        else:
            words = np.ascontiguousarray(dataset.pixel_array).view(np.uint16)
            dataset.PixelData = encapsulate([ENCODERS[uid](words)])
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = uid
        dataset.save_as(target / f"{number:04d}.dcm", little_endian=True, implicit_vr=False)


def header_readers(folder: Path, files: list[Path]) -> dict[str, Callable[[], object]]:
    cache = HeaderCache()
    scan_path(folder, cache=cache)
    return {
        "ours": lambda: scan_path(folder),
        "ours, remembered": lambda: scan_path(folder, cache=cache),
        "pydicom loop": lambda: [pydicom.dcmread(file, stop_before_pixels=True) for file in files],
    }


def pixel_readers(folder: Path) -> dict[str, Callable[[], object]]:
    series = best_series(folder)
    paths = [str(source.path) for source in series.slices]

    def by_simpleitk() -> object:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(paths)
        return sitk.GetArrayViewFromImage(reader.Execute())

    def by_pydicom() -> object:
        hu = np.empty(series.geometry.shape, np.int16)
        for index, path in enumerate(paths):
            dataset = pydicom.dcmread(path)
            hu[index] = dataset.pixel_array
            hu[index] *= np.int16(dataset.RescaleSlope)
            hu[index] += np.int16(dataset.RescaleIntercept)
        return hu

    return {
        "ours": lambda: read_volume(series),
        "SimpleITK series reader": by_simpleitk,
        "pydicom int16 loop": by_pydicom,
    }


def report(title: str, n: int, readers: dict[str, Callable[[], object]], rounds: int) -> None:
    print(f"\n{title}, ms a file")
    readers = {name: read for name, read in readers.items() if is_able(name, read)}
    timings: dict[str, Timing] = {name: [] for name in readers}
    for turn in range(rounds):
        for name in sorted(readers, reverse=bool(turn % 2)):
            start = time.perf_counter()
            readers[name]()
            timings[name].append((time.perf_counter() - start) * 1000 / n)
    ours = statistics.median(timings["ours"])
    for name, found in timings.items():
        median = statistics.median(found)
        spread = f"{min(found):.3f} to {max(found):.3f}"
        print(f"  {name:26} {median:7.3f}  ({spread})  {median / ours:5.2f} x ours")


def is_able(name: str, read: Callable[[], object]) -> bool:
    """Whether the reader has a decoder for these files; warms it up."""
    try:
        read()
    except RuntimeError as error:
        print(f"  {name:26} cannot: {str(error).splitlines()[0][:60]}")
        return False
    return True


def first_slice(folder: Path, rounds: int) -> None:
    series = best_series(folder)
    found = []
    for _ in range(rounds):
        hu = np.empty(series.geometry.shape, np.int16)
        shown: Timing = []
        start = time.perf_counter()
        read_into(
            series,
            hu,
            first=series.n_slices // 2,
            on_loaded=lambda _, shown=shown: shown.append(time.perf_counter()),
            cancel=None,
        )
        found.append((shown[0] - start) * 1000)
    print(f"\nfirst slice after {statistics.median(found):.1f} ms once the scan is done")


if __name__ == "__main__":
    main()
