"""napari stepping through slices, for ``paint.py``; runs in an environment of its own.

    python benchmarks/peers/napari_steps.py SIZE SLICES STEPS

The canvas is SIZE px wide and high, the volume is that of ``paint.py``: int16 on the CPU, two
contrast limits, no text. A step is one move of the slider's model and the repaint that follows.
"""

import sys
import time

import napari
import numpy as np
from qtpy.QtWidgets import QApplication

MATRIX = 512
LIMITS = (-250.0, 450.0)


def main() -> None:
    size, n_slices, n_steps = (int(word) for word in sys.argv[1:])
    rng = np.random.default_rng(0)
    hu = rng.integers(-1000, 600, (n_slices, MATRIX, MATRIX), dtype=np.int16)
    viewer = napari.Viewer(show=False)
    viewer.add_image(hu, contrast_limits=LIMITS, colormap="gray")
    window = viewer.window._qt_window
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFixedSize(size, size)
    window.show()
    for _ in range(20):
        QApplication.processEvents()
    passed, spent = [], []
    for step in range(n_steps + 20):
        began, own = time.perf_counter(), time.thread_time()
        viewer.dims.set_current_step(0, step % n_slices)
        canvas.repaint()
        spent.append(1000 * (time.thread_time() - own))
        passed.append(1000 * (time.perf_counter() - began))
    p50, p99 = np.percentile(passed[20:], [50, 99])
    own50, own99 = np.percentile(spent[20:], [50, 99])
    name = f"step, napari {napari.__version__}"
    print(f"{name:28} p50 {p50:5.2f}  p99 {p99:5.2f}  worst {max(passed[20:]):5.2f} ms;"
          f"  processor p50 {own50:5.2f}  p99 {own99:5.2f}")  # fmt: skip
    window.close()


if __name__ == "__main__":
    main()
