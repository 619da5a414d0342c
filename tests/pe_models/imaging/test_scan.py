"""What a folder holds: grouped, in order, every file counted once or skipped with a reason."""

import os
import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from pe_models.errors import ScanError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder, scan_path
from pe_models.imaging.study import Scan, Series
from pe_models.imaging.warnings import WarningCode
from pe_models.progress import Cancelled, CancelToken


def only_series(path: Path) -> Series:
    (study,) = scan_folder(path)
    (series,) = study.series
    return series


def codes(series: Series) -> set[WarningCode]:
    return {warning.code for warning in series.warnings}


def n_counted(scan: Scan) -> int:
    counted = sum(series.n_files for study in scan.studies for series in study.series)
    return counted + len(scan.skipped)


def save_like(source: Path, target: Path, **changes: object) -> None:
    import pydicom

    dataset = pydicom.dcmread(source)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(target)


def test_slices_are_ordered_by_position_not_by_name_or_instance_number(write_series):
    series = only_series(write_series().folder)

    assert [source.position_mm for source in series.slices] == [-100.0, -97.5, -95.0]
    assert [source.instance_number for source in series.slices] == [100, 99, 98]
    assert series.geometry.spacing_mm == (2.5, 0.7, 0.5)
    assert series.geometry.origin_mm == (-20.0, -15.0, -100.0)
    assert series.geometry.directions == ((0, 0, 1), (0, 1, 0), (1, 0, 0))
    assert codes(series) == set()


def test_facts_of_study_and_series_are_kept(write_series):
    (study,) = scan_folder(write_series().folder)

    assert study.patient.name == "PHANTOM^Arrow"
    assert study.series[0].description == "CTPA 1.0"
    assert study.series[0].n_files == 3
    assert study.series[0].transfer_syntax == ExplicitVRLittleEndian


@pytest.mark.parametrize("encoding", ["explicit", "implicit", "big endian"])
def test_the_remembered_offset_is_that_of_the_pixels(write_series, encoding):
    written = write_series(encoding=encoding)
    order = ">u2" if encoding == "big endian" else "<u2"

    for source, hu in zip(only_series(written.folder).slices, written.hu, strict=True):
        stored = np.fromfile(source.path, order, offset=source.pixel_offset, count=40 * 60)
        np.testing.assert_array_equal(stored.astype(int) - 1024, hu.ravel())


@pytest.mark.parametrize("encoding", ["deflated", "JPEG-LS"])
def test_packed_pixels_have_no_offset(write_series, encoding):
    series = only_series(write_series(encoding=encoding).folder)
    assert {source.pixel_offset for source in series.slices} == {None}


def test_a_file_without_preamble_or_meta_is_read(write_series):
    written = write_series(encoding="implicit")
    for file in written.files:
        data = file.read_bytes()
        file.write_bytes(data[data.index(b"\x08\x00\x08\x00") :])

    np.testing.assert_array_equal(read_volume(only_series(written.folder)).hu, written.hu)


@pytest.mark.parametrize(
    ("orientation", "normal", "is_axial"),
    [
        ([1, 0, 0, 0, 1, 0], (0, 0, 1), True),
        ([-1, 0, 0, 0, 1, 0], (0, 0, 1), True),
        ([1, 0, 0, 0, 0, -1], (0, 1, 0), False),
        ([0, 1, 0, 0, 0, -1], (1, 0, 0), False),
        ([0.8, 0, 0.6, 0, 1, 0], (-0.6, 0, 0.8), True),
    ],
)
def test_slices_are_counted_upward_along_the_normal(write_series, orientation, normal, is_axial):
    def turned(dataset, index):
        dataset.ImageOrientationPatient = orientation
        dataset.ImagePositionPatient = [20 - 2 * index * part for part in normal]

    written = write_series(edit=turned)
    series = only_series(written.folder)

    np.testing.assert_allclose(series.geometry.directions[0], normal, atol=1e-9)
    np.testing.assert_allclose(series.geometry.directions[2], orientation[:3], atol=1e-9)
    assert series.geometry.spacing_mm[0] == pytest.approx(2.0)
    assert series.is_axial is is_axial
    assert (WarningCode.NOT_AXIAL in codes(series)) is not is_axial
    np.testing.assert_array_equal(read_volume(series).hu, written.hu[::-1])
    for index, source in enumerate(series.slices):
        corner = series.geometry.to_patient_mm((index, 0, 0))
        np.testing.assert_allclose(corner, source.image_position, atol=1e-6)


