"""A retraining killed again and again, at any moment, comes to its end; the bundle in use stays."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.bundle import ModelBundle, bundle_in_use
from pe_models.retraining.folder import RetrainFolder, status_of
from pe_models.training.files import read_json
from pe_models.training.run import RunState
from pe_models.training.run.lock import holder_of

MakeRun = Callable[..., RetrainFolder]

KILLS = 30
CHECKPOINT_EVERY = 10
STEPS = 60
SETTINGS = tuple(
    f"{stage}.{setting}"
    for stage in ("localizer", "slice", "sequence")
    for setting in (f"steps={STEPS}", f"checkpoint_every={CHECKPOINT_EVERY}")
)
_BEGIN_S = 120.0


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thirty_kills_lose_one_checkpoint_interval_each_at_most_and_leave_the_bundle_in_use(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    whole = make_run("retrained-0", settings=SETTINGS)
    began = time.monotonic()
    assert not was_killed(whole, safety, after_s=600.0)
    whole_s = time.monotonic() - began
    moments = random.Random(20_261_121)
    n_killed, n_run = 0, 0
    while n_killed < KILLS:
        n_run += 1
        run = make_run(f"retrained-{n_run}", settings=SETTINGS)
        while was_killed(run, safety, after_s=moments.uniform(0.0, 0.5 * whole_s)):
            n_killed += 1
            assert bundle_in_use().sha256 == in_use.sha256
            assert status_of(run).state in (RunState.INTERRUPTED, None)
        require_little_lost(run)
        assert run.decision() is not None


def was_killed(run: RetrainFolder, safety: Path, *, after_s: float) -> bool:
    """Lets the run go for so long from the moment that it holds its lock.

    False where it came to its end, if only just before the kill.
    """
    command = (sys.executable, "-m", "pe_models", "retrain", str(run.folder))
    process = subprocess.Popen(
        (*command, "--safety", str(safety), "--progress", "quiet"), start_new_session=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + _BEGIN_S
    while holder_of(run.lock_file) is None and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    try:
        assert process.wait(after_s) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return status_of(run).state is not RunState.DONE
    return False


def require_little_lost(run: RetrainFolder) -> None:
    """No step back in the history of a stage is longer than a checkpoint interval."""
    last: dict[str, int] = {}
    for line in run.run.history_file.read_text().splitlines():
        record = _parsed(line)
        stage, done = record.get("stage"), record.get("done", 0)
        if stage in ("localizer", "slice", "sequence"):
            assert last.get(stage, 0) - done < CHECKPOINT_EVERY, (stage, done)
            last[stage] = done
    assert last == dict.fromkeys(("localizer", "slice", "sequence"), STEPS)
    assert read_json(run.run.state_file)["state"] == "done"


def _parsed(line: str) -> dict[str, object]:
    """{} for a line that a kill has cut short."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}
