"""A batch dealt into parts, over turns or processes, gives the step of the whole batch."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.run import RunFolder
from pe_models.training.store import Store

CPU = torch.device("cpu")
SETTINGS = [
    "localizer_backbone=test_convnext", "slice_backbone=test_efficientnet_gn",
    "augmentation.noise_high_hu=0", "imagenet_start=false", "localizer.batch_size=4",
    "slice.batch_size=4", "sequence.batch_size=4", "augmentation.cutouts=1",
]  # fmt: skip
"""Nets without batch statistics."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    cohort = ArrayCohort(n_studies=6, seed=60, positive_fraction=0.5, matrix=64, n_slices=16)
    return write_phantom_store(folder, cohort)


def train(store: Store, run: Path, n_processes: int, *more: str) -> subprocess.Popen[bytes]:
    launcher = ["-m", "pe_models"]
    if n_processes > 1:
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
                    str(n_processes), *launcher]  # fmt: skip
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [
        sys.executable, *launcher, "train", "all", "--data", store.folder, "--out", run,
        "--preset", "tiny-pooled", "--device", "cpu", *settings, *more,
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [str(word) for word in command], env=environment, stdout=subprocess.PIPE
    )


@pytest.mark.long
def test_two_processes_end_with_the_weights_of_one(store: Store, tmp_path: Path) -> None:
    said = []
    for name, n_processes in (("one", 1), ("two", 2)):
        process = train(store, tmp_path / name, n_processes, "--progress", "auto")
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
def test_a_stop_file_ends_both_processes_at_the_same_step(store: Store, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    process = train(store, run.folder, 2, "--set", "localizer.steps=100000")
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