def test_gantry_tilt_is_computed_from_positions(write_series):
    def tilted(dataset, index):
        dataset.ImageOrientationPatient = [1, 0, 0, 0, np.cos(0.35), np.sin(0.35)]
        dataset.ImagePositionPatient = [0, 0, 3.0 * index]
        dataset.GantryDetectorTilt = 0

    series = only_series(write_series(edit=tilted).folder)

    assert codes(series) == {WarningCode.TILT}
    assert series.geometry.tilt_degrees == pytest.approx(np.degrees(0.35), abs=1e-3)
    assert series.geometry.spacing_mm[0] == pytest.approx(3.0)
    np.testing.assert_allclose(series.geometry.to_patient_mm((2, 0, 0)), (0, 0, 6), atol=1e-6)


def test_jitter_within_tolerance_is_silent(write_series, series_hu):
    rng = random.Random(7)

    def jittered(dataset, index):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, f"{z + rng.uniform(-0.02, 0.02):.4f}"]

    hu = np.concatenate([series_hu] * 5)
    series = only_series(write_series(hu=hu, edit=jittered).folder)

    assert codes(series) == set()
    assert series.geometry.spacing_mm[0] == pytest.approx(2.5, abs=0.01)


def test_a_gap_is_reported_with_the_files_beside_it(write_series, series_hu):
    written = write_series(hu=np.concatenate([series_hu] * 4))
    written.files[5].unlink()

    series = only_series(written.folder)

    (warning,) = series.warnings
    assert warning.code is WarningCode.GAP
    assert "5.0 mm between slices 6 and 7" in warning.message
    assert warning.files == (written.files[5].name, written.files[4].name)
    assert series.geometry.spacing_mm[0] == 2.5


def test_uneven_spacing_is_reported(write_series, series_hu):
    def uneven(dataset, index):
        shift = 0.5 if index % 3 == 0 else 0.0
        dataset.ImagePositionPatient = [0, 0, 2.5 * index + shift]

    series = only_series(write_series(hu=np.concatenate([series_hu] * 3), edit=uneven).folder)

    assert codes(series) == {WarningCode.UNEVEN_SPACING}


def test_slices_shifted_sideways_are_reported(write_series):
    def shifted(dataset, index):
        dataset.ImagePositionPatient = [[0, 5, 0][index], 0, 2.5 * index]

    series = only_series(write_series(edit=shifted).folder)

    assert codes(series) == {WarningCode.SHIFTED}


def test_equal_duplicates_are_dropped_and_still_counted(write_series):
    written = write_series()
    for number in range(20):
        save_like(
            written.files[0], written.folder / f"copy{number}", SOPInstanceUID=f"1.2.3.{number}"
        )

    scan = scan_path(written.folder)
    series = scan.studies[0].series[0]

    assert (series.n_slices, series.n_files) == (3, 23)
    assert codes(series) == {WarningCode.DUPLICATE_POSITION}
    assert len(series.warnings[0].files) == 20
    assert n_counted(scan) == 23
    np.testing.assert_array_equal(read_volume(series).hu, written.hu)


def test_different_slices_at_the_same_positions_become_time_points(write_series, series_hu):
    def at(time):
        def edit(dataset, index):
            dataset.TemporalPositionIdentifier = time
            dataset.SOPInstanceUID = f"1.2.9.{time}.{index}"

        return edit

    write_series(folder="all/first", edit=at(1))
    written = write_series(folder="all/second", hu=np.minimum(series_hu, 500), edit=at(2))

    (study,) = scan_folder(written.folder.parent)

    assert [series.n_slices for series in study.series] == [3, 3]
    assert [series.n_files for series in study.series] == [3, 3]
    for series in study.series:
        assert codes(series) == {WarningCode.DUPLICATE_POSITION}
    means = {float(read_volume(series).hu.mean()) for series in study.series}
    assert means == {float(series_hu.mean()), float(np.minimum(series_hu, 500).mean())}


