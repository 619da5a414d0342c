"""Scrolling while a training runs that was started from the menu, its window open beside.

    python -m benchmarks.scroll_while_training [FOLDER]

From a key to the slice painted, as ``window.py`` measures it: alone, while phantoms are made, and
while the slice net trains. The bar is 16 ms at the 99th percentile.
"""

import argparse
import time
from collections.abc import Callable

from PySide6.QtTest import QTest

from benchmarks.shared.subject import add_folder, folder_or_phantom, fresh_home
from benchmarks.window import scroll
from pe_models.retraining.order import PhantomData, RetrainOrder, Start
from pe_viewer.app import make_application
from pe_viewer.jobs import JobRunner
from pe_viewer.library.library import Library
from pe_viewer.training_room import TrainingRoom
from pe_viewer.training_state import RunView

ORDER = RetrainOrder(
    phantoms=PhantomData(8, seed=32_000, matrix=256),
    preset="laptop",
    settings=("localizer.steps=5", "slice.steps=5000"),
    start=Start.SCRATCH,
    device="cpu",
)
PATIENCE_S = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    args = parser.parse_args()
    with fresh_home():
        folder = folder_or_phantom(args.folder)
        make_application()
        scroll("alone", folder, lambda s: s.volume is not None)
        runner, library = JobRunner(), Library(None)
        library.open()
        room = TrainingRoom(runner, library, lambda: None, lambda *what: None)
        room.show()
        room.retraining.start(ORDER)
        for stage, name in (("phantom", "while phantoms are made"), ("slice", "while it trains")):
            wait_for(room, at_stage(stage))
            scroll(name, folder, lambda s: s.volume is not None)
        room.retraining.stop()
        wait_for(room, lambda run: not run.status.is_alive)
        room.close()
        runner.shutdown()
        library.close()


def at_stage(stage: str) -> Callable[[RunView], bool]:
    return lambda run: run.status.stage == stage


def wait_for(room: TrainingRoom, is_met: Callable[[RunView], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not any(is_met(run) for run in room.state.snapshot.runs):
        QTest.qWait(100)
        if time.monotonic() > end:
            raise SystemExit(f"it did not come so far: {room.state.snapshot.runs}")


if __name__ == "__main__":
    main()
