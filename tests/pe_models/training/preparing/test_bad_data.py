"""Data that do not fit together, and disks without room: said in a sentence, nothing lost."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.imaging.read import read_volume
from pe_models.imaging.study import Series
from pe_models.imaging.volume import Volume
from pe_models.phantom.cohort import write_cohort
from pe_models.training.preparing import prepare as preparing
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels
from pe_models.training.store import open_store


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


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("rv_mm", None, "Its truth is not as the phantom writes it (KeyError: 'rv_mm')."),
        ("emboli", [{"level": "central", "side": "left", "slices": 3}],
         "Its truth is not as the phantom writes it (TypeError:"),
    ],
)  # fmt: skip
def test_a_study_whose_truth_is_odd_fails_alone(
    copy: Path, tmp_path: Path, field: str, value: object, reason: str
) -> None:
    bad = read_labels(copy / "train.csv")[1].study_uid
    path = copy / "truth" / f"{bad}.json"
    truth = json.loads(path.read_text())
    del truth[field]
    path.write_text(json.dumps(truth if value is None else {**truth, field: value}))
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "s")
    assert [failure.study for failure in made.failed] == [bad[-8:]]
    assert made.failed[0].reason.startswith(reason)
    assert len(made.studies) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "There is not enough memory for it."),
        (RuntimeError("a codec"), "It cannot be read (RuntimeError: a codec)."),
    ],
)
def test_a_study_that_a_decoder_chokes_on_fails_alone(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    bad = read_labels(cohort / "train.csv")[1].study_uid

    def chokes(series: Series) -> Volume:
        if series.study_uid == bad:
            raise error
        return read_volume(series)

    monkeypatch.setattr(preparing, "read_volume", chokes)
    made = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path / "s")
    assert [(failure.study, failure.reason) for failure in made.failed] == [(bad[-8:], reason)]
    assert len(open_store(tmp_path / "s").studies) == 2
