"""Enhanced multi-frame CT: stacks, time points and files that make up one series."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import EnhancedCTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless

from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import Series
from pe_models.imaging.warnings import WarningCode

from .conftest import plain_dataset

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Frames = Sequence[Dataset]


def a_frame(
    z_mm: float,
    *,
    stack: str | None = None,
    in_stack: int | None = None,
    time: int | None = None,
    orientation: Sequence[float] = AXIAL,
) -> Dataset:
    content, position, plane = Dataset(), Dataset(), Dataset()
    if stack is not None:
        content.StackID = stack
    if in_stack is not None:
        content.InStackPositionNumber = in_stack
    if time is not None:
        content.TemporalPositionIndex = time
    position.ImagePositionPatient = [-20.0, -15.0, z_mm]
    plane.ImageOrientationPatient = list(orientation)
    groups = Dataset()
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    groups.PlaneOrientationSequence = [plane]
    return groups


@pytest.fixture
def write_enhanced(tmp_path: Path) -> Callable[..., Path]:
    """Writes one multi-frame file; ``tags`` are set at its top."""

    def write(
        name: str,
        hu: NDArray[np.int16],
        frames: Frames,
        *,
        is_compressed: bool = False,
        **tags: Any,
    ) -> Path:
        dataset = plain_dataset(0, hu[0])
        for keyword in (
            "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
            "RescaleSlope", "RescaleIntercept", "SliceThickness",
        ):  # fmt: skip
            delattr(dataset, keyword)
        measures, transformation, shared = Dataset(), Dataset(), Dataset()
        measures.PixelSpacing, measures.SliceThickness = [0.7, 0.5], 2.5
        transformation.RescaleSlope, transformation.RescaleIntercept = 1, -1024
        transformation.RescaleType = "HU"
        shared.PixelMeasuresSequence = [measures]
        shared.PixelValueTransformationSequence = [transformation]
        dataset.SharedFunctionalGroupsSequence = [shared]
        dataset.PerFrameFunctionalGroupsSequence = list(frames)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.5.{name}"
        dataset.InstanceNumber = 1
        dataset.NumberOfFrames = len(hu)
        words = (hu.astype(np.int32) + 1024).astype("<u2")
        dataset.PixelData = words.tobytes()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset["PixelData"].VR = "OW"
        if is_compressed:
            dataset.PixelData = encapsulate([imagecodecs.jpegls_encode(each) for each in words])
            dataset["PixelData"].VR = "OB"
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
        (tmp_path / "enhanced").mkdir(exist_ok=True)
        dataset.save_as(tmp_path / "enhanced" / name, enforce_file_format=False)
        return tmp_path / "enhanced"

    return write


@pytest.fixture
def eight_hu(series_hu: NDArray[np.int16]) -> NDArray[np.int16]:
    """Eight slices, each different from all others."""
    stack = np.concatenate([series_hu] * 3)[:8] + np.arange(8)[:, None, None]
    return stack.astype(np.int16).clip(-1024, 3071)


def series_in(folder: Path) -> tuple[Series, ...]:
    (study,) = scan_folder(folder)
    return study.series


def codes(series: Series) -> set[WarningCode]:
    return {warning.code for warning in series.warnings}


def pictures(folder: Path) -> list[float]:
    return sorted(round(float(read_volume(each).hu.mean()), 2) for each in series_in(folder))


def means_of(*parts: NDArray[np.int16]) -> list[float]:
    return sorted(round(float(part.mean()), 2) for part in parts)


@pytest.mark.parametrize("is_compressed", [False, True])
def test_frames_are_ordered_by_position(write_enhanced, eight_hu, is_compressed):
    order = [3, 0, 7, 1, 6, 2, 5, 4]
    frames = [a_frame(2.5 * index, stack="1", in_stack=index + 1) for index in order]
    folder = write_enhanced("1", eight_hu[order], frames, is_compressed=is_compressed)

    (series,) = series_in(folder)

    assert (series.n_slices, series.n_files, codes(series)) == (8, 1, set())
    assert series.geometry.spacing_mm == (2.5, 0.7, 0.5)
    np.testing.assert_array_equal(read_volume(series).hu, eight_hu)


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("declared", [None, 0])
def test_frames_that_no_number_declares_are_counted_by_their_groups(
    write_enhanced, eight_hu, is_compressed, declared
):
    frames = [a_frame(2.5 * index) for index in range(8)]
    folder = write_enhanced(
        "1", eight_hu, frames, is_compressed=is_compressed, NumberOfFrames=declared
    )

    (series,) = series_in(folder)

    np.testing.assert_array_equal(read_volume(series).hu, eight_hu)


def test_stacks_of_one_file_are_told_apart(write_enhanced, eight_hu):
    frames = [a_frame(2.5 * i, stack="1") for i in range(4)]
    frames += [a_frame(200 + 2.5 * i, stack="2") for i in range(4)]
    folder = write_enhanced("1", eight_hu, frames)

    assert pictures(folder) == means_of(eight_hu[:4], eight_hu[4:])
    found = series_in(folder)
    assert [codes(series) for series in found] == [set(), set()]
    assert sum(series.n_files for series in found) == 1


def test_a_stack_for_each_frame_is_no_stack(write_enhanced, eight_hu):
    frames = [a_frame(2.5 * i, stack=str(i + 1)) for i in range(8)]

    (series,) = series_in(write_enhanced("1", eight_hu, frames))

    assert series.n_slices == 8


def test_orientations_of_one_file_are_told_apart(write_enhanced, eight_hu):
    coronal = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
    frames = [a_frame(2.5 * i) for i in range(5)]
    frames += [a_frame(0, orientation=coronal) for _ in range(3)]
    for index, frame in enumerate(frames[5:]):
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 3.0 * index, 0]
    folder = write_enhanced("1", eight_hu, frames)

    assert sorted((s.n_slices, s.is_axial) for s in series_in(folder)) == [(3, False), (5, True)]


@pytest.mark.parametrize("is_tagged", [True, False])
def test_time_points_of_one_file_are_told_apart(write_enhanced, eight_hu, is_tagged):
    frames = [
        a_frame(2.5 * (i % 4), stack="1", time=1 + i // 4 if is_tagged else None) for i in range(8)
    ]
    folder = write_enhanced("1", eight_hu, frames)

    assert pictures(folder) == means_of(eight_hu[:4], eight_hu[4:])
    for series in series_in(folder):
        assert codes(series) == {WarningCode.DUPLICATE_POSITION}


@pytest.mark.parametrize("tag", ["acquisition", "phase of the heart"])
def test_frames_in_any_order_are_told_apart_by_what_each_says(write_enhanced, eight_hu, tag):
    order = [5, 0, 2, 7, 1, 4, 6, 3]
    frames = []
    for index in order:
        frame = a_frame(2.5 * (index % 4))
        if tag == "acquisition":
            frame.FrameContentSequence[0].FrameAcquisitionNumber = 1 + index // 4
        else:
            heart = Dataset()
            heart.NominalPercentageOfCardiacPhase = 40.0 + 35.0 * (index // 4)
            frame.CardiacSynchronizationSequence = [heart]
        frames.append(frame)
    folder = write_enhanced("1", eight_hu[order], frames)

    assert pictures(folder) == means_of(eight_hu[:4], eight_hu[4:])


def test_frames_of_another_unit_are_a_series_of_their_own(write_enhanced, eight_hu):
    frames = [a_frame(2.5 * (index // 2)) for index in range(8)]
    for index, frame in enumerate(frames):
        transformation = Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = 1, -1024
        transformation.RescaleType = ("HU", "MGML")[index % 2]
        frame.PixelValueTransformationSequence = [transformation]
    folder = write_enhanced("1", eight_hu, frames)

    assert pictures(folder) == means_of(eight_hu[::2], eight_hu[1::2])
    assert sorted(map(codes, series_in(folder)), key=len) == [set(), {WarningCode.NOT_HU}]


def test_two_files_of_one_series_are_one_stack(write_enhanced, eight_hu):
    write_enhanced("1", eight_hu[:4], [a_frame(2.5 * i, stack="1") for i in range(4)])
    folder = write_enhanced("2", eight_hu[4:], [a_frame(10 + 2.5 * i, stack="1") for i in range(4)])

    (series,) = series_in(folder)

    assert (series.n_slices, series.n_files, codes(series)) == (8, 2, set())
    np.testing.assert_array_equal(read_volume(series).hu, eight_hu)


def test_the_parts_of_a_concatenation_are_one_series(write_enhanced, eight_hu):
    for part in range(2):
        frames = [a_frame(2.5 * (4 * part + i), stack="1") for i in range(4)]
        folder = write_enhanced(
            str(part),
            eight_hu[4 * part : 4 * part + 4],
            frames,
            ConcatenationUID="1.2.5.9",
            SOPInstanceUIDOfConcatenationSource="1.2.5.8",
            InConcatenationNumber=part + 1,
            InConcatenationTotalNumber=2,
            ConcatenationFrameOffsetNumber=4 * part,
        )

    (series,) = series_in(folder)

    assert (series.n_slices, series.n_files) == (8, 2)
    np.testing.assert_array_equal(read_volume(series).hu, eight_hu)
    assert [source.frame_number for source in series.slices] == [1, 2, 3, 4] * 2


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_copy_of_a_whole_file_is_dropped(write_enhanced, eight_hu, is_compressed):
    frames = [a_frame(2.5 * i) for i in range(8)]
    write_enhanced("1", eight_hu, frames, is_compressed=is_compressed)
    folder = write_enhanced("2", eight_hu, frames, is_compressed=is_compressed)

    (series,) = series_in(folder)

    assert (series.n_slices, series.n_files) == (8, 2)
    (warning,) = series.warnings
    assert (warning.code, warning.files) == (WarningCode.DUPLICATE_POSITION, ("2",))


def test_another_file_at_the_same_positions_is_another_time_point(write_enhanced, eight_hu):
    frames = [a_frame(2.5 * i) for i in range(8)]
    second = np.minimum(eight_hu, 500)
    write_enhanced("1", eight_hu, frames)
    folder = write_enhanced("2", second, frames)

    assert pictures(folder) == means_of(eight_hu, second)


def test_a_position_at_the_top_is_that_of_the_first_frame_alone(write_enhanced, eight_hu):
    # An RT dose or a scintigram gives one position, and its frames lie one upon the other.
    folder = write_enhanced(
        "1",
        eight_hu[[0, 1, 1, 2, 3, 4, 5, 6]],
        [],
        Modality="RTDOSE",
        ImagePositionPatient=[-20.0, -15.0, 0.0],
        ImageOrientationPatient=list(AXIAL),
        SliceLocation=0.0,
    )

    (series,) = series_in(folder)

    assert [each.frame_number for each in series.slices] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert WarningCode.MISSING_POSITION in codes(series)
    assert WarningCode.DUPLICATE_POSITION not in codes(series)


def test_frames_of_two_kernels_are_two_series(write_enhanced, eight_hu):
    frames = [a_frame(2.5 * (index // 2)) for index in range(8)]
    for frame, kernel in zip(frames, ["Br40", "Bl64", "Bl64", "Br40"] * 2, strict=True):
        reconstruction = Dataset()
        reconstruction.ConvolutionKernel = kernel
        frame.CTReconstructionSequence = [reconstruction]
    folder = write_enhanced("1", eight_hu, frames)

    found = {series.kernel: read_volume(series).hu for series in series_in(folder)}

    np.testing.assert_array_equal(found["Br40"], eight_hu[[0, 3, 4, 7]])
    np.testing.assert_array_equal(found["Bl64"], eight_hu[[1, 2, 5, 6]])
