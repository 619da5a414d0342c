"""Data that do not fit together, and disks without room: said in a sentence, nothing lost."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.phantom.cohort import write_cohort
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels
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


@pytest.fixture
def copy(cohort: Path, tmp_path: Path) -> Path:
    """The cohort, for a test to spoil."""
    return Path(shutil.copytree(cohort, tmp_path / "cohort"))


def keep_rows(labels: Path, is_kept) -> None:  # type: ignore[no-untyped-def]
    with labels.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with labels.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if is_kept(row))


def limited(n_bytes: int, *command: object) -> "subprocess.CompletedProcess[str]":
    """``pe-models`` where no file may grow beyond ``n_bytes``."""
    words = [sys.executable, "-c", LIMITED, str(n_bytes), *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_study_folders_without_rows_are_counted_and_left_out(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = read_labels(copy / "train.csv")[1].study_uid
    keep_rows(copy / "train.csv", lambda row: row["StudyInstanceUID"] != gone)
    command = ["prepare", "--dicom", copy, "--labels", copy / "train.csv", "--out", tmp_path / "s",
               "--workers", 1]  # fmt: skip
    assert cli.main([str(word) for word in command]) == 0
    said = capsys.readouterr()
    assert "train.csv has no row for 1 study folders" in said.err
    assert gone not in said.err + said.out
    assert len(open_store(tmp_path / "s").studies) == 2


def test_an_image_without_a_row_has_an_unknown_label(copy: Path, tmp_path: Path) -> None:
    first = read_labels(copy / "train.csv")[0]
    gone = list(first.image)[5]
    keep_rows(copy / "train.csv", lambda row: row["SOPInstanceUID"] != gone)
    store = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "s")
    study = store.studies[0]
    labels = dict(zip(study.sop_uids, study.image, strict=True))
    assert labels[gone] is None
    assert list(labels.values()).count(None) == 1


def test_a_study_that_lacks_files_of_labelled_images_fails_alone(
    copy: Path, tmp_path: Path
) -> None:
    """The first slice: one from within would leave a gap. Masks would tell of it too."""
    shutil.rmtree(copy / "truth")
    source = Source(copy / "train.csv", dicom=copy)
    study = read_labels(copy / "train.csv")[0]
    first_uid = prepare(source, tmp_path / "whole").studies[0].sop_uids[0]
    (copy / "train" / study.study_uid / study.series_uid / f"{first_uid}.dcm").unlink()
    made = prepare(source, tmp_path / "s")
    assert [failure.study for failure in made.failed] == [study.study_uid[-8:]]
    assert made.failed[0].reason == "1 of its 16 labelled images are not in its series."
    assert len(made.studies) == 2


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
    assert "go on with --resume" in stopped.stderr
    assert json.loads(RunFolder(run).state_file.read_text())["state"] == "failed"
    saved = RunFolder(run).checkpoint_file("localizer")
    assert load_checkpoint(saved, "localizer").step == 3
    assert cli.main([str(word) for word in more]) == 0
    assert load_checkpoint(saved, "localizer").step == 9
