"""Cohorts of heads: the RSNA 2019 layout, equal bytes, resuming, and files that are DICOM."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from pe_models.cli import main
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.phantom.head.cohort import write_head, write_head_cohort
from pe_models.phantom.head.spec import HeadSpec
from pe_models.phantom.head.study import make_head
from pe_models.phantom.spec import PhantomError
from pe_models.tasks import HEMORRHAGE

ARGUMENTS = {"n_studies": 3, "seed": 40, "matrix": 64, "n_slices": 6, "positive_fraction": 0.67}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_head_cohort(tmp_path_factory.mktemp("heads") / "a", **ARGUMENTS)


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _rows(folder: Path) -> list[list[str]]:
    with (folder / "stage_2_train.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_the_layout_is_that_of_the_competition(cohort: Path) -> None:
    header, *rows = _rows(cohort)
    assert header == ["ID", "Label"]
    assert len(rows) == 3 * 6 * 6
    for row_id, value in rows:
        image, _, label = row_id.rpartition("_")
        assert label in HEMORRHAGE.labels
        assert value in {"0", "1"}
        assert (cohort / "stage_2_train" / f"{image}.dcm").is_file()
    assert len(list((cohort / "stage_2_train").iterdir())) == 18


def test_table_truth_and_masks_agree(cohort: Path) -> None:
    table = dict(_rows(cohort)[1:])
    truths = sorted((cohort / "truth").glob("*.json"))
    bleeding = 0
    for path in truths:
        truth = json.loads(path.read_text())
        files = sorted((cohort / "stage_2_train").glob("*.dcm"))
        images = [pydicom.dcmread(file, stop_before_pixels=True) for file in files]
        ours = sorted(
            (image for image in images if image.StudyInstanceUID == path.stem),
            key=lambda image: float(image.ImagePositionPatient[2]),
        )
        for image, labels in zip(ours, truth["labels"], strict=True):
            for label, value in zip(truth["labels_are"], labels, strict=True):
                assert table[f"ID_{image.SOPInstanceUID}_{label}"] == str(value)
        with np.load(path.with_name(f"{path.stem}-masks.npz")) as masks:
            seen = masks["blood"].any(axis=(1, 2))
        assert all(seen[n] for n, labels in enumerate(truth["labels"]) if labels[-1])
        bleeding += bool(truth["bleeds"])
    assert bleeding == 2


def test_the_folder_says_that_it_holds_phantoms(cohort: Path) -> None:
    record = json.loads((cohort / "phantom-cohort.json").read_text())
    assert record["task"] == "hemorrhage"
    assert record["n_studies"] == 3
    assert record["first_seed"] == 40
    assert "phantom" in record["generator"]


def test_an_interrupted_cohort_goes_on_to_the_same_bytes(cohort: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(cohort, tmp_path / "copy"))
    done, *lost = sorted((copy / "truth").glob("*.json"))
    before = done.stat().st_mtime_ns
    for truth in lost:
        truth.unlink()
    (copy / "stage_2_train.csv").unlink()
    for image in (copy / "stage_2_train").iterdir():
        if pydicom.dcmread(image, stop_before_pixels=True).StudyInstanceUID == lost[0].stem:
            image.unlink()
    write_head_cohort(copy, **ARGUMENTS)
    assert _bytes(copy) == _bytes(cohort)
    assert done.stat().st_mtime_ns == before


def test_a_folder_of_another_cohort_is_refused(cohort: Path) -> None:
    with pytest.raises(PhantomError, match="another cohort"):
        write_head_cohort(cohort, **{**ARGUMENTS, "seed": 900})


def test_a_head_opens_as_a_series_of_axial_ct(tmp_path: Path) -> None:
    spec = HeadSpec(matrix=64, n_slices=6)
    folder = write_head(tmp_path / "head", 12, spec)
    (study,) = scan_folder(folder)
    (series,) = study.series
    volume = read_volume(series)
    phantom = make_head(12, spec)
    assert np.array_equal(volume.hu, phantom.hu)
    assert volume.geometry.spacing_mm == pytest.approx(phantom.geometry.spacing_mm, abs=1e-3)
    assert series.body_part == "HEAD"
    assert not series.is_ctpa_candidate
    assert HEMORRHAGE.accepts.refusal(series) is None
    with pytest.raises(PhantomError, match="not empty"):
        write_head(folder, 12, spec)


def test_every_file_says_that_it_is_a_phantom(cohort: Path) -> None:
    for path in (cohort / "stage_2_train").iterdir():
        image = pydicom.dcmread(path, stop_before_pixels=True)
        assert str(image.PatientName).startswith("PHANTOM^")
        assert image.QualityControlImage == "YES"
        assert image.Manufacturer.endswith("phantom")
        assert path.stem == f"ID_{image.SOPInstanceUID}"


def test_the_command_writes_heads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "heads"
    arguments = ["--studies", "1", "--seed", "3", "--matrix", "64", "--slices", "4"]
    assert main(["phantom", "--task", "hemorrhage", "--out", str(out), *arguments]) == 0
    assert "1 phantom studies" in capsys.readouterr().out
    assert len(list((out / "stage_2_train").iterdir())) == 4


@pytest.mark.parametrize("option", [["--arrays"], ["--demo"], ["--spacing-mm", "2"]])
def test_options_of_the_chest_are_wrong_usage_for_heads(
    tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "hemorrhage", "--out", str(tmp_path / "h"), "--studies", "1"]
    with pytest.raises(SystemExit) as stop:
        main(["phantom", *arguments, "--seed", "3", *option])
    assert stop.value.code == 2
    assert f"{option[0]} cannot be given with --task hemorrhage" in capsys.readouterr().err
    assert not (tmp_path / "h").exists()
