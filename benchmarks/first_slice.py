"""Time to the first slice once the scan is done, for 300 and 2,000 slices, in each encoding.

    python -m benchmarks.first_slice [FOLDER] [--slices 300 2000] [--rounds 5]

The slices are those of FOLDER, repeated along a longer table. Beside ours a plain pydicom loop that
reads the series before it shows anything, as simple viewers do (one round; uncompressed only).
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pydicom

from benchmarks.shared.subject import (
    SYNTAXES,
    add_folder,
    best_series,
    encode,
    folder_or_phantom,
    multiply,
)
from pe_models.imaging.read import read_into
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.study import Series
from pe_models.parallel import SharedArray
from pe_models.progress import Cancelled, CancelToken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--slices", type=int, nargs="+", default=[300, 2000])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    source = best_series(folder_or_phantom(args.folder))
    files = [each.path for each in source.slices]
    for n_slices in args.slices:
        with tempfile.TemporaryDirectory() as target:
            multiply(files, Path(target), n_slices)
            series = best_series(Path(target))
            measure(f"{n_slices} slices, raw", series, args.rounds)
            print(f"  a loop over the whole series: {whole_loop_ms(series):.0f} ms")
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory() as target:
            encode(files[:40], Path(target), syntax)
            measure(f"40 slices, {syntax.name}", best_series(Path(target)), args.rounds)


def measure(title: str, series: Series, rounds: int) -> None:
    found = [first_slice_ms(series) for _ in range(rounds)]
    spread = f"{min(found):.1f} to {max(found):.1f}"
    print(f"{title}: first slice after {statistics.median(found):.1f} ms ({spread})")


def first_slice_ms(series: Series) -> float:
    """As the window does it: into fresh shared memory, from the middle of the series."""
    cancel = CancelToken()
    shown: list[float] = []

    def on_loaded(_: object) -> None:
        shown.append(time.perf_counter())
        cancel.cancel()

    start = time.perf_counter()
    buffer = SharedArray.create(series.geometry.shape)
    order = LoadingOrder(series.n_slices, focus=series.n_slices // 2)
    try:
        read_into(series, buffer.array, order, on_loaded=on_loaded, cancel=cancel)
    except Cancelled:
        pass
    finally:
        buffer.close()
    return 1000 * (shown[0] - start)


def whole_loop_ms(series: Series) -> float:
    start = time.perf_counter()
    hu = np.empty(series.geometry.shape, np.int16)
    for index, source in enumerate(series.slices):
        dataset = pydicom.dcmread(source.path)
        hu[index] = dataset.pixel_array
        hu[index] += np.int16(dataset.RescaleIntercept)
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
