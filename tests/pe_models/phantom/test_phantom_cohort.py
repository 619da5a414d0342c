"""Cohorts: the RSNA layout, equal bytes, resuming, and nothing half-written."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pe_models.labels import CSV_COLUMNS, IMAGE_LABEL, NEGATIVE
from pe_models.phantom.cohort import write_cohort
from pe_models.phantom.spec import PhantomError
from pe_models.progress import Cancelled, CancelToken, Progress

ARGUMENTS = {"n_studies": 3, "seed": 40, "matrix": 64, "n_slices": 24}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohort") / "a", **ARGUMENTS)


@pytest.fixture
def copied(cohort: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cohort, tmp_path / "copy"))


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_layout_is_that_of_the_competition(cohort: Path) -> None:
    rows = _rows(cohort / "train.csv")
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == 3 * 24
    for row in rows:
        series = cohort / "train" / row["StudyInstanceUID"] / row["SeriesInstanceUID"]
        assert (series / f"{row['SOPInstanceUID']}.dcm").is_file()
    assert len(list((cohort / "train").rglob("*.dcm"))) == len(rows)


def test_labels_truth_and_masks_agree(cohort: Path) -> None:
    rows = _rows(cohort / "train.csv")
    for truth_file in sorted((cohort / "truth").glob("*.json")):
        study = truth_file.stem
        truth = json.loads(truth_file.read_text())
        with np.load(cohort / "truth" / f"{study}-masks.npz") as masks:
            clot, vessel = masks["clot"], masks["vessel"]
        ours = [row for row in rows if row["StudyInstanceUID"] == study]
        with_clot = clot.any(axis=(1, 2)).astype(int).tolist()
        assert [int(row[IMAGE_LABEL]) for row in ours] == with_clot
        assert vessel.shape == clot.shape
        assert len(truth["emboli"]) == clot.max()
        assert {row[NEGATIVE] for row in ours} <= {"0", "1"}
        assert not (any(with_clot) and ours[0][NEGATIVE] == "1")
        for embolus in truth["emboli"]:
            assert embolus["level"] in {"central", "lobar", "segmental", "subsegmental"}
            assert embolus["side"] in {"left", "right", "central"}
        assert truth["rv_lv_ratio"] == pytest.approx(truth["rv_mm"] / truth["lv_mm"])


def test_boxes_are_given_for_the_slices_of_the_localizer(cohort: Path) -> None:
    rows = _rows(cohort / "train.csv")
    boxes = {row["Image"]: row for row in _rows(cohort / "lung_bbox.csv")}
    by_study: dict[str, list[str]] = {}
    for row in rows:
        by_study.setdefault(row["StudyInstanceUID"], []).append(row["SOPInstanceUID"])
    wanted = [images[int(f * 24)] for images in by_study.values() for f in (0.2, 0.3, 0.4, 0.5)]
    assert set(boxes) == set(wanted)
    for box in boxes.values():
        assert 0 <= float(box["Xmin"]) < float(box["Xmax"]) <= 1
        assert 0 <= float(box["Ymin"]) < float(box["Ymax"]) <= 1


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 0), (0.5, 2)])
def test_the_positive_fraction_is_met_to_the_nearest_study(
    tmp_path: Path, fraction: float, expected: int
) -> None:
    folder = write_cohort(tmp_path / "c", **{**ARGUMENTS, "positive_fraction": fraction})
    truths = [json.loads(p.read_text()) for p in (folder / "truth").glob("*.json")]
    assert sum(bool(truth["emboli"]) for truth in truths) == expected


def test_equal_arguments_give_equal_bytes(cohort: Path, tmp_path: Path) -> None:
    again = write_cohort(tmp_path / "b", **ARGUMENTS)
    assert _bytes(again) == _bytes(cohort)


def test_an_interrupted_cohort_resumes_to_the_same_bytes(cohort: Path, copied: Path) -> None:
    done, lost = sorted((copied / "truth").glob("*.json"))[:2]
    before = done.stat().st_mtime_ns
    lost.unlink()
    for image in list((copied / "train" / lost.stem).rglob("*.dcm"))[:5]:
        image.unlink()
    (copied / "train.csv").unlink()
    reports: list[Progress] = []
    write_cohort(copied, **ARGUMENTS, on_progress=reports.append)
    assert _bytes(copied) == _bytes(cohort)
    assert done.stat().st_mtime_ns == before
    assert [(p.done, p.total) for p in reports] == [(2, 3), (3, 3)]


def test_a_cancelled_cohort_has_only_whole_studies(tmp_path: Path, cohort: Path) -> None:
    cancel = CancelToken()

    def stop_after_one(progress: Progress) -> None:
        if progress.done == 1:
            cancel.cancel()

    with pytest.raises(Cancelled):
        write_cohort(tmp_path / "c", **ARGUMENTS, on_progress=stop_after_one, cancel=cancel)
    assert not (tmp_path / "c" / "train.csv").exists()
    for study in (tmp_path / "c" / "train").iterdir():
        assert len(list(study.rglob("*.dcm"))) == 24
    assert _bytes(write_cohort(tmp_path / "c", **ARGUMENTS)) == _bytes(cohort)


def test_a_folder_with_another_cohort_is_refused(copied: Path, cohort: Path) -> None:
    with pytest.raises(PhantomError, match="3 studies of another cohort"):
        write_cohort(copied, **{**ARGUMENTS, "seed": 77})
    assert _bytes(copied) == _bytes(cohort)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 899_998}, "kept for evaluation"),
        ({"seed": 900_000}, "kept for evaluation"),
        ({"seed": 5, "reserved": True}, "begin at 900000"),
        ({"seed": -1}, "0 or more"),
        ({"n_studies": 0}, "between 1 and"),
        ({"positive_fraction": 1.2}, "between 0 and 1"),
        ({"matrix": 8}, "between 64 and 1024"),
        ({"n_slices": 2}, "between 8 and 1000"),
    ],
)
def test_impossible_arguments_are_refused_before_anything_is_written(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(PhantomError, match=message):
        write_cohort(tmp_path / "c", **{**ARGUMENTS, **changed})
    assert not (tmp_path / "c").exists()


_LIMITED = """
import resource, sys
from pe_models.phantom.cohort import write_cohort
from pe_models.phantom.spec import PhantomError
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    write_cohort(sys.argv[1], n_studies=1, seed=40, matrix=64, n_slices=24)
except PhantomError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_full_disk_leaves_no_half_study(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path / "c")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "The cohort could not be written: File too large." in done.stderr
    assert not [path for path in (tmp_path / "c").rglob("*") if path.is_file()]
