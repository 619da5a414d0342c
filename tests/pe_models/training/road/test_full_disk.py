"""Disks without room: said in a sentence, and nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.phantom.cohort import write_cohort
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.run import RunFolder
from pe_models.training.store import open_store

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from pe_models.cli import main
sys.exit(main(sys.argv[2:]))
"""


needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three phantoms of 64 x 64 px, one of them positive."""
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=3, seed=40, positive_fraction=0.4, matrix=64, n_slices=16)


def limited(n_bytes: int, *command: object) -> "subprocess.CompletedProcess[str]":
    """``pe-models`` where no file may grow beyond ``n_bytes``."""
    words = [sys.executable, "-c", LIMITED, str(n_bytes), *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@needs_limits
def test_a_full_disk_ends_prepare_at_once_and_it_goes_on_later(
    cohort: Path, tmp_path: Path
) -> None:
    """An array of 16 x 64 x 64 slices has 131,200 bytes."""
    store = tmp_path / "store"
    command = ["prepare", "--dicom", cohort, "--labels", cohort / "train.csv", "--out", store,
               "--workers", 1]  # fmt: skip
    stopped = limited(100_000, *command)
    assert stopped.returncode == 1
    assert stopped.stderr.strip().endswith("run the same command again: it goes on where it is.")
    assert "The disk is full" in stopped.stderr
    names = [path.name for path in (store / "studies").iterdir()]
    assert not [name for name in names if name.endswith(".json") or name.startswith(".partial")]
    assert cli.main([str(word) for word in command]) == 0
    assert len(open_store(store).studies) == 3


@needs_limits
def test_a_full_disk_stops_training_and_the_last_checkpoint_stays(
    cohort: Path, tmp_path: Path
) -> None:
    store, run = tmp_path / "store", tmp_path / "run"
    prepare(Source(cohort / "train.csv", dicom=cohort), store)
    command = ["train", "localizer", "--data", store, "--out", run, "--preset", "tiny",
               "--device", "cpu"]  # fmt: skip
    assert cli.main([str(word) for word in command]) == 0
    more = [*command, "--resume", "--set", "localizer.steps=9"]
    stopped = limited(100_000, *more)
    assert stopped.returncode == 1
    assert "The disk is full" in stopped.stderr
    assert "make room on the disk, then go on" in stopped.stderr
    assert json.loads(RunFolder(run).state_file.read_text())["state"] == "failed"
    saved = RunFolder(run).checkpoint_file("localizer")
    assert load_checkpoint(saved, "localizer").step == 3
    assert cli.main([str(word) for word in more]) == 0
    assert load_checkpoint(saved, "localizer").step == 9
