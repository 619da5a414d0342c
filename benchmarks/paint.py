"""Painting: a step through the slices, a window drag and the overlay, in milliseconds.

    python -m benchmarks.paint [--size 1024] [--slices 275] [--steps 600] [--napari PYTHON]

Slices of 512 x 512, drawn square. A step is one update of the state and the whole repaint that
follows, text included; pyqtgraph's ImageItem does the same on the same slices in the same run, in
turns, and so does its ImageView. The overlay is a clot map with a cell for every 3 mm. Prints the
50th and 99th percentile and the worst by the clock on the wall, then both percentiles of the time
that the processor spent on it, which other programs hardly change; and the ratio of the medians.

napari needs an environment of its own, and OpenGL: PYTHON is that environment's interpreter, and
``xvfb-run`` gives it a screen where there is none. It steps through the same slices after ours.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from pe_models.findings import (
    CLOT_MAP,
    BundleStamp,
    Crop,
    Findings,
    Heatmap,
    Quality,
    SliceScore,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_models.imaging.volume import LoadedSlices, Volume, VolumeOrigin
from pe_models.imaging.window import PE_WINDOW, Window
from pe_viewer.display.looks import OverlaySettings
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.slice_view import SliceView
from pe_viewer.views.style import apply_style

MATRIX = 512
CELL_PX = 4
"""A cell of a clot map, in pixels of the slice."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--slices", type=int, default=275)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--napari", metavar="PYTHON", help="an interpreter that has napari")
    args = parser.parse_args()
    application = QApplication([])
    apply_style(application)
    snapshot = opened(args.slices)
    state = ReviewState(snapshot)
    view = SliceView(state)
    peer = Peer(args.size)
    view.resize(args.size, args.size)
    view.show()
    application.processEvents()

    def step(k: int) -> None:
        n_painted = view.counter.n_painted
        state.update(slice_index=k % args.slices)
        if view.counter.n_painted == n_painted:  # it is left for later where painting is slow
            view.repaint()

    def drag(k: int) -> None:
        state.update(window=Window(500.0 + k % 400, 100.0))
        view.repaint()

    def hover(k: int) -> None:
        view.repaint()

    def peer_step(k: int) -> None:
        peer.show_slice(snapshot.volume, k % args.slices, PE_WINDOW)

    def peer_drag(k: int) -> None:
        peer.show_slice(snapshot.volume, args.slices // 2, Window(500.0 + k % 400, 100.0))

    print(f"{args.size} x {args.size} px, {args.slices} slices of {MATRIX} x {MATRIX}")
    in_turns("step", step, peer_step, args.steps)
    in_turns("window drag", drag, peer_drag, args.steps)
    whole = WholeView(snapshot.volume, args.size)
    in_turns("step", step, whole.show_slice, args.steps, peer="ImageView")
    state.update(overlay=OverlaySettings(is_visible=True))
    report("step with overlay", timed(step, args.steps))
    report("repaint, nothing new", timed(hover, args.steps))
    if args.napari:
        with_napari(args.napari, args.size, args.slices, args.steps)


def with_napari(python: str, size: int, n_slices: int, n_steps: int) -> None:
    script = Path(__file__).with_name("peers") / "napari_steps.py"
    command = [python, str(script), str(size), str(n_slices), str(n_steps)]
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        command = ["xvfb-run", "-a", "-s", "-screen 0 2000x2000x24", *command]
    clean = {name: text for name, text in os.environ.items() if name != "QT_QPA_PLATFORM"}
    subprocess.run(command, check=True, env=clean)


class Peer:
    """pyqtgraph's ImageItem as its documentation has it for speed: uint8, no autoLevels."""

    def __init__(self, size: int) -> None:
        self.view = pg.GraphicsView()
        box = pg.ViewBox(invertY=True, lockAspect=True, enableMenu=False)
        self.view.setCentralItem(box)
        self.item = pg.ImageItem(axisOrder="row-major")
        box.addItem(self.item)
        self.view.resize(size, size)
        self.view.show()

    def show_slice(self, volume: Volume | None, index: int, window: Window) -> None:
        if volume is None:
            raise ValueError("nothing to draw")
        self.item.setImage(
            volume.hu[index], autoLevels=False, levels=(window.low_hu, window.high_hu)
        )
        self.view.viewport().repaint()


class WholeView:
    """pyqtgraph's ImageView over the whole volume, stepped as its slider steps it."""

    def __init__(self, volume: Volume | None, size: int) -> None:
        if volume is None:
            raise ValueError("nothing to draw")
        self.n_slices = volume.n_slices
        self.view = pg.ImageView()
        self.view.imageItem.setOpts(axisOrder="row-major")
        self.view.ui.histogram.hide()
        self.view.resize(size, size)
        self.view.show()
        self.view.setImage(
            volume.hu, autoLevels=False, levels=(PE_WINDOW.low_hu, PE_WINDOW.high_hu)
        )

    def show_slice(self, k: int) -> None:
        self.view.setCurrentIndex(k % self.n_slices)
        QApplication.processEvents()


def in_turns(
    name: str,
    ours: Callable[[int], None],
    peers: Callable[[int], None],
    n_steps: int,
    *,
    peer: str = "ImageItem",
) -> None:
    """Both orders, five rounds, as load on the machine drifts."""
    own: list[Cost] = []
    other: list[Cost] = []
    for round_number in range(5):
        pair = [(ours, own), (peers, other)]
        for work, times in pair if round_number % 2 else reversed(pair):
            times.extend(timed(work, n_steps // 5))
    report(name, own)
    report(f"{name}, {peer}", other)
    spent = np.median([c.spent_ms for c in own]) / np.median([c.spent_ms for c in other])
    passed = np.median([c.passed_ms for c in own]) / np.median([c.passed_ms for c in other])
    print(f"{'':28} ours / {peer} {spent:.2f} by the processor, {passed:.2f} by the clock")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took: by the clock on the wall, and of this thread's processor."""

    passed_ms: float
    spent_ms: float


def timed(work: Callable[[int], None], n_steps: int) -> list[Cost]:
    for k in range(10):
        work(k)
    costs = []
    for k in range(n_steps):
        began, spent = time.perf_counter(), time.thread_time()
        work(k)
        ended = time.thread_time()
        costs.append(Cost(1000 * (time.perf_counter() - began), 1000 * (ended - spent)))
    return costs


def report(name: str, costs: Sequence[Cost]) -> None:
    passed, spent = [c.passed_ms for c in costs], [c.spent_ms for c in costs]
    p50, p99 = np.percentile(passed, [50, 99])
    own50, own99 = np.percentile(spent, [50, 99])
    print(f"{name:28} p50 {p50:5.2f}  p99 {p99:5.2f}  worst {max(passed):5.2f} ms;"
          f"  processor p50 {own50:5.2f}  p99 {own99:5.2f}")  # fmt: skip


def opened(n_slices: int) -> ReviewSnapshot:
    """A loaded study of noise around soft tissue; painting does not care what it shows."""
    geometry = Geometry.axial((n_slices, MATRIX, MATRIX), (1.0, 0.7, 0.7))
    hu = np.random.default_rng(0).integers(-1000, 600, geometry.shape, dtype=np.int16)
    pixels = PixelFormat("1.2.840.10008.1.2.1", MATRIX, MATRIX, 16, 16, True)
    sources = tuple(
        SliceSource(f"{k}", f"1.{k}", "1", n_slices - k, float(k), (0.0, 0.0, k), pixels)
        for k in range(n_slices)
    )
    series = Series("1", "1.1", "CT", "CTPA 1.0", sources, geometry, n_slices)
    volume = Volume(hu, geometry, VolumeOrigin.of(series))
    crop = Crop(80, 430, 60, 450)
    cells = n_slices, (430 - 80) // CELL_PX, (450 - 60) // CELL_PX
    grid = np.random.default_rng(1).normal(1.0, 3.0, cells).astype(np.float32)
    return replace(
        ReviewSnapshot(),
        series=series,
        geometry=geometry,
        pixels=volume.hu,
        loaded=LoadedSlices.all_of(n_slices),
        volume=volume,
        findings=flagged(n_slices, crop),
        heatmaps=tuple(Heatmap(k, grid[k], crop, CLOT_MAP) for k in range(n_slices)),
    )


def flagged(n_slices: int, crop: Crop) -> Findings:
    """Findings that flag every slice, so that the overlay is drawn on each."""
    slices = tuple(
        SliceScore(k, n_slices - k, None, f"1.{k}", float(k), 0.9, 0.9, {"pe": 0.9})
        for k in range(n_slices)
    )
    stamp = BundleStamp("bench", "1", "0" * 64, "nothing", "phantoms")
    return Findings(
        task="pe", bundle=stamp, study_uid="1", series_uid="1.1", spacing_mm=(1.0, 0.7, 0.7),
        crop=crop, slices=slices, exam={}, verdict=None, zone=None, flags=(), flag_threshold=0.5,
        quality=Quality(350.0),
    )  # fmt: skip


if __name__ == "__main__":
    main()