def test_repeated_positions_without_time_tags_are_split_by_turn(write_series, series_hu):
    def second(dataset, index):
        dataset.SOPInstanceUID = f"1.2.9.2.{index}"
        dataset.InstanceNumber = 200 + index

    write_series(folder="all/first")
    written = write_series(folder="all/second", hu=np.minimum(series_hu, 500), edit=second)

    (study,) = scan_folder(written.folder.parent)

    assert sorted(float(read_volume(s).hu.mean()) for s in study.series) == [
        pytest.approx(float(np.minimum(series_hu, 500).mean())),
        pytest.approx(float(series_hu.mean())),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]},
        {"PixelSpacing": [0.9, 0.9]},
        {"ConvolutionKernel": "LUNG"},
        {"SeriesInstanceUID": "1.2.3.4"},
        {"FrameOfReferenceUID": "1.2.3.4"},
    ],
)
def test_what_is_not_one_stack_is_split(write_series, changes):
    def other(dataset, index):
        dataset.SOPInstanceUID = f"1.2.9.{index}"
        dataset.ImagePositionPatient = [0, 3.0 * index, 200 + 3.0 * index]
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)

    write_series(folder="all/first")
    written = write_series(folder="all/second", edit=other)

    (study,) = scan_folder(written.folder.parent)
    assert [series.n_slices for series in study.series] == [3, 3]


def test_another_matrix_is_another_series(write_series, series_hu):
    write_series(folder="all/first")
    written = write_series(folder="all/second", hu=series_hu[:, :30])

    (study,) = scan_folder(written.folder.parent)
    assert sorted(series.rows for series in study.series) == [30, 40]


def test_times_never_split_a_series(write_series):
    def timed(dataset, index):
        dataset.ContentTime = f"10000{index}"
        dataset.AcquisitionTime = f"10000{index}"
        dataset.AcquisitionNumber = index

    assert only_series(write_series(edit=timed).folder).n_slices == 3


def test_a_frame_of_reference_that_changes_with_every_slice_is_one_series(write_series):
    def anonymized(dataset, index):
        dataset.FrameOfReferenceUID = f"1.2.3.{index}"

    series = only_series(write_series(edit=anonymized).folder)

    assert series.n_slices == 3
    assert codes(series) == {WarningCode.MIXED_FRAMES_OF_REFERENCE}


def test_slices_without_position_are_ordered_by_location(write_series):
    def without(dataset, index):
        del dataset.ImagePositionPatient
        dataset.SliceLocation = 50 + 3 * index

    written = write_series(edit=without)
    series = only_series(written.folder)

    assert codes(series) == {WarningCode.MISSING_POSITION}
    assert series.geometry.spacing_mm[0] == 3.0
    np.testing.assert_array_equal(read_volume(series).hu, written.hu)


def test_slices_without_any_position_are_ordered_by_instance_number(write_series):
    def without(dataset, index):
        del dataset.ImagePositionPatient
        del dataset.ImageOrientationPatient
        del dataset.SliceThickness
        dataset.InstanceNumber = index

    written = write_series(edit=without)
    series = only_series(written.folder)

    assert codes(series) == {WarningCode.MISSING_POSITION, WarningCode.ASSUMED_SPACING}
    assert series.geometry.spacing_mm[0] == 1.0
    np.testing.assert_array_equal(read_volume(series).hu, written.hu)


def test_one_slice_without_position_is_named_and_kept_apart(write_series, series_hu):
    def without(dataset, index):
        if index == 4:
            del dataset.ImagePositionPatient

    written = write_series(hu=np.concatenate([series_hu] * 2), edit=without)
    (study,) = scan_folder(written.folder)

    assert [series.n_slices for series in study.series] == [5, 1]
    for series in study.series:
        assert WarningCode.MISSING_POSITION in codes(series)


def set_raw(dataset: Dataset, tag: int, vr: str, value: bytes) -> None:
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    dataset._dict[Tag(tag)] = RawDataElement(  # a value that pydicom would refuse to write
        Tag(tag), vr, len(value), value, 0, False, True
    )


