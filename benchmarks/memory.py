"""Peak memory of reading a series, above the idle program, in volumes' bytes. Linux.

    python -m benchmarks.memory [FOLDER]

Each reader runs in a process of its own: imports and scan first, then the resident size, the read,
and the peak (VmHWM, reset before). "After" is what is still held when the volume is gone.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.shared.subject import SYNTAXES, add_folder, best_series, encode, folder_or_phantom

READERS = {
    "ours": "volume = read_volume(series)",
    "ours, as the window does": "buffer = SharedArray.create(series.geometry.shape); "
    "volume = read_into(series, buffer.array, LoadingOrder(series.n_slices), "
    "on_loaded=lambda _: None, cancel=None)",
    "SimpleITK series reader": "reader.SetFileNames([str(s.path) for s in series.slices]); "
    "volume = reader.Execute()",
}
PROGRAM = """
import gc, sys
from pathlib import Path
import numpy, SimpleITK
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.read import read_into, read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.parallel import SharedArray

def kilobytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])

series = scan_folder(sys.argv[1])[0].series[0]
reader = SimpleITK.ImageSeriesReader()
buffer = volume = None
gc.collect()
Path("/proc/self/clear_refs").write_text("5")
idle = kilobytes("VmRSS")
{work}
peak = kilobytes("VmHWM")
if isinstance(buffer, SharedArray):
    buffer.close()
del buffer, volume, reader
gc.collect()
size = 2 * numpy.prod(series.geometry.shape) / 1024
print((peak - idle) / size, (kilobytes("VmRSS") - idle) / size)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    args = parser.parse_args()
    folder = folder_or_phantom(args.folder)
    files = [source.path for source in best_series(folder).slices]
    compare("raw", folder)
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory() as target:
            encode(files, Path(target), syntax)
            compare(syntax.name, Path(target))


def compare(title: str, folder: Path) -> None:
    print(f"\n{title}, in volumes")
    for name, work in READERS.items():
        program = PROGRAM.replace("{work}", work)
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"  {name:26} cannot: {done.stderr.strip().splitlines()[-1][:70]}")
            continue
        peak, after = (float(value) for value in done.stdout.split())
        print(f"  {name:26} peak {peak:5.2f}   after {after:5.2f}")


if __name__ == "__main__":
    main()
