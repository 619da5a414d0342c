"""How long each format of a report takes, and how large it is.

    python -m benchmarks.report [FOLDER] [--rounds N]

One series with hand-made Findings and maps, its form filled in and signed; what an analysis takes
is not in it. The bars: all formats of 275 slices in under 10 s, the PDF under 5 MB, the SR under
200 KB; the exit status is 1 where one is missed. There is no peer: no viewer writes such a report.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtGui import QGuiApplication

from benchmarks.gallery.report import report_states
from benchmarks.gallery.states import reviewed, subject_of
from benchmarks.shared.subject import add_folder, folder_or_phantom
from pe_models.cli import output
from pe_models.findings import Verdict
from pe_viewer.display.fonts import register_fonts
from pe_viewer.report.build import build_report
from pe_viewer.report.export import ALL, WRITERS, export
from pe_viewer.report.model import Report

BAR_S: Final = 10.0
BARS_BYTES: Final = {"pdf": 5_000_000, "sr": 200_000}
N_SLICES: Final = 275


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])
    register_fonts()
    report = report_of(folder_or_phantom(args.folder))
    parts = (
        f"{report.series.n_slices} slices",
        f"{len(report.numbered_flags)} flagged runs",
        f"{len(report.key_images)} key images",
        f"{len(report.heatmaps)} maps",
    )
    output.say(", ".join(parts))
    missed = [*each_format(report, args.rounds), *all_formats(report, args.rounds)]
    for words in missed:
        output.say(f"missed: {words}")
    del application
    return int(bool(missed))


def report_of(folder: Path) -> Report:
    """A signed report of the best series below ``folder``."""
    subject = subject_of(folder)
    signed = report_states(reviewed(subject.analysed(Verdict.POSITIVE)))["report-signed"]
    if signed.study is None or signed.series is None:
        raise ValueError("nothing is open")
    return build_report(
        signed.study,
        signed.series,
        signed.volume,
        signed.findings,
        signed.heatmaps,
        signed.review,
        created=datetime.now(UTC),
    )


def each_format(report: Report, rounds: int) -> Iterator[str]:
    """Prints a line a format; gives those that are too large."""
    output.say(f"\n{'format':10}{'files':>6}{'bytes':>12}{'ms':>9}   (least to most)")
    for name, write in WRITERS.items():
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            documents = write(report).documents
            seconds.append(time.perf_counter() - start)
        sizes = [len(document.content) for document in documents] or [0]
        spread = f"({1000 * min(seconds):.0f} to {1000 * max(seconds):.0f})"
        middle = 1000 * statistics.median(seconds)
        output.say(f"{name:10}{len(documents):6}{sum(sizes):12,}{middle:9.0f}   {spread}")
        if max(sizes) > BARS_BYTES.get(name, max(sizes)):
            yield f"{name} has a file of {max(sizes):,} bytes"


def all_formats(report: Report, rounds: int) -> Iterator[str]:
    """Prints what it takes to write all of them to disk; gives it where that is too long."""
    seconds = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            export(report, Path(folder), [ALL])
            seconds.append(time.perf_counter() - start)
    n_slices = report.series.n_slices
    output.say(f"\nall, written: {min(seconds):.2f} to {max(seconds):.2f} s")
    if statistics.median(seconds) > BAR_S * max(1.0, n_slices / N_SLICES):
        yield f"all formats of {n_slices} slices take {statistics.median(seconds):.1f} s"


if __name__ == "__main__":
    sys.exit(main())
