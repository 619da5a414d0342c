"""Over which slices a warning stands, and what it makes doubtful there."""

from dataclasses import replace

import pytest

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.stacks.gaps import Gap
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.display.warning_places import (
    Doubt,
    doubts_at,
    gaps_beside,
    gaps_of,
    is_note,
    warnings_at,
    why_unreadable,
)

N_SLICES = 6


def series_with(*warnings: SeriesWarning, positions_mm: tuple[float, ...] = ()) -> Series:
    pixels = PixelFormat("1.2.840.10008.1.2.1", 4, 6, 16, 16, True)
    geometry = Geometry.axial((N_SLICES, 4, 6), (2.0, 0.7, 0.8))
    positions = positions_mm or tuple(2.0 * k for k in range(N_SLICES))
    slices = tuple(
        SliceSource(f"PATIENT NAME/IM{k}", f"1.{k}", "2", k, z, (0.0, 0.0, z), pixels)
        for k, z in enumerate(positions)
    )
    return Series("1", "2", "CT", "CTPA", slices, geometry, N_SLICES, warnings=warnings)


def test_a_warning_that_names_files_stands_over_their_slices_alone() -> None:
    lossy = SeriesWarning(WarningCode.LOSSY, "Compressed.", ("IM1", "IM4"))
    series = series_with(lossy)
    assert [k for k in range(N_SLICES) if warnings_at(series, k)] == [1, 4]


def test_a_warning_that_names_no_file_stands_over_every_slice() -> None:
    series = series_with(SeriesWarning(WarningCode.TILT, "Tilted."))
    assert all(warnings_at(series, k) for k in range(N_SLICES))


def test_dropped_files_are_no_slices_and_their_warning_stands_over_none() -> None:
    series = series_with(SeriesWarning(WarningCode.DUPLICATE_POSITION, "Dropped.", ("COPY1",)))
    assert not any(warnings_at(series, k) for k in range(N_SLICES))


def test_a_slice_in_a_zip_is_known_by_the_name_of_its_member() -> None:
    lossy = SeriesWarning(WarningCode.LOSSY, "Compressed.", ("IM7",))
    series = series_with(lossy)
    inside = replace(series.slices[2], file="disc.zip", member="DICOM/S1\\IM7")
    zipped = replace(series, slices=(*series.slices[:2], inside, *series.slices[3:]))
    assert [k for k in range(N_SLICES) if warnings_at(zipped, k)] == [2]


def test_a_gap_stands_over_the_slices_on_both_sides_of_it() -> None:
    series = series_with(
        SeriesWarning(WarningCode.GAP, "A gap."), positions_mm=(0.0, 2.0, 4.0, 16.5, 18.5, 20.5)
    )
    assert gaps_of(series) == (Gap(2, 12.5),)
    assert [k for k in range(N_SLICES) if warnings_at(series, k)] == [2, 3]
    assert gaps_beside(series, 3) == (Gap(2, 12.5),)


def test_without_its_warning_a_wide_step_is_no_gap() -> None:
    """Positions that stand for nothing, such as instance numbers, have no gaps."""
    assert gaps_of(series_with(positions_mm=(0.0, 2.0, 4.0, 16.5, 18.5, 20.5))) == ()


@pytest.mark.parametrize(
    ("code", "doubts"),
    [
        (WarningCode.ASSUMED_RESCALE, {Doubt.VALUE}),
        (WarningCode.ASSUMED_SPACING, {Doubt.LENGTH, Doubt.POSITION}),
        (WarningCode.MISSING_POSITION, {Doubt.POSITION, Doubt.SIDES}),
        (WarningCode.LOSSY, set()),
    ],
)
def test_only_the_readings_of_named_slices_are_doubtful(
    code: WarningCode, doubts: set[Doubt]
) -> None:
    series = series_with(SeriesWarning(code, "Assumed.", ("IM3",)))
    assert doubts_at(series, 3) == doubts
    assert doubts_at(series, 2) == set()


def test_files_left_out_for_want_of_a_position_put_no_letter_in_doubt() -> None:
    left_out = SeriesWarning(WarningCode.MISSING_POSITION, "Could not be placed.", ("OTHER",))
    assert doubts_at(series_with(left_out), 0) == set()


def test_why_a_slice_could_not_be_read_is_what_reading_found_last() -> None:
    scan = SeriesWarning(WarningCode.TRUNCATED, "1 file cut off.", ("IM2",))
    other = SeriesWarning(WarningCode.UNDECODABLE, "Another.", ("IM5",))
    read = SeriesWarning(WarningCode.TRUNCATED, "1 slice cannot be shown: it ends.", ("IM2",))
    series = series_with(scan, other, read)
    assert why_unreadable(series, 2) == "1 slice cannot be shown: it ends."
    assert why_unreadable(series, 3) == ""


def test_what_misleads_nobody_is_a_note() -> None:
    assert is_note(SeriesWarning(WarningCode.MIXED_FRAMES_OF_REFERENCE, ""))
    assert not is_note(SeriesWarning(WarningCode.GAP, ""))
