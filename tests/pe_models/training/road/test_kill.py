"""Kill -9 and Ctrl+C in the middle of training, in real processes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pe_models.phantom.cohort import write_cohort
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.run import RunFolder

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cohort = write_cohort(
        tmp_path_factory.mktemp("c"), n_studies=4, seed=70, positive_fraction=0.5, matrix=64,
        n_slices=16,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("s")
    prepare(Source(cohort / "train.csv", dicom=cohort), folder)
    return folder


def start(store: Path, run: Path, *more: str) -> subprocess.Popen[bytes]:
    settings = ["localizer.steps=60", "localizer.checkpoint_every=7"]
    command = [
        sys.executable, "-m", "pe_models", "train", "localizer", "--data", store, "--out", run,
        "--preset", "tiny", "--device", "cpu", "--set", settings[0], "--set", settings[1], *more,
    ]  # fmt: skip
    with said_by(run).open("wb") as said:
        return subprocess.Popen([str(word) for word in command], stderr=said)


def said_by(run: Path) -> Path:
    """What the process of ``run`` wrote on standard error."""
    return run.with_name(f"{run.name}-said.txt")


def wait_for_step(run: Path, process: subprocess.Popen[bytes], step: int) -> None:
    history, end = RunFolder(run).history_file, time.monotonic() + 60
    while not history.exists() or len(history.read_text().splitlines()) < step:
        assert process.poll() is None, said_by(run).read_text()
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_killed_run_resumes_to_the_weights_of_a_whole_one(
    store_folder: Path, tmp_path: Path
) -> None:
    assert start(store_folder, tmp_path / "whole").wait() == 0
    killed = start(store_folder, tmp_path / "killed")
    wait_for_step(tmp_path / "killed", killed, 20)
    killed.kill()
    killed.wait()
    at = load_checkpoint(RunFolder(tmp_path / "killed").checkpoint_file("localizer"), "localizer")
    assert 14 <= at.step < 60
    assert start(store_folder, tmp_path / "killed", "--resume").wait() == 0
    one, two = (
        load_checkpoint(RunFolder(tmp_path / name).checkpoint_file("localizer"), "localizer")
        for name in ("whole", "killed")
    )
    assert one.step == two.step == 60
    assert all(one.averaged[name].equal(two.averaged[name]) for name in one.averaged)


def test_ctrl_c_leaves_a_checkpoint_and_says_so(store_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(store_folder, folder)
    wait_for_step(folder, process, 20)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert said_by(folder).read_text().strip() == "Interrupted."
    run = RunFolder(folder)
    assert json.loads(run.state_file.read_text())["state"] == "interrupted"
    assert load_checkpoint(run.checkpoint_file("localizer"), "localizer").step >= 14
