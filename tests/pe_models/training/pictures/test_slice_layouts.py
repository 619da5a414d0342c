"""Slices of PE: folders of JPEG and PNG, the RSNA-STR layout, a prepared store."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pe_models.errors import DatasetError
from pe_models.imaging.volume import VolumeKind
from pe_models.pictures import read_picture
from pe_models.tasks import HEMORRHAGE, PE
from pe_models.training.files import write_json
from pe_models.training.pictures.arrays import shrink_pictures
from pe_models.training.pictures.layouts.folders import has_class_folders, read_folders
from pe_models.training.pictures.layouts.prepared import is_store, read_prepared
from pe_models.training.pictures.layouts.rsna_str import is_rsna_str, read_rsna_str
from pe_models.training.pictures.split import split_pictures
from pe_models.training.pictures.table import PictureTable
from pe_models.training.store import Store

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes grey pictures under the names given, below one folder."""

    def make(*names: str) -> Path:
        for number, name in enumerate(names):
            path = tmp_path / "slices" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((20, 20), number, dtype=np.uint8)).save(path)
        return tmp_path / "slices"

    return make


def _patients(table: PictureTable) -> list[str]:
    return [picture.patient for picture in table.pictures]


def test_the_folder_is_the_class_and_the_name_up_to_its_mark_the_patient(write: Write) -> None:
    table = read_folders(write("positive/7_1.png", "positive/7_2.jpg", "negative/9_1.jpeg"), PE)
    assert [picture.labels for picture in table.pictures] == [(0.0,), (1.0,), (1.0,)]
    assert _patients(table) == ["9", "7", "7"]


def test_a_folder_below_the_class_is_the_patient_whatever_its_files_are_called(
    write: Write,
) -> None:
    table = read_folders(write("1/a/x_1.png", "1/a/y_1.png", "0/b/deep/x_1.png"), PE)
    assert _patients(table) == ["b", "a", "a"]


def test_a_patient_in_both_classes_and_in_other_letters_is_one(write: Write) -> None:
    table = read_folders(write("PE/Ann_1.png", "no-pe/ann_2.png", "no-pe/ANN/3.png"), PE)
    assert len(set(_patients(table))) == 1
    assert len(set(table.patients.tolist())) == 1


def test_no_patient_of_such_folders_is_learnt_from_and_measured_on(write: Write) -> None:
    names = [
        f"{'positive' if p % 2 else 'negative'}/{p}_{k}.png" for p in range(30) for k in (1, 2)
    ]
    table = read_folders(write(*names), PE)
    split = split_pictures(table)
    parts = [set(table.patients[part].tolist()) for part in (split.train, split.test)]
    assert not parts[0] & parts[1]


def test_grey_values_are_drawn_over_their_own_range_not_as_hu(write: Write, tmp_path: Path) -> None:
    table = read_folders(write("positive/7_1.png", "negative/9_1.png"), PE)
    assert table.task.picture == replace(PE.picture, windows=())
    assert shrink_pictures(table, tmp_path / "arrays", 16).kind is VolumeKind.RAW


def test_what_is_hidden_or_no_picture_is_left_where_it_is(write: Write) -> None:
    folder = write("positive/7_1.png", "negative/9_1.png", "negative/._9_2.png")
    (folder / "negative" / "notes.txt").write_text("none")
    (folder / "others").mkdir()
    assert len(read_folders(folder, PE)) == 2


def test_names_that_do_not_say_whose_a_picture_is_are_refused(write: Write) -> None:
    folder = write("positive/1.png", "negative/9_1.png", "negative/_2.png")
    with pytest.raises(DatasetError, match=r"2 of 3 pictures.*whose"):
        read_folders(folder, PE)


@pytest.mark.parametrize("names", [(), ("positive/7_1.png",), ("others/7_1.png",)])
def test_a_class_without_pictures_is_refused(write: Write, names: tuple[str, ...]) -> None:
    with pytest.raises(DatasetError, match="two folders"):
        read_folders(write(*names), PE)


def test_a_picture_in_both_classes_is_refused(write: Write) -> None:
    folder = write("positive/7_1.png", "negative/7_1.png")
    with pytest.raises(DatasetError, match="1 pictures are in the folders of both"):
        read_folders(folder, PE)


def test_a_task_of_several_labels_is_not_told_by_two_folders(write: Write) -> None:
    with pytest.raises(DatasetError, match="Intracranial hemorrhage"):
        read_folders(write("positive/7_1.png", "negative/9_1.png"), HEMORRHAGE)


def test_folders_are_recognised_by_their_names(write: Write, tmp_path: Path) -> None:
    assert has_class_folders(write("Positive/7_1.png"))
    assert not has_class_folders(tmp_path)
    assert not has_class_folders(tmp_path / "absent")


def test_every_slice_of_a_store_is_a_picture_with_its_own_label(array_store: Store) -> None:
    table = read_prepared(array_store.folder)
    assert is_store(array_store.folder)
    assert len(table) == sum(study.n_slices for study in array_store.studies)
    study = array_store.studies[1]
    ours = [picture for picture in table.pictures if picture.patient == study.group]
    assert [picture.labels[0] for picture in ours] == study.image_labels().tolist()
    found = read_picture(ours[5].path, ours[5].index)
    assert np.array_equal(found.values, array_store.hu(study)[5])


def test_a_store_for_evaluation_is_refused(array_store: Store, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(array_store.folder, tmp_path / "reserved"))
    keys = [study.key for study in array_store.studies]
    index = {"schema_version": 2, "is_reserved": True, "studies": keys, "failed": []}
    write_json(folder / "index.json", index)
    with pytest.raises(DatasetError, match="reserved"):
        read_prepared(folder)


def test_images_of_the_rsna_layout_have_their_label_patient_and_file(cohort: Path) -> None:
    table = read_rsna_str(cohort)
    assert is_rsna_str(cohort)
    assert len(table) == 6 * 24
    assert len(set(_patients(table))) == 6
    assert all("PHANTOM" in patient.upper() for patient in _patients(table))
    assert set(table.labels.ravel().tolist()) == {0.0, 1.0}
    first = table.pictures[0]
    assert first.path.stem == first.key
    assert read_picture(first.path).kind is VolumeKind.HU


def test_a_row_without_a_file_is_skipped_and_its_exam_named(cohort: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(cohort, tmp_path / "cohort"))
    gone = read_rsna_str(folder).pictures[3]
    gone.path.unlink()
    table = read_rsna_str(folder)
    assert len(table) == 6 * 24 - 1
    assert gone.key not in {picture.key for picture in table.pictures}
    assert table.skipped == (f"1 of 24 images of exam ...{gone.path.parts[-3][-8:]} have no file.",)


def test_an_exam_whose_files_do_not_say_whose_they_are_stands_for_a_patient(
    cohort: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(cohort, tmp_path / "cohort"))
    exam = read_rsna_str(folder).pictures[0].path.parent
    for path in exam.iterdir():
        path.write_bytes(b"no DICOM")
    assert _patients(read_rsna_str(folder))[0] == exam.parent.name