@pytest.mark.parametrize("spacing", [b"", b"nan\\nan ", b"0\\0 ", b"-1\\1", b"abc "])
def test_pixel_spacing_that_means_nothing_is_assumed_and_said(write_series, spacing):
    def broken(dataset, index):
        set_raw(dataset, 0x00280030, "DS", spacing)

    series = only_series(write_series(edit=broken).folder)

    assert series.geometry.spacing_mm == (2.5, 1.0, 1.0)
    assert codes(series) == {WarningCode.ASSUMED_SPACING}


@pytest.mark.parametrize("slope", [b"", b"nan ", b"0 "])
def test_a_rescale_that_means_nothing_is_assumed_and_said(write_series, slope):
    def broken(dataset, index):
        set_raw(dataset, 0x00281053, "DS", slope)

    series = only_series(write_series(edit=broken).folder)

    assert codes(series) == {WarningCode.ASSUMED_RESCALE}
    assert series.slices[0].pixels.slope == 1.0


@pytest.mark.parametrize("position", [b"nan\\0\\0 ", b"1\\2 ", b"1e400\\0\\0 "])
def test_positions_that_mean_nothing_are_missing(write_series, position):
    def broken(dataset, index):
        set_raw(dataset, 0x00200032, "DS", position)

    series = only_series(write_series(edit=broken).folder)
    assert WarningCode.MISSING_POSITION in codes(series)


def test_an_orientation_that_spans_no_plane_is_missing(write_series):
    def broken(dataset, index):
        dataset.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]

    assert WarningCode.ASSUMED_ORIENTATION in codes(only_series(write_series(edit=broken).folder))


@pytest.mark.parametrize(
    ("keyword", "reason"),
    [
        ("Rows", "size of the image"),
        ("PixelData", "without pixel data"),
        ("SeriesInstanceUID", "which study and series"),
    ],
)
def test_a_file_without_what_an_image_needs_is_skipped_with_a_reason(write_series, keyword, reason):
    def without(dataset, index):
        if index == 1:
            delattr(dataset, keyword)

    written = write_series(edit_encoded=without)
    scan = scan_path(written.folder)

    assert scan.studies[0].series[0].n_slices == 2
    (skipped,) = scan.skipped
    assert skipped.path == written.files[1]
    assert reason in skipped.reason


def test_a_modality_in_small_letters_is_still_that_modality(write_series):
    written = write_series()
    for file in written.files:
        file.write_bytes(file.read_bytes().replace(b"CS\2\0CT", b"CS\2\0ct", 1))

    series = only_series(written.folder)

    assert (series.modality, series.warnings) == ("CT", ())


def test_a_colour_picture_is_skipped_with_a_reason(write_series):
    def colour(dataset, index):
        dataset.SamplesPerPixel = 3
        dataset.PhotometricInterpretation = "RGB"
        dataset.PlanarConfiguration = 0
        dataset.PixelData = dataset.PixelData * 3

    scan = scan_path(write_series(edit=colour).folder)

    assert scan.studies == ()
    assert {"colour picture" in skipped.reason for skipped in scan.skipped} == {True}


def test_a_report_object_is_skipped_by_its_kind(write_series):
    def report(dataset, index):
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
        for keyword in ("PixelData", "Rows", "Columns"):
            delattr(dataset, keyword)

    scan = scan_path(write_series(edit_encoded=report).folder)
    assert "Basic Text SR" in scan.skipped[0].reason


