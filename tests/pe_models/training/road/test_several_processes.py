"""Several processes train as one does, and stop together."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.testing import assert_close

from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.run import RunFolder
from pe_models.training.store import Store

Train = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def train(array_store: Store, dealt_settings: list[str]) -> Train:
    """Starts a whole training in ``n_processes`` of their own."""

    def start(run: Path, n_processes: int, *more: str) -> subprocess.Popen[bytes]:
        launcher = ["-m", "pe_models"]
        if n_processes > 1:
            launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
                        str(n_processes), *launcher]  # fmt: skip
        settings = [word for setting in dealt_settings for word in ("--set", setting)]
        command = [
            sys.executable, *launcher, "train", "all", "--data", array_store.folder, "--out", run,
            "--preset", "tiny-pooled", "--device", "cpu", *settings, *more,
        ]  # fmt: skip
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [str(word) for word in command], env=environment, stdout=subprocess.PIPE
        )

    return start


@pytest.mark.long
def test_two_processes_end_with_the_weights_of_one(train: Train, tmp_path: Path) -> None:
    said = []
    for name, n_processes in (("one", 1), ("two", 2)):
        process = train(tmp_path / name, n_processes, "--progress", "auto")
        said.append(process.communicate(timeout=250)[0])
        assert process.returncode == 0
    assert said[1].count(b"all: done") == 1
    for stage in ("localizer", "slice", "sequence"):
        one, two = (
            load_checkpoint(RunFolder(tmp_path / name).checkpoint_file(stage), stage)
            for name in ("one", "two")
        )
        assert one.step == two.step == 3
        for name, weight in one.kept_weights.items():
            assert_close(two.kept_weights[name], weight, rtol=0, atol=1e-5)
    one, two = (json.loads((tmp_path / n / "boxes.json").read_text()) for n in ("one", "two"))
    assert one == two
    features = sorted(path.name for path in (tmp_path / "one" / "features").iterdir())
    assert features == sorted(path.name for path in (tmp_path / "two" / "features").iterdir())


@pytest.mark.long
def test_a_stop_file_ends_both_processes_at_the_same_step(train: Train, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    process = train(run.folder, 2, "--set", "localizer.steps=100000")
    end = time.monotonic() + 120
    while not run.history_file.exists() or run.history_file.stat().st_size < 2000:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    run.stop_file.touch()
    process.communicate(timeout=60)
    assert process.returncode == 0
    state = json.loads(run.state_file.read_text())
    assert state["state"] == "stopped"
    checkpoint = load_checkpoint(run.checkpoint_file("localizer"), "localizer")
    assert checkpoint.step == state["done"]
