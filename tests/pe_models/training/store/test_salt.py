"""Patients are known again across stores, or the stores do not train together."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.phantom.cohort import write_cohort
from pe_models.training.config import preset
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.store import Store, open_stores
from pe_models.training.weights.nets import StageName

Prepare = Callable[..., Store]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """A store of the first or of the second of two phantoms, in DICOM."""
    folder = tmp_path_factory.mktemp("two")
    cohort = write_cohort(
        folder, n_studies=2, seed=40, positive_fraction=0.5, matrix=64, n_slices=8
    )
    with (cohort / "train.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    uids = list(dict.fromkeys(row["StudyInstanceUID"] for row in rows))

    def made(number: int, like: Path | None = None) -> Store:
        labels = cohort / f"train-{number}.csv"
        with labels.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(row for row in rows if row["StudyInstanceUID"] == uids[number])
        store = tmp_path_factory.mktemp("store")
        return prepare(Source(labels, dicom=cohort, like=like), store)

    return made


@pytest.fixture(scope="module")
def first(prepared: Prepare) -> Store:
    return prepared(0)


def test_stores_that_were_prepared_apart_do_not_train_together(
    prepared: Prepare, first: Store, tmp_path: Path
) -> None:
    apart = prepared(1)
    with pytest.raises(DatasetError, match="prepare --like STORE"):
        open_stores([first.folder, apart.folder])
    options = TrainOptions(more_crops=apart)
    with pytest.raises(DatasetError, match="prepare --like STORE"):
        train((StageName.LOCALIZER,), first, tmp_path / "run", preset("tiny"), options)
    assert not (tmp_path / "run").exists()


def test_a_store_like_another_knows_its_patients_again(prepared: Prepare, first: Store) -> None:
    again, second = prepared(0, first.folder), prepared(1, first.folder)
    assert again.studies[0].group == first.studies[0].group
    assert prepared(0).studies[0].group != first.studies[0].group
    both = open_stores([first.folder, second.folder])
    assert both.studies == first.studies + second.studies
    assert both.salt == first.salt == second.salt
    with pytest.raises(DatasetError, match="share a study"):
        open_stores([first.folder, again.folder])


def test_a_study_of_another_store_is_known_by_its_uid_too(
    prepared: Prepare, first: Store, tmp_path: Path
) -> None:
    options = TrainOptions(more_crops=prepared(0))
    with pytest.raises(DatasetError, match="in both stores"):
        train((StageName.LOCALIZER,), first, tmp_path, preset("tiny"), options)


def test_phantoms_without_dicom_train_with_any_store(first: Store, tmp_path: Path) -> None:
    phantoms = write_phantom_store(tmp_path, ArrayCohort(1, 70, matrix=64, n_slices=8))
    assert phantoms.salt == ""
    assert open_stores([phantoms.folder, first.folder]).salt == first.salt


def test_a_store_that_lost_its_salt_trains_alone(prepared: Prepare, first: Store) -> None:
    second = prepared(1, first.folder)
    (second.folder / "salt").unlink()
    with pytest.raises(DatasetError, match="prepared apart"):
        open_stores([first.folder, second.folder])
    assert open_stores([second.folder]).studies == second.studies


def test_a_store_keeps_the_salt_it_has(prepared: Prepare, first: Store, tmp_path: Path) -> None:
    apart, source = prepared(1), Source(tmp_path / "train.csv", dicom=tmp_path)
    with pytest.raises(DatasetError, match="names its patients otherwise"):
        prepare(replace(source, like=first.folder), apart.folder)
    with pytest.raises(DatasetError, match="is no store of DICOM studies"):
        prepare(replace(source, like=tmp_path), apart.folder)
