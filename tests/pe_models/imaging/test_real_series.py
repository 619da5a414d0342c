"""The real series: order, positions and HU as SimpleITK reads them; lossless encodings equal."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder, scan_path
from pe_models.imaging.study import Series
from pe_models.imaging.volume import PADDING_HU, VolumeKind
from pe_models.imaging.warnings import WarningCode

# Source: the data folder's own README.
NEMA_NEAR = 4


def only_series(path: Path) -> Series:
    (study,) = scan_folder(path)
    (series,) = study.series
    return series


@pytest.fixture
def at(real_data: Path) -> Callable[[str], Path]:
    def find(name: str) -> Path:
        folder = real_data / name
        if not folder.exists():
            pytest.skip(f"{name} is not among the real CT data")
        return folder

    return find


@pytest.mark.parametrize(
    ("name", "n_slices", "expected_codes"),
    [
        ("lidc-chest", 275, {WarningCode.MIXED_FRAMES_OF_REFERENCE}),
        ("rider-ctpa", 95, set()),
        ("hilum-slabs/LIDC-IDRI-0003", 11, set()),
    ],
)
def test_a_real_series_reads_as_simpleitk_reads_it(at, name, n_slices, expected_codes):
    series = only_series(at(name))
    assert series.n_slices == n_slices
    assert {warning.code for warning in series.warnings} == expected_codes
    volume = read_volume(series)

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(source.path) for source in series.slices])
    image = reader.Execute()

    np.testing.assert_allclose(image.GetSpacing()[::-1], series.geometry.spacing_mm, atol=1e-4)
    np.testing.assert_allclose(image.GetOrigin(), series.geometry.origin_mm, atol=1e-4)
    corner = image.TransformIndexToPhysicalPoint((511, 511, n_slices - 1))
    np.testing.assert_allclose(
        series.geometry.to_patient_mm((n_slices - 1, 511, 511)), corner, atol=1e-2
    )
    theirs = sitk.GetArrayViewFromImage(image)
    for index in range(n_slices):
        mask = volume.padding_mask(index)
        np.testing.assert_array_equal(volume.hu[index][~mask], theirs[index][~mask])
        assert (volume.hu[index][mask] == PADDING_HU).all()


def test_the_padding_of_rider_is_a_fifth_of_its_voxels(at):
    volume = read_volume(only_series(at("rider-ctpa")))

    share = np.mean([volume.padding_mask(index).mean() for index in range(volume.n_slices)])

    assert share == pytest.approx(0.21, abs=0.01)


def test_the_real_ctpa_is_a_candidate_and_its_reasons_are_told(at):
    series = only_series(at("rider-ctpa"))

    assert series.is_ctpa_candidate
    assert "a contrast agent was given" in series.reasons


@pytest.mark.parametrize("sample", ["CT1", "CT2"])
@pytest.mark.parametrize("encoding", ["RLE", "JPLL", "JLSL", "J2KR", "JLSN"])
def test_nema_samples_decode_to_their_reference(at, sample, encoding):
    folder = at("nema-wg04-ct")
    reference = read_volume(only_series(folder / f"{sample}_UNC"))
    series = only_series(folder / f"{sample}_{encoding}")
    volume = read_volume(series)

    difference = np.abs(volume.hu.astype(np.int32) - reference.hu)[0]
    seen = ~(volume.padding_mask(0) | reference.padding_mask(0))
    is_lossy = encoding == "JLSN"
    assert difference[seen].max() <= (NEMA_NEAR if is_lossy else 0)
    assert (WarningCode.LOSSY in {w.code for w in series.warnings}) is is_lossy


@pytest.mark.parametrize("sample", ["CT1", "CT2"])
def test_irreversible_jpeg_2000_equals_simpleitks_decode_and_is_marked(at, sample):
    file = at("nema-wg04-ct") / f"{sample}_J2KI"
    series = only_series(file)
    volume = read_volume(series)

    theirs = sitk.GetArrayFromImage(sitk.ReadImage(str(file)))
    seen = ~volume.padding_mask(0)
    difference = np.abs(volume.hu[0].astype(np.int32) - theirs[0])[seen]
    assert difference.max() <= 1
    assert WarningCode.LOSSY in {warning.code for warning in series.warnings}


def test_ten_encodings_of_one_enhanced_ct_agree(at):
    folder = at("enhanced-ct")
    reference = read_volume(only_series(folder / "CT0012.explicit_little_endian.dcm"))
    assert reference.kind is VolumeKind.RAW  # cerebral blood flow, not HU
    files = sorted(folder.glob("*.dcm"))
    assert len(files) == 10

    for file in files:
        series = only_series(file)
        assert WarningCode.NOT_HU in {warning.code for warning in series.warnings}
        assert [source.position_mm for source in series.slices] == [-159.0, -149.0]
        assert [source.frame_number for source in series.slices] == [1, 2]
        assert (series.n_slices, series.n_files) == (2, 1)
        volume = read_volume(series)
        if ".51." in file.name:
            continue  # lossy, and of other pixels than the rest
        near = 2 if ".81." in file.name else 0
        difference = np.abs(volume.hu.astype(np.int32) - reference.hu).max()
        assert difference <= near, file.name


def test_the_duplicate_in_the_zip_is_dropped_and_named(at):
    series = only_series(at("duplicate-positions") / "dupe-positions.zip")

    assert (series.n_slices, series.n_files) == (10, 11)
    by_code = {warning.code: warning for warning in series.warnings}
    assert len(by_code[WarningCode.DUPLICATE_POSITION].files) == 1
    assert set(by_code[WarningCode.DUPLICATE_POSITION].files) < {"CT26.dcm", "CT28.dcm"}
    assert WarningCode.GAP in by_code
    assert len(np.unique([source.position_mm for source in series.slices])) == 10


def test_among_mixed_slices_the_axial_ctpa_ranks_first_in_each_study(at):
    scan = scan_path(at("sbu-ctpa-slices"))

    assert len(scan.studies) == 6
    assert sum(series.n_files for study in scan.studies for series in study.series) == 18
    for study in scan.studies:
        assert len(study.series) == 3
        assert [series.is_axial for series in study.series] == [True, False, False]


def test_the_rsna_format_samples_are_no_images(at):
    scan = scan_path(at("rsna-format"))

    assert scan.studies == ()
    assert {skipped.reason for skipped in scan.skipped} == {"not a DICOM file"}
