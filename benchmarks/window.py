"""The window: first paint, first slice, scrolling, and pauses of the event loop.

    python -m benchmarks.window [FOLDER] [--rounds 5] [--bundle NAME_OR_DIR]

FOLDER holds one CT. Without a display Qt's offscreen platform is used. Prints, over the rounds, the
median and the spread of: the time from the start of the process to its end after the first paint;
from opening to the first slice on screen, and to all; from a key to the slice painted, once all
slices are here and while the same slices, encoded as JPEG 2000, are being decoded; from a move of
the crosshair in the slice to both other planes painted, thin and as slabs; and the longest pause of
the event loop while that happens, and while a study is opened, loaded and analysed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydicom.uid import JPEG2000Lossless
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from benchmarks.shared.room import Pauses, shown_room, wait
from benchmarks.shared.subject import add_folder, best_series, encode, folder_or_phantom, fresh_home
from pe_models.imaging.reslicing.slab import THIN, Slab
from pe_viewer.app import Room, make_application
from pe_viewer.display.planes import slab_text
from pe_viewer.state import ReviewSnapshot

N_STEPS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bundle", default=None)
    args = parser.parse_args()
    with fresh_home():
        folder = folder_or_phantom(args.folder)
        report("start to first paint, s", [first_paint() for _ in range(args.rounds + 1)][1:], 2)
        make_application()
        opened = [first_slice(folder) for _ in range(args.rounds + 1)][1:]
        report("open to first slice, ms", [first for first, _, _ in opened], 0)
        report("open to all slices, ms", [every for _, every, _ in opened], 0)
        report("longest pause while opening, ms", [pause for _, _, pause in opened], 0)
        scroll("key to slice painted", folder, lambda s: s.volume is not None)
        with tempfile.TemporaryDirectory() as target:
            files = [source.path for source in best_series(folder).slices]
            encode(files, Path(target), JPEG2000Lossless)
            scroll("the same while decoding", Path(target), lambda s: s.pixels is not None)
        planes(folder)
        analysis(folder, args.bundle)


def first_paint() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pe_viewer", "--exit-after-first-paint"], check=True)
    return time.perf_counter() - began


def first_slice(folder: Path) -> tuple[float, float, float]:
    """Milliseconds to the first slice, to all slices, and of the longest pause."""
    room = shown_room()
    painted: list[float] = []
    room.window.views.slice_view.slice_painted.connect(
        lambda index: painted.append(time.perf_counter())
    )
    pauses, began = Pauses(), time.perf_counter()
    room.controller.opening.open_path(folder)
    wait(room, lambda: room.state.snapshot.volume is not None and bool(painted))
    every = time.perf_counter()
    pause = pauses.stop()
    room.close()
    return 1000 * (painted[0] - began), 1000 * (every - began), pause


def scroll(name: str, folder: Path, is_ready: Callable[[ReviewSnapshot], bool]) -> None:
    """Steps through the slices once they are ``is_ready``; one not yet loaded counts as painted."""
    room = shown_room()
    room.controller.opening.open_path(folder)
    wait(room, lambda: is_ready(room.state.snapshot))
    n_at_first = n_loaded(room.state.snapshot)
    view = room.window.views.slice_view
    painted: list[int] = []
    view.slice_painted.connect(painted.append)
    times_ms = []
    key = Qt.Key.Key_Down
    for _ in range(N_STEPS):
        at = room.state.snapshot.slice_index
        key = Qt.Key.Key_Up if at == 0 else key
        key = Qt.Key.Key_Down if at == room.state.snapshot.n_slices - 1 else key
        painted.clear()
        began = time.perf_counter()
        QTest.keyClick(view, key)
        wait(room, lambda: room.state.snapshot.slice_index in painted)
        times_ms.append(1000 * (time.perf_counter() - began))
    times_ms.sort()
    p50, p99 = times_ms[N_STEPS // 2], times_ms[int(N_STEPS * 0.99)]
    print(
        f"{name + ', ms':36} p50 {p50:.1f}  p99 {p99:.1f}  worst {times_ms[-1]:.1f}"
        f"  (slices loaded: {n_at_first} at first, {n_loaded(room.state.snapshot)} at last)"
    )
    room.close()


def n_loaded(snapshot: ReviewSnapshot) -> int:
    return 0 if snapshot.loaded is None else len(snapshot.loaded)


class Paints(QObject):
    """Counts what was painted of some widgets."""

    def __init__(self, widgets: Sequence[QWidget]) -> None:
        super().__init__()
        self.painted: set[QObject] = set()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.painted.add(watched)
        return False


def planes(folder: Path) -> None:
    """Drags the crosshair through the slice; both planes are cut and painted for each move."""
    room = shown_room()
    room.controller.opening.open_path(folder)
    wait(room, lambda: room.state.snapshot.volume is not None)
    room.controller.planes.toggle_planes()
    wait(room, lambda: planes_are_cut(room.state.snapshot))
    for slab in (THIN, Slab(10.0), Slab(20.0)):
        room.controller.planes.set_slab(slab)
        wait(room, lambda: planes_are_cut(room.state.snapshot))
        pauses = Pauses()
        times_ms = crosshair_drag(room)
        p50, p99 = times_ms[N_STEPS // 2], times_ms[int(N_STEPS * 0.99)]
        name = f"crosshair to planes, {slab_text(slab)}, ms"
        print(f"{name:36} p50 {p50:.1f}  p99 {p99:.1f}  worst {times_ms[-1]:.1f}"
              f"  (longest pause {pauses.stop():.0f})")  # fmt: skip
    room.close()


def planes_are_cut(snapshot: ReviewSnapshot) -> bool:
    point_mm = snapshot.crosshair_mm
    return point_mm is not None and len(snapshot.reslices) == 2 and all(
        cut.slab == snapshot.slab and abs(cut.plane.distance_mm(point_mm)) < 1e-6
        for cut in snapshot.reslices.values()
    )  # fmt: skip


def crosshair_drag(room: Room) -> list[float]:
    """Milliseconds from a move of the mouse, with Shift held, to both planes; sorted."""
    view, column = room.window.views.slice_view, room.window.views.plane_column
    shown = [plane for plane in column.views.values() if plane.isVisible()]
    paints, shift, times_ms = Paints(shown), Qt.KeyboardModifier.ShiftModifier, []
    start = QPoint(view.width() // 3, view.height() // 3)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, shift, start)
    for step in range(N_STEPS):
        paints.painted.clear()
        began = time.perf_counter()
        QTest.mouseMove(view, start + QPoint(1 + step % 50, 1 + step % 37) * 3)
        wait(room, lambda: planes_are_cut(room.state.snapshot) and len(paints.painted) == 2)
        times_ms.append(1000 * (time.perf_counter() - began))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, shift, start)
    return sorted(times_ms)


def analysis(folder: Path, bundle: str | None) -> None:
    room = shown_room(bundle)
    room.import_readers()
    room.warm_up()
    pauses, began = Pauses(), time.perf_counter()
    room.controller.opening.open_path(folder)
    wait(room, lambda: room.state.snapshot.volume is not None)
    room.controller.analysing.analyze()
    wait(room, lambda: not room.state.snapshot.analysis.is_running)
    spent, pause = time.perf_counter() - began, pauses.stop()
    late = sum(gap > 100 for gap in pauses.gaps_ms)
    phase = room.state.snapshot.analysis.phase.name
    print(f"{'open, load and analyse':36} {spent:.1f} s ({phase}); longest pause {pause:.0f} ms, "
          f"{late} above 100 ms")  # fmt: skip
    room.close()


def report(name: str, values: Sequence[float], digits: int) -> None:
    middle = statistics.median(values)
    print(f"{name:36} {middle:.{digits}f}  ({min(values):.{digits}f} to {max(values):.{digits}f})")


if __name__ == "__main__":
    main()
