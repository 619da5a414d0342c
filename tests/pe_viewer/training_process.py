"""A small real process that behaves as `pe-models retrain` does: locks, state, history, stop."""

import sys
import time
from pathlib import Path

from pe_models.progress import CancelToken, Progress, ignore_progress
from pe_models.retraining.folder import RetrainFolder, lock_file
from pe_models.training.run import RunReporter, RunState, StopRequested
from pe_models.training.run.lock import RunLock

STEP_S = 0.02


def main(folder: str, n_steps: int, *, hears_stop: bool) -> None:
    retraining = RetrainFolder(Path(folder))
    with RunLock(lock_file()), RunLock(retraining.lock_file):
        reporter = RunReporter(retraining.run, ignore_progress, CancelToken())
        reporter.begin()
        try:
            for step in range(1, n_steps + 1):
                time.sleep(STEP_S)
                reporter.report(Progress("slice", step, n_steps, {"loss": 1.0 / step}))
                if hears_stop:
                    reporter.heed()
        except StopRequested:
            reporter.end(RunState.STOPPED)
        else:
            reporter.end(RunState.DONE)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), hears_stop=sys.argv[3] == "hears")
