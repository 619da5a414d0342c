"""DICOM and labels become a store; what is bad fails alone."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from pe_models.errors import DatasetError
from pe_models.phantom.cohort import write_cohort
from pe_models.training.config import preset
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.store import Store, open_store
from pe_models.training.weights.nets import stages_of


def test_the_store_keeps_hu_labels_and_boxes(store: Store, cohort: Path) -> None:
    table = {labels.study_uid: labels for labels in read_labels(cohort / "train.csv")}
    assert len(store.studies) == len(table) == 6
    assert sum(study.is_positive for study in store.studies) == 3
    for study in store.studies:
        hu, labels = store.hu(study), table[study.study_uid]
        assert hu.dtype == np.int16
        assert hu.shape == study.shape == (24, 64, 64)
        assert not hu.flags.writeable
        assert [labels.image[uid] for uid in study.sop_uids] == list(study.image)
        assert study.exam == labels.exam
        assert study.box_source == "table"
        assert study.lung_slices is not None
        assert study.emboli is not None
        truth = {i for e in study.emboli for i in range(e.first, e.last + 1)}
        assert {i for i, label in enumerate(study.image) if label == 1} <= truth


def test_no_file_of_the_store_is_named_after_a_study(store: Store) -> None:
    names = " ".join(path.name for path in store.folder.rglob("*"))
    assert all(study.study_uid not in names for study in store.studies)


def test_preparing_again_keeps_what_is_whole_and_mends_what_is_not(
    cohort: Path, tmp_path: Path
) -> None:
    source = Source(cohort / "train.csv", dicom=cohort)
    first = prepare(source, tmp_path)
    kept, lost = first.studies[0], first.studies[1]
    array = tmp_path / "studies" / f"{kept.key}.npy"
    before = array.stat().st_mtime_ns
    (tmp_path / "studies" / f"{lost.key}.npy").unlink()
    again = prepare(source, tmp_path)
    assert array.stat().st_mtime_ns == before
    assert again.studies == first.studies
    assert again.hu(lost).shape == lost.shape


def test_one_bad_study_fails_alone_and_is_named(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    bad = read_labels(copy / "train.csv")[2].study_uid
    shutil.rmtree(copy / "train" / bad)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    assert len(made.studies) == 5
    assert [failure.study for failure in made.failed] == [bad[-8:]]
    assert "no files" in made.failed[0].reason
    assert open_store(made.folder).failed == made.failed


def test_boxes_come_from_the_lungs_where_there_is_no_table(
    cohort: Path, labels: Path, tmp_path: Path
) -> None:
    made = prepare(Source(labels, dicom=cohort), tmp_path / "store")
    for study in made.studies:
        assert study.box_source == "lung segmentation"
        for x_min, y_min, x_max, y_max in study.boxes.values():
            assert 0 <= x_min < 0.5 < x_max <= 1
            assert 0 <= y_min < 0.5 < y_max <= 1


def test_a_manifest_names_the_files(cohort: Path, labels: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    first = read_labels(labels)[0]
    folder = cohort / "train" / first.study_uid / first.series_uid
    with manifest.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["SOPInstanceUID", "path", "frame"])
        for uid in first.image:
            writer.writerow([uid, folder / f"{uid}.dcm", ""])
    made = prepare(Source(labels, manifest=manifest), tmp_path / "store")
    assert [study.study_uid for study in made.studies] == [first.study_uid]
    assert made.studies[0].n_slices == 24
    assert len(made.failed) == 5


def test_reserved_phantoms_are_never_trained_on(tmp_path: Path) -> None:
    cohort = write_cohort(
        tmp_path / "c", n_studies=1, seed=900_200, matrix=64, n_slices=8, reserved=True
    )
    source = {"labels": cohort / "train.csv", "dicom": cohort}
    with pytest.raises(DatasetError, match="reserved for evaluation"):
        prepare(Source(**source), tmp_path / "a")
    for_evaluation = prepare(Source(**source, is_reserved=True), tmp_path / "b")
    config = preset("tiny")
    with pytest.raises(DatasetError, match="reserved"):
        train(stages_of(config), for_evaluation, tmp_path / "r", config, TrainOptions())


def test_masks_that_cannot_be_read_fail_their_study_alone(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    bad, small = (labels.study_uid for labels in read_labels(copy / "train.csv")[:2])
    (copy / "truth" / f"{bad}-masks.npz").write_bytes(b"PK no zip")
    few = np.zeros((3, 4, 5), dtype=np.uint8)
    np.savez(copy / "truth" / f"{small}-masks.npz", clot=few, vessel=few, chamber=few)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    reasons = {failure.study: failure.reason for failure in made.failed}
    assert set(reasons) == {bad[-8:], small[-8:]}
    assert "cannot be read" in reasons[bad[-8:]]
    assert "shape" in reasons[small[-8:]]


def test_masks_of_an_older_phantom_are_left_out(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    uid = read_labels(copy / "train.csv")[0].study_uid
    few = np.zeros((24, 64, 64), dtype=np.uint8)
    np.savez(copy / "truth" / f"{uid}-masks.npz", clot=few, vessel=few)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    assert [study.has_labels for study in made.studies].count(False) == 1
