"""A store prepared again: what was corrected is taken up, what failed or is reserved leaves."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.phantom.cohort import write_cohort
from pe_models.phantom.spec import PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.training.files import read_json
from pe_models.training.preparing import phantom_store
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels
from pe_models.training.store import open_store

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phantoms of 64 x 64 px, one of them positive."""
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=2, seed=40, positive_fraction=0.5, matrix=64, n_slices=8)


@pytest.fixture(scope="module")
def reserved(tmp_path_factory: pytest.TempPathFactory) -> Source:
    out = tmp_path_factory.mktemp("reserved")
    made = write_cohort(out, n_studies=1, seed=900_200, matrix=64, n_slices=8, reserved=True)
    return Source(made / "train.csv", dicom=made, is_reserved=True)


@pytest.fixture
def copy(cohort: Path, tmp_path: Path) -> Path:
    """The cohort, for a test to correct."""
    return Path(shutil.copytree(cohort, tmp_path / "cohort"))


def rewrite(path: Path, change: Callable[[Rows], Rows]) -> None:
    with path.open(newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_corrected_boxes_and_truth_are_taken_up(copy: Path, tmp_path: Path) -> None:
    source, store = Source(copy / "train.csv", dicom=copy), tmp_path / "store"
    first, second = prepare(source, store).studies
    rewrite(copy / "lung_bbox.csv", lambda rows: [{**row, "Xmin": "0.25"} for row in rows])
    assert {box[0] for box in prepare(source, store).studies[0].boxes.values()} == {0.25}
    truth = copy / "truth" / f"{second.study_uid}.json"
    truth.write_text(json.dumps({**json.loads(truth.read_text()), "rv_mm": 12.5}))
    record = store / "studies" / f"{first.key}.json"
    before = record.stat().st_mtime_ns
    ventricles = prepare(source, store).studies[1].ventricles_mm
    assert ventricles is not None
    assert ventricles[0] == 12.5
    assert record.stat().st_mtime_ns == before


def test_a_corrected_manifest_is_taken_up(cohort: Path, tmp_path: Path) -> None:
    """The same images from files of the same names and sizes, in another folder."""
    labels = Path(shutil.copy(cohort / "train.csv", tmp_path / "train.csv"))
    study = read_labels(labels)[0]
    right = cohort / "train" / study.study_uid / study.series_uid
    wrong = Path(shutil.copytree(right, tmp_path / "wrong"))
    manifest, store = tmp_path / "manifest.csv", tmp_path / "store"

    def prepared_from(folder: Path) -> str:
        cells = (f"{uid},{folder / uid}.dcm,\n" for uid in study.image)
        manifest.write_text("SOPInstanceUID,path,frame\n" + "".join(cells))
        return prepare(Source(labels, manifest=manifest), store).studies[0].source

    assert prepared_from(wrong) != prepared_from(right)


def test_a_reserved_phantom_is_kept_out_where_it_lies_prepared(
    reserved: Source, tmp_path: Path
) -> None:
    """Also where the first call was cut short, before it wrote the index."""
    store = prepare(reserved, tmp_path)
    with pytest.raises(DatasetError, match="made for evaluation alone"):
        prepare(replace(reserved, is_reserved=False), tmp_path)
    assert open_store(tmp_path) == store
    (tmp_path / "index.json").unlink()
    with pytest.raises(DatasetError, match="reserved for evaluation"):
        prepare(replace(reserved, is_reserved=False), tmp_path)
    assert read_json(tmp_path / "index.json")["studies"] == []


def test_a_store_to_train_on_is_not_made_one_for_evaluation(tmp_path: Path) -> None:
    cohort = ArrayCohort(n_studies=1, seed=40, matrix=64, n_slices=8)
    write_phantom_store(tmp_path, cohort)
    with pytest.raises(DatasetError, match="made for training"):
        write_phantom_store(tmp_path, replace(cohort, seed=900_300, is_reserved=True))


def test_a_study_that_fails_now_leaves_the_store(copy: Path, tmp_path: Path) -> None:
    """Its labels of the first time are not those that the second call was given."""
    source = Source(copy / "train.csv", dicom=copy)
    first, second = prepare(source, tmp_path / "store").studies
    shutil.rmtree(copy / "train" / first.study_uid)
    again = prepare(source, tmp_path / "store")
    assert again.studies == (second,)
    assert [failure.study for failure in again.failed] == [first.study_uid[-8:]]


def test_a_phantom_that_cannot_be_made_leaves_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = ArrayCohort(n_studies=2, seed=40, matrix=64, n_slices=8)
    kept = write_phantom_store(tmp_path, cohort).studies[1]

    def fails_once(seed: int, spec: PhantomSpec) -> Phantom:
        if seed == cohort.seed:
            raise PhantomError("It cannot be.")
        return make_phantom(seed, spec)

    monkeypatch.setattr(phantom_store, "make_phantom", fails_once)
    again = write_phantom_store(tmp_path, replace(cohort, margin_mm=5.0))
    assert [study.key for study in again.studies] == [kept.key]
