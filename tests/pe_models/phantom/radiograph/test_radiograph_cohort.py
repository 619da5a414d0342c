"""Cohorts of radiographs: the layout of RSNA 2018, equal bytes, going on, and nothing of others."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_path
from pe_models.imaging.volume import VolumeKind
from pe_models.phantom.radiograph.chest import Chest
from pe_models.phantom.radiograph.cohort import IMAGES, LABELS, write_radiograph_cohort
from pe_models.phantom.radiograph.dicom import RadiographId
from pe_models.phantom.radiograph.picture import make_radiograph
from pe_models.phantom.spec import PhantomError
from pe_models.progress import Cancelled, CancelToken

Arguments = dict[str, Any]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _images(cohort: Path) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(path) for path in sorted((cohort / IMAGES).iterdir())]


def _shown(image: pydicom.Dataset) -> np.ndarray:
    """Bright where much is in the way, however it is stored."""
    stored = image.pixel_array
    return 255 - stored if image.PhotometricInterpretation == "MONOCHROME1" else stored


def test_each_box_is_a_row_and_half_of_the_pictures_have_some(cohort: Path) -> None:
    rows = _rows(cohort / LABELS)
    assert tuple(rows[0]) == ("patientId", "x", "y", "width", "height", "Target")
    targets = {row["patientId"]: row["Target"] for row in rows}
    assert sorted(targets.values()).count("1") == 6  # half of eleven, to the nearest
    assert {path.stem for path in (cohort / IMAGES).iterdir()} == set(targets)
    for row in rows:
        edges = [row[name] for name in ("x", "y", "width", "height")]
        assert all(edges) == (row["Target"] == "1")
        assert any(edges) == (row["Target"] == "1")


def test_the_table_of_classes_has_as_many_rows_and_agrees(cohort: Path) -> None:
    classes = _rows(cohort / "stage_2_detailed_class_info.csv")
    labels = _rows(cohort / LABELS)
    assert [row["patientId"] for row in classes] == [row["patientId"] for row in labels]
    for found, label in zip(classes, labels, strict=True):
        assert (found["class"] == "Lung Opacity") == (label["Target"] == "1")


def test_the_sources_tell_which_pictures_are_of_one_chest(cohort: Path) -> None:
    entries = json.loads((cohort / "pneumonia-challenge-dataset-mappings_2018.json").read_text())
    patients = [entry["img_id"].partition("_")[0] for entry in entries]
    assert patients == ["00000041"] * 10 + ["00000042"]
    images = {str(image.SOPInstanceUID) for image in _images(cohort)}
    assert {entry["SOPInstanceUID"] for entry in entries} == images


def test_the_files_hold_the_pictures_and_their_boxes(cohort: Path, chest: Chest) -> None:
    record = json.loads(next((cohort / "truth").glob("phantom-000041-*.json")).read_text())
    for place, picture in enumerate(record["pictures"]):
        made = make_radiograph(chest, place, px=96, is_pneumonia=bool(picture["boxes"]))
        image = pydicom.dcmread(cohort / IMAGES / f"{picture['patient_id']}.dcm")
        assert np.array_equal(_shown(image), made.grey)
        assert picture["boxes"] == [[b.x, b.y, b.width, b.height] for b in made.truth.boxes]


def test_some_are_stored_with_white_as_the_least_value_and_read_the_right_way_round(
    cohort: Path,
) -> None:
    images = _images(cohort)
    assert {image.PhotometricInterpretation for image in images} == {"MONOCHROME1", "MONOCHROME2"}
    for image in images:
        (study,) = scan_path(Path(str(image.filename))).studies
        volume = read_volume(study.series[0])
        assert volume.kind is VolumeKind.RAW
        assert np.array_equal(volume.hu[0], _shown(image))


def test_every_file_says_that_it_is_a_phantom(cohort: Path) -> None:
    for image in _images(cohort):
        assert str(image.PatientName).startswith("PHANTOM^")
        assert image.QualityControlImage == "YES"
        assert image.Manufacturer.endswith("phantom")
        assert (image.Modality, image.BodyPartExamined) == ("CR", "CHEST")
        assert image.ViewPosition in ("PA", "AP")


def test_the_files_are_valid_computed_radiography(cohort: Path) -> None:
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which("dciodvfy", path=beside)
    if program is None:
        pytest.skip("dciodvfy is not here: it comes with the package dicom3tools")
    path = sorted((cohort / IMAGES).iterdir())[0]
    run = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert run.stderr.split() == ["CRImage"]


def test_an_interrupted_cohort_goes_on_and_gives_the_same_bytes(
    cohort: Path, arguments: Arguments, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(cohort, tmp_path / "copy"))
    (truth,) = (copy / "truth").glob("phantom-000042-*.json")
    (image,) = (copy / IMAGES).glob("phantom-000042-*.dcm")
    before = {path: path.read_bytes() for path in (truth, image, copy / LABELS)}
    untouched = next((copy / IMAGES).glob("phantom-000041-*.dcm")).stat().st_mtime_ns
    for path in before:
        path.unlink()
    write_radiograph_cohort(copy, **arguments)
    assert {path: path.read_bytes() for path in before} == before
    assert next((copy / IMAGES).glob("phantom-000041-*.dcm")).stat().st_mtime_ns == untouched


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"px": 128}, "another cohort"),
        ({"n_studies": 0}, "between 1 and"),
        ({"px": 20}, "64 to 2048"),
        ({"inverted_fraction": 1.5}, "between 0 and 1"),
        ({"seed": 900_000}, "kept for evaluation"),
    ],
)
def test_impossible_arguments_and_the_folder_of_another_cohort_are_refused(
    cohort: Path, arguments: Arguments, changed: Arguments, reason: str
) -> None:
    with pytest.raises(PhantomError, match=reason):
        write_radiograph_cohort(cohort, **{**arguments, **changed})


def test_a_cancelled_cohort_has_no_tables(tmp_path: Path, arguments: Arguments) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        write_radiograph_cohort(tmp_path / "b", **arguments, cancel=token)
    assert not (tmp_path / "b" / LABELS).exists()


def test_names_depend_on_all_that_the_pixels_depend_on() -> None:
    names = [
        RadiographId(seed, place, px, sick, inverted)
        for seed in (1, 2)
        for place in (0, 1)
        for px in (96, 128)
        for sick in (False, True)
        for inverted in (False, True)
    ]
    assert len({name.patient_id for name in names}) == len(names)
    assert len({name.uid("study") for name in names}) == len(names)
    assert all(name.uid("image").startswith("2.25.") for name in names)
    assert max(len(name.uid("image")) for name in names) <= 64
