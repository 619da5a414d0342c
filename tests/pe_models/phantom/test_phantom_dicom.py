"""The files of a phantom hold its HU, in its place, and say that it is a phantom."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.acquisition import Acquisition
from pe_models.phantom.cohort import write_study
from pe_models.phantom.dicom import PhantomUids
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.spec import PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

SPEC = PhantomSpec(matrix=64, n_slices=24, is_positive=False, artery_hu=350.0)
SEED = 12


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(SEED, SPEC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study") / "demo", SEED, SPEC)


@pytest.fixture(scope="module")
def images(folder: Path) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(path) for path in sorted(folder.iterdir())]


def test_reading_the_folder_gives_the_phantom_back(folder: Path, phantom: Phantom) -> None:
    (study,) = scan_folder(folder)
    (series,) = study.series
    volume = read_volume(series)
    assert np.array_equal(volume.hu, phantom.hu)
    assert volume.geometry.shape == phantom.geometry.shape
    assert volume.geometry.spacing_mm == pytest.approx(phantom.geometry.spacing_mm, abs=1e-3)
    assert volume.geometry.origin_mm == pytest.approx(phantom.geometry.origin_mm, abs=1e-3)
    assert series.warnings == ()
    assert series.is_ctpa_candidate


def test_the_values_decode_with_pydicom_too(
    images: list[pydicom.Dataset], phantom: Phantom
) -> None:
    for image in images:
        index = phantom.geometry.n_slices - int(image.InstanceNumber)
        hu = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
        assert np.array_equal(hu, phantom.hu[index])
        z = phantom.geometry.to_patient_mm((index, 0, 0))[2]
        assert float(image.ImagePositionPatient[2]) == pytest.approx(z, abs=1e-3)


def test_file_names_are_not_in_z_order(images: list[pydicom.Dataset]) -> None:
    z = np.array([float(image.ImagePositionPatient[2]) for image in images])
    assert not (np.diff(z) > 0).all()
    assert not (np.diff(z) < 0).all()


def test_every_file_says_that_it_is_a_phantom(images: list[pydicom.Dataset]) -> None:
    for image in images:
        assert image.PatientName == f"PHANTOM^{SEED}"
        assert image.QualityControlImage == "YES"
        assert image.Manufacturer.endswith("phantom")
        assert image.ManufacturerModelName.endswith(GENERATOR_VERSION)
        assert image.StudyDescription == "CT CHEST PE PHANTOM"


def test_uids_are_valid_distinct_and_depend_on_the_arguments() -> None:
    uids = PhantomUids(1, SPEC)
    every = {uids.study, uids.series, uids.frame_of_reference, *map(uids.image, range(50))}
    assert len(every) == 53
    for uid in every:
        assert pydicom.uid.UID(uid).is_valid
        assert uid.startswith("2.25.")
    assert uids.study == PhantomUids(1, SPEC).study
    assert uids.study != PhantomUids(2, SPEC).study
    assert uids.study != PhantomUids(1, PhantomSpec(matrix=65)).study


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(PhantomError, match="not empty"):
        write_study(tmp_path, SEED, SPEC)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("is_padded", [True, False])
def test_padding_is_declared_and_read_back(tmp_path: Path, is_padded: bool) -> None:
    spec = PhantomSpec(matrix=64, n_slices=16, is_positive=False)
    seed = next(s for s in range(50)
                if Acquisition.plan(s, spec, Habitus.draw(s)).is_padded is is_padded)  # fmt: skip
    phantom = make_phantom(seed, spec)
    folder = write_study(tmp_path / "study", seed, spec)
    images = [pydicom.dcmread(path) for path in folder.iterdir()]
    assert all(("PixelPaddingValue" in image) is is_padded for image in images)
    (study,) = scan_folder(folder)
    volume = read_volume(study.series[0])
    assert np.array_equal(volume.hu, phantom.hu)
    assert bool((volume.hu == -1024).mean() > 0.2) is is_padded
