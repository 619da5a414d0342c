"""Reading a series to int16 HU: ours beside SimpleITK, a plain pydicom loop and dcm2niix.

    python -m benchmarks.read [FOLDER] [--rounds 5]

FOLDER holds one uncompressed series; it is also written again in each lossless encoding below a
temporary folder. All read the same warm files, in both orders. dcm2niix also writes what it read,
uncompressed, into that folder. pydicom has its fastest plugins installed (the extra ``bench``).
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import dcm2niix
import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813

from benchmarks.shared.subject import SYNTAXES, add_folder, best_series, encode, folder_or_phantom
from benchmarks.shared.timing import OURS, Work, alternated, show, warmed_up
from pe_models.imaging.read import read_volume
from pe_models.imaging.study import Series


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    folder = folder_or_phantom(args.folder)
    series = best_series(folder)
    files = [source.path for source in series.slices]
    print(
        f"{len(files)} slices of {series.rows} x {series.cols}; pydicom {pydicom.__version__}, "
        f"SimpleITK {sitk.__version__}, dcm2niix {dcm2niix.__version__}, {os.cpu_count()} cores"
    )
    compare("raw", series, args.rounds)
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory() as target:
            encode(files, Path(target), syntax)
            compare(syntax.name, best_series(Path(target)), args.rounds)


def compare(title: str, series: Series, rounds: int) -> None:
    rivals = warmed_up(readers(series))
    show(title, alternated(rivals, rounds=rounds), per=series.n_slices, unit="slice")
    for name in (OURS, "SimpleITK series reader"):
        if name in rivals:
            print(f"  {name:26} used {cores_used(rivals[name]):.2f} cores")


def readers(series: Series) -> dict[str, Work]:
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

    def by_dcm2niix() -> None:
        with tempfile.TemporaryDirectory() as target:
            command = [dcm2niix.bin, "-z", "n", "-b", "n", "-o", target, str(Path(paths[0]).parent)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if not list(Path(target).glob("*.nii")):
                raise RuntimeError("it wrote no volume")

    return {
        OURS: lambda: read_volume(series),
        "SimpleITK series reader": by_simpleitk,
        "pydicom int16 loop": by_pydicom,
        "dcm2niix": by_dcm2niix,
    }


def cores_used(work: Work) -> float:
    """Processor time over wall time: a rival that decodes each frame on both cores leaves none."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - busy) / (time.perf_counter() - wall)


if __name__ == "__main__":
    main()
