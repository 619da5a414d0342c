"""What forms one series, written as scanners, archives and de-identification really leave it."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder, scan_path
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_models.progress import Cancelled, CancelToken

Edit = Callable[[Dataset, int], None]


def series_in(folder: Path) -> tuple[Series, ...]:
    (study,) = scan_folder(folder)
    return study.series


def only_series(folder: Path) -> Series:
    (series,) = series_in(folder)
    return series


def codes(series: Series) -> set[WarningCode]:
    return {warning.code for warning in series.warnings}


def warning(series: Series, code: WarningCode) -> SeriesWarning:
    (found,) = (warning for warning in series.warnings if warning.code is code)
    return found


def sizes(folder: Path) -> list[int]:
    return sorted(series.n_slices for series in series_in(folder))


def means(folder: Path) -> list[float]:
    return sorted(round(float(read_volume(series).hu.mean()), 1) for series in series_in(folder))


def means_of(*hus: NDArray[np.int16]) -> list[float]:
    return sorted(round(float(hu.mean()), 1) for hu in hus)


@pytest.fixture
def tall_hu(series_hu: NDArray[np.int16]) -> NDArray[np.int16]:
    """Twelve slices, each different from all others."""
    stack = np.concatenate([series_hu] * 4)
    return (stack + np.arange(12)[:, None, None]).astype(np.int16).clip(-1024, 3071)


def numbered(start: int) -> Edit:
    """Other instances than those of another call."""

    def edit(dataset: Dataset, index: int) -> None:
        dataset.SOPInstanceUID = f"1.2.9.{start}.{index}"
        dataset.InstanceNumber = start + index

    return edit


# -- what belongs to one stack ---------------------------------------------------------------


def test_a_stray_slice_does_not_join_two_frames_of_reference(write_series, tall_hu):
    def moved(dataset, index):
        dataset.FrameOfReferenceUID = f"1.2.3.{index // 6}" if index < 11 else "1.2.3.9"

    series = series_in(write_series(hu=tall_hu, edit=moved).folder)

    assert sorted(each.n_slices for each in series) == [1, 5, 6]
    assert all(WarningCode.MIXED_FRAMES_OF_REFERENCE not in codes(each) for each in series)


def test_a_frame_of_reference_a_slice_is_one_series_also_where_a_file_is_there_twice(
    write_series, tall_hu
):
    def anonymized(dataset, index):
        dataset.FrameOfReferenceUID = f"1.2.3.{index}"

    written = write_series(hu=tall_hu, edit=anonymized)
    shutil.copy(written.files[0], written.folder / "copy")

    series = only_series(written.folder)

    assert (series.n_slices, series.n_files) == (12, 13)
    assert codes(series) == {WarningCode.MIXED_FRAMES_OF_REFERENCE, WarningCode.DUPLICATE_POSITION}


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("ConvolutionKernel", ("Br40", "Bl64")),
        ("PixelSpacing", ([0.7, 0.5], [0.7, 0.52])),
        ("ImageOrientationPatient", ([1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1])),
        ("ImageType", (["ORIGINAL", "PRIMARY", "AXIAL"], ["ORIGINAL", "PRIMARY", "LOCALIZER"])),
    ],
)
def test_slices_of_another_kind_within_a_series_are_told_apart(
    write_series, tall_hu, keyword, values
):
    def mixed(dataset, index):
        setattr(dataset, keyword, values[index % 2])
        dataset.ImagePositionPatient = [index, 0, index]

    assert sizes(write_series(hu=tall_hu, edit=mixed).folder) == [6, 6]


def test_thin_and_thick_slices_of_one_series_are_told_apart(write_series, tall_hu):
    def thin(dataset, index):
        dataset.SliceThickness = 2.5

    def thick(dataset, index):
        numbered(50)(dataset, index)
        dataset.SliceThickness = 5
        dataset.InstanceNumber = 100 - 2 * index  # runs among those of the thin ones

    write_series(folder="all/thin", hu=tall_hu, edit=thin)
    written = write_series(
        folder="all/thick", hu=np.minimum(tall_hu[::2], 800), step_mm=5.0, edit=thick
    )

    found = {each.slice_thickness_mm: each for each in series_in(written.folder.parent)}

    assert found[2.5].n_slices == 12
    assert found[5.0].n_slices == 6
    np.testing.assert_array_equal(read_volume(found[2.5]).hu, tall_hu)
    assert len(warning(found[2.5], WarningCode.DUPLICATE_POSITION).files) == 6


def acquired(number: int, *, from_mm: float) -> Edit:
    def edit(dataset: Dataset, index: int) -> None:
        numbered(50 * number)(dataset, index)
        dataset.AcquisitionNumber = number
        dataset.ImagePositionPatient = [-20, -15, from_mm + 2.5 * index]

    return edit


def test_two_passes_whose_slices_lie_between_one_anothers_are_two_series(write_series, tall_hu):
    write_series(folder="all/arterial", hu=tall_hu, edit=acquired(1, from_mm=0))
    late = np.minimum(tall_hu, 800)
    written = write_series(folder="all/late", hu=late, edit=acquired(2, from_mm=10.9))

    series = series_in(written.folder.parent)

    assert [codes(each) for each in series] == [set(), set()]
    assert means(written.folder.parent) == sorted(
        round(float(each.mean()), 1) for each in (tall_hu, late)
    )


def test_two_passes_of_which_one_lacks_a_slice_are_two_series(write_series, tall_hu):
    def later(dataset, index):
        numbered(100)(dataset, index)
        dataset.AcquisitionNumber = 2
        dataset.ImagePositionPatient[2] += 0.8

    first = write_series(folder="all/first", hu=tall_hu)
    second = np.minimum(tall_hu, 600)
    folder = write_series(folder="all/second", hu=second, edit=later).folder.parent
    first.files[4].unlink()

    short, long = sorted(series_in(folder), key=lambda series: series.n_slices)

    assert (short.n_slices, long.n_slices) == (11, 12)
    assert (codes(short), codes(long)) == ({WarningCode.GAP}, set())
    np.testing.assert_array_equal(read_volume(long).hu, second)


def test_values_of_another_unit_are_a_series_of_their_own(write_series, tall_hu):
    """As a dual-energy export writes HU and iodine maps under one UID."""

    def iodine(dataset, index):
        numbered(100)(dataset, index)
        dataset.RescaleType = "MGML"

    write_series(folder="all/hu", hu=tall_hu)
    second = np.minimum(tall_hu, 600)
    folder = write_series(folder="all/iodine", hu=second, edit=iodine).folder.parent

    series = series_in(folder)

    assert sorted(map(codes, series), key=len) == [set(), {WarningCode.NOT_HU}]
    assert means(folder) == means_of(second, tall_hu)


@pytest.mark.parametrize("from_mm", [30.0, 33.3, 1.25], ids=["next", "later", "between"])
def test_acquisitions_that_continue_or_fill_one_another_are_one_series(
    write_series, tall_hu, from_mm
):
    write_series(folder="all/first", hu=tall_hu, edit=acquired(1, from_mm=0))
    written = write_series(folder="all/second", hu=tall_hu, edit=acquired(2, from_mm=from_mm))

    assert only_series(written.folder.parent).n_slices == 24


def test_a_pass_at_the_positions_of_another_is_told_of_and_its_copies_are_dropped(
    write_series, tall_hu
):
    write_series(folder="all/first", hu=tall_hu, edit=acquired(1, from_mm=0))
    again = tall_hu[:6].copy()
    again[2:] -= 9
    written = write_series(folder="all/again", hu=again, edit=acquired(2, from_mm=0))

    whole, part = sorted(series_in(written.folder.parent), key=lambda each: -each.n_slices)

    assert (whole.n_slices, whole.n_files, part.n_slices) == (12, 14, 4)
    assert codes(whole) == codes(part) == {WarningCode.DUPLICATE_POSITION}


def test_orientations_that_differ_by_rounding_are_one_stack(write_series, tall_hu):
    def rounded(dataset, index):
        dataset.ImageOrientationPatient = [1, 0.0004 * (index % 3), 0, 0, 1, 0]

    assert codes(only_series(write_series(hu=tall_hu, edit=rounded).folder)) == set()


# -- positions -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    ("orientation", "normal"),
    [
        ([0, 1, 0, 0, 0, -1], (1, 0, 0)),
        ([0, -1, 0, 0, 0, -1], (1, 0, 0)),
        ([1, 0, 0, 0, 0.8, 0.6], (0, -0.6, 0.8)),
        ([0.6, 0.8, 0, 0, 0, -1], (-0.8, 0.6, 0)),
    ],
    ids=["sagittal", "sagittal from the right", "tilted head", "oblique"],
)
def test_any_orientation_is_in_order_and_where_the_files_say(
    write_series, tall_hu, orientation, normal, is_reversed
):
    def turned(dataset, index):
        place = -index if is_reversed else index
        dataset.ImageOrientationPatient = orientation
        dataset.ImagePositionPatient = [7 + 1.5 * place * part for part in normal]

    series = only_series(write_series(hu=tall_hu, edit=turned).folder)

    assert series.geometry.spacing_mm[0] == pytest.approx(1.5)
    assert not codes(series) & {WarningCode.TILT, WarningCode.GAP, WarningCode.SHIFTED}
    along = np.sign(series.geometry.normal @ np.array(normal)) * (-1 if is_reversed else 1)
    np.testing.assert_array_equal(read_volume(series).hu, tall_hu[:: int(along)])
    for index, source in enumerate(series.slices):
        corner = series.geometry.to_patient_mm((index, 0, 0))
        np.testing.assert_allclose(corner, source.image_position, atol=1e-6)


def test_several_gaps_are_reported_in_one_warning(write_series, tall_hu):
    written = write_series(hu=tall_hu)
    for index in (2, 5, 6):
        (written.folder / f"IM{12 - index:04d}").unlink()

    found = warning(only_series(written.folder), WarningCode.GAP)

    assert "7.5 mm between slices 4 and 5" in found.message
    assert "There are 2 gaps" in found.message
    assert found.files == ("IM0011", "IM0009", "IM0008", "IM0005")


def test_a_spacing_tag_that_contradicts_the_positions_counts_for_nothing(write_series, tall_hu):
    def contradictory(dataset, index):
        dataset.SpacingBetweenSlices = 7
        dataset.SliceThickness = 10
        dataset.SliceLocation = -3 * index

    series = only_series(write_series(hu=tall_hu, edit=contradictory).folder)

    assert series.geometry.spacing_mm[0] == 2.5
    assert codes(series) == set()
    np.testing.assert_array_equal(read_volume(series).hu, tall_hu)


def test_one_slice_takes_its_spacing_from_its_tags(write_series, series_hu):
    def spaced(dataset, index):
        dataset.SpacingBetweenSlices = 0.8

    series = only_series(write_series(hu=series_hu[:1], edit=spaced).folder)

    assert series.geometry.spacing_mm == (0.8, 0.7, 0.5)
    assert codes(series) == {WarningCode.SINGLE_SLICE}


# -- what is missing -------------------------------------------------------------------------


def test_slices_without_orientation_are_taken_as_axial_by_their_positions(write_series, tall_hu):
    def without(dataset, index):
        del dataset.ImageOrientationPatient

    series = only_series(write_series(hu=tall_hu, edit=without).folder)

    found = warning(series, WarningCode.ASSUMED_ORIENTATION)
    assert "taken as axial" in found.message
    assert len(found.files) == 12
    assert series.is_axial
    assert series.geometry.spacing_mm == (2.5, 0.7, 0.5)
    assert series.slices[0].position_mm == -100.0
    np.testing.assert_array_equal(read_volume(series).hu, tall_hu)


def test_slices_without_orientation_that_run_across_the_body_are_not_taken_as_axial(
    write_series, tall_hu
):
    def without(dataset, index):
        del dataset.ImageOrientationPatient
        dataset.ImagePositionPatient = [2.0 * index, 0, 0]

    series = only_series(write_series(hu=tall_hu, edit=without).folder)

    assert "InstanceNumber" in warning(series, WarningCode.MISSING_POSITION).message


@pytest.mark.parametrize("number", [None, 1])
def test_without_positions_and_numbers_names_are_counted_as_people_count(
    write_series, tall_hu, number
):
    def without(dataset, index):
        del dataset.ImagePositionPatient
        del dataset.ImageOrientationPatient
        dataset.InstanceNumber = number

    written = write_series(hu=tall_hu, edit=without)
    for index, file in enumerate(reversed(written.files)):
        file.rename(written.folder / f"IM{index}")

    series = only_series(written.folder)

    assert [source.path.name for source in series.slices] == [f"IM{i}" for i in range(12)]
    np.testing.assert_array_equal(read_volume(series).hu, tall_hu)
    assert "file name" in warning(series, WarningCode.MISSING_POSITION).message


@pytest.mark.parametrize(
    ("keyword", "spacing_mm", "message"),
    [
        ("ImagerPixelSpacing", (0.3, 0.4), "that of the detector was taken"),
        ("NominalScannedPixelSpacing", (1.0, 1.0), "1.0 mm was assumed"),
    ],
)
def test_without_pixel_spacing_what_stands_in_for_it_is_said(
    write_series, keyword, spacing_mm, message
):
    def without(dataset, index):
        del dataset.PixelSpacing
        setattr(dataset, keyword, [0.3, 0.4])

    series = only_series(write_series(edit=without).folder)

    assert series.geometry.spacing_mm[1:] == spacing_mm
    assert message in warning(series, WarningCode.ASSUMED_SPACING).message


def test_one_slice_without_orientation_is_listed_apart_and_named(write_series, tall_hu):
    def without(dataset, index):
        if index == 5:
            del dataset.ImageOrientationPatient

    written = write_series(hu=tall_hu, edit=without)

    long, short = sorted(series_in(written.folder), key=lambda s: -s.n_slices)

    assert (long.n_slices, short.n_slices) == (11, 1)
    assert codes(long) == {WarningCode.GAP, WarningCode.MISSING_POSITION}
    assert warning(long, WarningCode.MISSING_POSITION).files == ("IM0007",)


# -- repeated positions ----------------------------------------------------------------------


def test_time_points_name_the_files_at_the_positions_that_repeat(write_series, tall_hu):
    write_series(folder="all/first", hu=tall_hu)
    written = write_series(folder="all/again", hu=np.minimum(tall_hu[:2], 600), edit=numbered(500))

    long, short = sorted(series_in(written.folder.parent), key=lambda s: -s.n_slices)

    assert (long.n_slices, short.n_slices) == (12, 2)
    assert len(warning(long, WarningCode.DUPLICATE_POSITION).files) == 2
    np.testing.assert_array_equal(read_volume(long).hu, tall_hu)


@pytest.mark.parametrize("numbering", ["time by time", "place by place"])
@pytest.mark.parametrize("is_tagged", [True, False])
def test_a_perfusion_series_is_split_into_its_time_points(
    write_series, tall_hu, numbering, is_tagged
):
    bright = [np.minimum(tall_hu[:4], 300 + 200 * when).astype(np.int16) for when in range(5)]

    def at(when: int) -> Edit:
        def edit(dataset, index):
            numbered(0)(dataset, 10 * when + index)
            by_time = numbering == "time by time"
            dataset.InstanceNumber = 1 + (4 * when + index if by_time else 5 * index + when)
            if is_tagged:
                dataset.TemporalPositionIdentifier = when + 1

        return edit

    for when, hu in enumerate(bright):
        folder = write_series(folder=f"all/{when}", hu=hu, edit=at(when)).folder.parent

    assert means(folder) == sorted(round(float(hu.mean()), 1) for hu in bright)


@pytest.mark.parametrize("keyword", ["TemporalPositionIdentifier", "AcquisitionNumber"])
def test_a_tag_that_counts_slices_does_not_split_them_apart(write_series, tall_hu, keyword):
    def counted(start: int) -> Edit:
        def edit(dataset, index):
            numbered(start)(dataset, index)
            setattr(dataset, keyword, start + index)

        return edit

    write_series(folder="all/first", hu=tall_hu, edit=counted(1))
    second = np.minimum(tall_hu, 600)
    folder = write_series(folder="all/second", hu=second, edit=counted(500)).folder.parent

    assert means(folder) == sorted(
        [round(float(second.mean()), 1), round(float(tall_hu.mean()), 1)]
    )


def test_acquisitions_tell_time_points_apart_whatever_their_instance_numbers(write_series, tall_hu):
    def at(acquisition: int, numbers: Sequence[int]) -> Edit:
        def edit(dataset, index):
            numbered(100 * acquisition)(dataset, index)
            dataset.AcquisitionNumber = acquisition
            dataset.InstanceNumber = numbers[index]

        return edit

    second = np.minimum(tall_hu, 600)
    write_series(folder="all/first", hu=tall_hu, edit=at(1, range(0, 24, 2)))
    folder = write_series(
        folder="all/second", hu=second, edit=at(2, range(23, -1, -2))
    ).folder.parent

    assert means(folder) == sorted(
        [round(float(second.mean()), 1), round(float(tall_hu.mean()), 1)]
    )


def in_any_order(when: int) -> Edit:
    """Instances counted anew at each time point, and names that give no order of times."""

    def edit(dataset, index):
        numbered(100 * when)(dataset, index)
        dataset.InstanceNumber = 1 + index

    return edit


def write_times(write_series, hus: Sequence[NDArray[np.int16]], edits: Sequence[Edit]) -> Path:
    """The time points in one folder, each with its edits, in a shuffled order of names."""
    files: list[Path] = []
    for when, (hu, edit) in enumerate(zip(hus, edits, strict=True)):

        def edited(dataset, index, when=when, edit=edit):
            in_any_order(when)(dataset, index)
            edit(dataset, index)

        files += write_series(folder=f"all/{when}", hu=hu, edit=edited).files
    folder = files[0].parent.parent / "shuffled"
    folder.mkdir()
    for name, file in zip(np.random.default_rng(3).permutation(len(files)), files, strict=True):
        shutil.copy(file, folder / f"{name:03d}")
    return folder


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("SeriesNumber", (3, 4)),
        ("SeriesDescription", ("CTPA 80 kV", "CTPA 140 kV")),
        ("KVP", ("80", "140")),
        ("AcquisitionTime", ("100000", "100040")),
        ("TriggerTime", ("0", "350")),
    ],
)
def test_time_points_are_told_apart_by_whatever_tag_tells_them(
    write_series, tall_hu, keyword, values
):
    def valued(value: object) -> Edit:
        return lambda dataset, index: setattr(dataset, keyword, value)

    hus = [tall_hu, np.minimum(tall_hu, 600)]

    folder = write_times(write_series, hus, [valued(value) for value in values])

    assert means(folder) == means_of(*hus)


def test_a_slice_that_one_time_point_lacks_is_not_taken_from_another(write_series, tall_hu):
    first = write_series(folder="all/first", hu=tall_hu)
    second = np.minimum(tall_hu, 600)
    folder = write_series(folder="all/second", hu=second, edit=numbered(500)).folder.parent
    first.files[4].unlink()

    short, long = sorted(series_in(folder), key=lambda series: series.n_slices)

    assert (short.n_slices, long.n_slices) == (11, 12)
    assert WarningCode.GAP in codes(short)
    np.testing.assert_array_equal(read_volume(long).hu, second)


def test_time_points_that_nothing_tells_apart_are_said_to_be_perhaps_mixed(write_series, tall_hu):
    hus = [tall_hu, np.minimum(tall_hu, 600)]

    folder = write_times(write_series, hus, [lambda dataset, index: None] * 2)

    for series in series_in(folder):
        assert "may be mixed" in warning(series, WarningCode.DUPLICATE_POSITION).message


def test_positions_that_differ_by_rounding_are_one_position(write_series, tall_hu):
    """At 0.005 mm beyond a hundredth, where rounding to hundredths would part them."""

    def placed(shift_mm: float) -> Edit:
        def edit(dataset, index):
            numbered(100 if shift_mm else 1)(dataset, index)
            dataset.ImagePositionPatient = [0, 0, f"{-100.125 + 1.25 * index + shift_mm:.6f}"]

        return edit

    write_series(folder="all/first", hu=tall_hu, edit=placed(0.0))
    folder = write_series(folder="all/again", hu=tall_hu, edit=placed(-1e-6)).folder.parent

    series = only_series(folder)

    assert (series.n_slices, series.n_files) == (12, 24)
    assert series.geometry.spacing_mm[0] == pytest.approx(1.25)


@pytest.mark.parametrize("encoding", ["explicit", "deflated", "RLE", "JPEG-LS"])
def test_copies_are_dropped_however_they_are_encoded(write_series, encoding):
    written = write_series(encoding=encoding)
    for index, file in enumerate(written.files):
        copy = pydicom.dcmread(file)
        copy.SOPInstanceUID = f"1.2.77.{index}"
        copy.InstanceNumber = 900 + index
        copy.save_as(written.folder / f"other name {index}")

    series = only_series(written.folder)

    assert (series.n_slices, series.n_files) == (3, 6)
    assert codes(series) == {WarningCode.DUPLICATE_POSITION}
    names = warning(series, WarningCode.DUPLICATE_POSITION).files
    assert set(names) == {"other name 0", "other name 1", "other name 2"}


def test_slices_that_differ_outside_their_middle_are_no_copies(write_series, series_hu):
    other = series_hu.copy()
    other[:, 0, 0] += 1
    write_series(folder="all/first")
    folder = write_series(folder="all/second", hu=other, edit=numbered(500)).folder.parent

    assert sizes(folder) == [3, 3]


def test_equal_pixels_of_another_rescale_are_no_copies(write_series, series_hu):
    def rescaled(dataset, index):
        numbered(500)(dataset, index)
        dataset.RescaleIntercept = -1000

    write_series(folder="all/first")
    folder = write_series(folder="all/second", edit=rescaled).folder.parent

    assert sizes(folder) == [3, 3]


def test_a_copy_that_cannot_be_read_counts_as_different(write_series):
    written = write_series()
    cut = written.folder / "cut"
    cut.write_bytes(written.files[0].read_bytes()[:-3000])

    assert sizes(written.folder) == [1, 3]


@pytest.mark.wall_clock
def test_ten_thousand_copies_take_seconds(write_series):
    written = write_series()
    first = written.files[0]
    for number in range(10_000):
        (written.folder / f"copy {number}").hardlink_to(first)

    started = time.perf_counter()
    series = only_series(written.folder)

    assert time.perf_counter() - started < 20
    assert (series.n_slices, series.n_files) == (3, 10_003)


def test_comparing_copies_can_be_cancelled(write_series):
    written = write_series()
    shutil.copy(written.files[0], written.folder / "copy")
    cancel = CancelToken()

    def cancel_at_the_end(progress):
        if progress.done == 4:
            cancel.cancel()

    with pytest.raises(Cancelled):
        scan_path(written.folder, on_progress=cancel_at_the_end, cancel=cancel)