def test_what_is_no_dicom_is_skipped_with_a_reason(write_series, tmp_path):
    written = write_series()
    (written.folder / "notes.txt").write_text("Patient was seen.", encoding="utf-8")
    (written.folder / "empty").touch()
    (written.folder / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(written.folder / "pipe")
    shutil.copy(written.files[0], written.folder / "half")
    (written.folder / "half").write_bytes(written.files[0].read_bytes()[:700])

    scan = scan_path(written.folder)
    reasons = {skipped.path.name: skipped.reason for skipped in scan.skipped}

    assert reasons == {
        "notes.txt": "not a DICOM file",
        "empty": "empty file",
        "broken": "a link that leads nowhere",
        "pipe": "not a regular file",
        "half": "the file ends within its header (truncated)",
    }


def test_a_truncated_file_is_warned_of_at_the_scan(write_series):
    written = write_series()
    written.files[0].write_bytes(written.files[0].read_bytes()[:-100])

    series = only_series(written.folder)

    (warning,) = series.warnings
    assert (warning.code, warning.files) == (WarningCode.TRUNCATED, (written.files[0].name,))


def test_every_file_is_in_one_series_or_skipped(write_series, series_hu):
    written = write_series(hu=np.concatenate([series_hu] * 3))
    rng = random.Random(3)
    for file in written.files:
        data = bytearray(file.read_bytes())
        for _ in range(6):
            data[rng.randrange(132, 1200)] = rng.randrange(256)
        file.write_bytes(data[: rng.choice([len(data), 900])])

    assert n_counted(scan_path(written.folder)) == 9


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(ScanError, match="cannot be opened: it does not exist"):
        scan_path(tmp_path / "nothing")


def test_an_empty_folder_and_one_of_texts_hold_no_studies(tmp_path):
    assert scan_path(tmp_path) == Scan(studies=())
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    assert len(scan_path(tmp_path).skipped) == 1


def test_a_loop_of_links_ends(write_series):
    written = write_series(folder="tree/series")
    (written.folder / "up").symlink_to(written.folder.parent)

    scan = scan_path(written.folder.parent)

    assert scan.studies[0].series[0].n_files == 3
    assert scan.skipped == ()


@pytest.mark.parametrize("name", ["mit Leerzeichen", "Überprüfung", "肺動脈造影", "a'b\"c"])
def test_any_folder_name_is_opened(write_series, name):
    written = write_series(folder=name)
    np.testing.assert_array_equal(read_volume(only_series(written.folder)).hu, written.hu)


@pytest.mark.parametrize(
    ("character_set", "stored", "shown"),
    [
        ("ISO_IR 100", "Müller^Jörg".encode("latin-1"), "Müller^Jörg"),
        ("ISO_IR 192", "王^小東".encode(), "王^小東"),
        ("ISO_IR 144", "Люкceмбypг".encode("iso8859-5"), "Люкceмбypг"),
    ],
)
def test_names_are_read_in_their_character_set(write_series, character_set, stored, shown):
    def named(dataset, index):
        set_raw(dataset, 0x00080005, "CS", character_set.encode())
        set_raw(dataset, 0x00100010, "PN", stored + b" " * (len(stored) % 2))

    (study,) = scan_folder(write_series(edit=named).folder)
    assert study.patient.name == shown


def test_a_character_set_that_does_not_exist_is_no_obstacle(write_series):
    def named(dataset, index):
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.PatientName = "Müller"

    written = write_series(edit=named)
    for file in written.files:
        file.write_bytes(file.read_bytes().replace(b"ISO_IR 100", b"NONSENSE 1"))

    (study,) = scan_folder(written.folder)
    assert study.patient.name.endswith("ller")


def test_a_zip_within_a_folder_is_looked_into(write_series, tmp_path):
    written = write_series()
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        for file in written.files:
            archive.write(file, file.name)
        archive.writestr("readme.txt", "text")
    shutil.rmtree(written.folder)

    scan = scan_path(tmp_path)

    assert scan.studies[0].series[0].n_files == 3
    assert [skipped.reason for skipped in scan.skipped] == ["not a DICOM file"]


def test_a_damaged_zip_and_a_bomb_are_skipped(tmp_path):
    (tmp_path / "damaged.zip").write_bytes(b"PK\x03\x04" + b"x" * 500)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(80 << 20))

    reasons = {item.path.name: item.reason for item in scan_path(tmp_path).skipped}

    assert reasons["damaged.zip"] == "a damaged zip file"
    assert "unpacks to 80 MB" in reasons["zeros"]


def test_a_scan_reports_progress_and_can_be_cancelled(write_series):
    written = write_series()
    reports = []
    scan_path(written.folder, on_progress=reports.append)
    assert (reports[-1].done, reports[-1].total) == (3, 3)

    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        scan_path(written.folder, cancel=cancel)


def test_a_number_of_frames_of_0_is_one_frame(write_series):
    # As pydicom and ITK take it.
    def edit(dataset, index):
        dataset.NumberOfFrames = 0

    written = write_series(edit=edit)

    np.testing.assert_array_equal(read_volume(only_series(written.folder)).hu, written.hu)
