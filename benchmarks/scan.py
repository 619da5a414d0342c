"""Scanning a folder: ours, cold and remembered, beside a plain pydicom loop over the headers.

    python -m benchmarks.scan [FOLDER] [--files 2000] [--rounds 5]

The series of FOLDER is written again, along a longer table, until there are so many files. All
run warm, in both orders. Ours lists, reads, groups, orders, checks and ranks; the loop only reads
(``dcmread(stop_before_pixels=True)``). "Changed" is a remembered folder to which a file was added.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

import pydicom

from benchmarks.shared.subject import add_folder, best_series, folder_or_phantom, multiply
from benchmarks.shared.timing import OURS, alternated, show, warmed_up
from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.scan import scan_path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--files", type=int, nargs="+", default=[2000])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    files = [source.path for source in best_series(folder_or_phantom(args.folder)).slices]
    print(f"pydicom {pydicom.__version__}")
    for n_files in args.files:
        with tempfile.TemporaryDirectory() as target:
            folder = Path(target, "series")
            folder.mkdir()
            multiply(files, folder, n_files)
            compare(folder, n_files, args.rounds)


def compare(folder: Path, n_files: int, rounds: int) -> None:
    cache = HeaderCache(folder.parent / "headers.sqlite")
    grown = HeaderCache(folder.parent / "grown.sqlite")
    added = folder / "added.txt"

    def remember_anew() -> None:
        scan_path(
            folder, cache=HeaderCache(Path(tempfile.mkdtemp(dir=folder.parent), "new.sqlite"))
        )

    def changed() -> None:
        shutil.copy(__file__, added)
        scan_path(folder, cache=grown)
        added.unlink()

    def loop() -> None:
        for path in sorted(folder.iterdir()):
            pydicom.dcmread(path, stop_before_pixels=True)

    rivals = {
        OURS: lambda: scan_path(folder),
        "ours, remembering": remember_anew,
        "ours, changed": changed,
        "ours, remembered": lambda: scan_path(folder, cache=cache),
        "pydicom loop": loop,
    }
    seconds = alternated(warmed_up(rivals), rounds=rounds)
    show(f"{n_files} files", seconds, per=n_files, unit="file")
    whole, again = (
        statistics.median(seconds[name]) for name in ("pydicom loop", "ours, remembered")
    )
    print(f"  the loop takes {whole / again:.0f} x ours, remembered")


if __name__ == "__main__":
    main()
