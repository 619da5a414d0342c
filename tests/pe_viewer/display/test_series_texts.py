"""What is said of a series."""

from dataclasses import replace

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.stacks.gaps import Gap
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.display.series_page import series_page
from pe_viewer.display.series_texts import (
    extent_text,
    gap_text,
    ranking_text,
    series_name,
    warning_sign,
    warning_text,
)

PIXELS = PixelFormat("1.2.840.10008.1.2.1", 4, 6, 16, 16, True)
SLICES = tuple(
    SliceSource(f"IM{k}", f"1.{k}", "2", k, 1.25 * k, (0.0, 0.0, 1.25 * k), PIXELS)
    for k in range(3)
)
SERIES = Series("1", "2", "CT", "CTPA 1.0", SLICES, Geometry.axial((3, 4, 6), (1.25, 0.7, 0.8)), 3)
GAP = SeriesWarning(WarningCode.GAP, "A gap.")
NOTE = SeriesWarning(WarningCode.SECONDARY, "Computed.")


def test_a_series_without_a_description_is_called_by_its_number() -> None:
    assert series_name(SERIES) == "CTPA 1.0"
    nameless = replace(SERIES, description="", series_number=4)
    assert series_name(nameless) == "Series 4"
    assert series_name(replace(nameless, series_number=None)) == "Series without a name"


def test_a_single_slice_has_no_spacing() -> None:
    assert extent_text(SERIES) == "3 slices, 1.25 mm"
    single = replace(SERIES, slices=SLICES[:1], geometry=Geometry.axial((1, 4, 6), (5.0, 0.7, 0.8)))
    assert extent_text(single) == "1 slice"


def test_the_reasons_of_a_candidate_begin_with_what_it_is() -> None:
    reasons = ("its description names the chest", "thin slices (1.25 mm)")
    chosen = replace(SERIES, is_ctpa_candidate=True, reasons=reasons)
    assert ranking_text(chosen) == (
        "CTPA candidate: its description names the chest, thin slices (1.25 mm)"
    )
    assert ranking_text(replace(SERIES, reasons=("a scout view",))) == "A scout view"
    assert ranking_text(replace(SERIES, is_ctpa_candidate=True)) == "CTPA candidate"
    assert ranking_text(SERIES) == ""


def test_a_gap_is_told_as_seen_from_either_side() -> None:
    assert gap_text(Gap(7, 12.54), 7) == "Gap of 12.5 mm toward the head"
    assert gap_text(Gap(7, 12.54), 8) == "Gap of 12.5 mm toward the feet"


def test_the_sign_of_notes_is_hollow() -> None:
    assert warning_sign((NOTE,)) == "△"
    assert warning_sign((NOTE, GAP)) == "▲"


def test_of_many_files_a_warning_names_the_first_few() -> None:
    many = SeriesWarning(WarningCode.LOSSY, "Lossy.", tuple(f"IM{k}" for k in range(2006)))
    assert warning_text(many) == "Lossy. (IM0, IM1, IM2, IM3, IM4, IM5 and 2,000 more)"
    assert warning_text(GAP) == "A gap."


def test_what_headers_say_is_never_markup_on_the_page() -> None:
    hostile = replace(
        SERIES,
        description="<img src=x>",
        kernel="<b>",
        warnings=(SeriesWarning(WarningCode.LOSSY, "<i>lossy</i>", ("<u>.dcm",)),),
    )
    page = series_page(hostile, 1)
    for tag in ("<img", "<b>", "<i>", "<u>"):
        assert tag not in page


def test_the_page_names_every_file_but_where_it_is_all_of_them() -> None:
    some = SeriesWarning(WarningCode.LOSSY, "Lossy.", ("IM0", "IM2"))
    all_of_them = SeriesWarning(WarningCode.ASSUMED_RESCALE, "Assumed.", ("IM0", "IM1", "IM2"))
    page = series_page(replace(SERIES, warnings=(some, all_of_them)), 4)
    assert "2 files: IM0, IM2" in page
    assert "All 3 files" in page
    assert "Ranked 1 of 4" in page
