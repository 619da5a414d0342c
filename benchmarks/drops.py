"""Slices dropped at 60 a second while another study is loading and the model is at work.

    python -m benchmarks.drops [FOLDER] [--slices 3000] [--bundle NAME_OR_DIR] [--cycles 200]

Counts, in the real window, slices painted of those requested, their times, and the longest pause of
the event loop; then opens and closes the study many times and tells what memory is left.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtTest import QTest

from benchmarks.shared.room import Pauses, shown_room, wait
from benchmarks.shared.subject import add_folder, best_series, folder_or_phantom, fresh_home
from pe_models.imaging.study import Series
from pe_viewer.app import Room, make_application
from pe_viewer.display.looks import CineSettings
from pe_viewer.services.studies import OpenSeries, StudyService

RATE_HZ = 60
PAGE_BYTES = 4096
STEAL_FIELD = 8
SETTLE_MS = 300
"""By then a thread has given back the memory of the study that was closed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--slices", type=int, default=3000)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--bundle", default=None)
    args = parser.parse_args()
    with fresh_home():
        folder = folder_or_phantom(args.folder)
        make_application()
        cine("alone", folder, args.slices, args.bundle, has_load=False)
        cine("while loading and analysing", folder, args.slices, args.bundle, has_load=True)
        cycles(folder, args.cycles)


class Reloading:
    """Another study that is loaded again and again beside the one in view."""

    def __init__(self, room: Room, series: Series) -> None:
        self._service, self._series = StudyService(room.runner), series
        self._is_wanted = True
        self.n_loaded = 0
        self._start()

    def stop(self) -> None:
        self._is_wanted = False

    def _start(self) -> None:
        loading = self._service.load(self._series, first=0)
        loading.job.succeeded.connect(self._on_loaded)

    def _on_loaded(self, opened: OpenSeries) -> None:
        opened.buffer.close()
        self.n_loaded += 1
        if self._is_wanted:
            self._start()


def cine(name: str, folder: Path, n_slices: int, bundle: str | None, *, has_load: bool) -> None:
    """Runs to and fro through the slices; analyses again and again where there is load."""
    room = shown_room(bundle)
    room.import_readers()  # as the program does after its first paint
    room.warm_up()
    room.controller.opening.open_path(folder)
    wait(room, lambda: room.state.snapshot.volume is not None)
    reloading = Reloading(room, best_series(folder)) if has_load else None
    counter = room.window.views.slice_view.counter
    requested, painted = counter.n_requested, counter.n_painted
    times_ms: list[float] = []
    painted_indices: set[int] = set()
    room.window.views.slice_view.slice_painted.connect(painted_indices.add)
    room.window.views.slice_view.slice_painted.connect(lambda k: times_ms.append(counter.last_ms))
    room.state.update(cine=CineSettings(rate_hz=RATE_HZ))
    n_analyses, stolen, pauses, began = 0, stolen_ms(), Pauses(), time.perf_counter()
    room.controller.cine.toggle()
    while counter.n_requested - requested < n_slices:
        if has_load and not room.state.snapshot.analysis.is_running:
            room.controller.analysing.analyze()
            n_analyses += 1
        aim = min(counter.n_requested + RATE_HZ, requested + n_slices)
        wait_for_requests(room, aim)
    spent, pause = time.perf_counter() - began, pauses.stop()
    room.controller.cine.toggle()
    wait(room, lambda: room.state.snapshot.slice_index in painted_indices)
    requested, painted = counter.n_requested - requested, counter.n_painted - painted
    load = "" if reloading is None else f"; {reloading.n_loaded} loads, {n_analyses} analyses begun"
    if reloading is not None:
        reloading.stop()
    room.close()
    print(f"cine {name}: painted {painted} of {requested}, {requested / spent:.1f} a second{load}")
    report_times(times_ms, pause, stolen_ms() - stolen)


def wait_for_requests(room: Room, n_requested: int) -> None:
    counter = room.window.views.slice_view.counter
    wait(room, lambda: counter.n_requested >= n_requested)


def report_times(times_ms: Sequence[float], pause_ms: float, stolen: float) -> None:
    p50, p99 = np.percentile(times_ms, [50, 99])
    print(f"  paint p50 {p50:.1f}  p99 {p99:.1f}  worst {max(times_ms):.1f} ms; "
          f"longest pause of the event loop {pause_ms:.0f} ms; "
          f"the host of this machine took {stolen:.0f} ms")  # fmt: skip


def stolen_ms() -> float:
    """What a virtual machine's host has taken of its processors so far; 0 where that is unknown."""
    file = Path("/proc/stat")
    if not file.exists():
        return 0.0
    ticks = int(file.read_text().split("\n", 1)[0].split()[STEAL_FIELD])
    return 1000.0 * ticks / os.sysconf("SC_CLK_TCK")


def cycles(folder: Path, n_cycles: int) -> None:
    """Resident memory at every tenth of the cycles, and Python's objects at the first and last."""
    room = shown_room()
    room.import_readers()
    held_mb, n_blocks = [], []
    for cycle in range(1, n_cycles + 1):
        room.controller.opening.open_path(folder)
        wait(room, lambda: room.state.snapshot.volume is not None)
        room.controller.opening.close_study()
        if cycle % max(1, n_cycles // 10) == 0:
            QTest.qWait(SETTLE_MS)
            held_mb.append(resident_mb())
            n_blocks.append(sys.getallocatedblocks())
    print(f"{n_cycles} times opened and closed: {', '.join(f'{mb:.0f}' for mb in held_mb)} MB; "
          f"{n_blocks[0]:,} blocks of Python's at first, {n_blocks[-1]:,} at last")  # fmt: skip
    room.close()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1e6


if __name__ == "__main__":
    main()
