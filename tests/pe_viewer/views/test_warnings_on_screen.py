"""Every warning stands in each place where a reader would look for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QTextBrowser, QToolButton

from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.display.series_texts import gap_text
from pe_viewer.display.texts import WARNING_TEXTS
from pe_viewer.display.warning_places import WARNING_PLACES, gaps_beside
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.library.series_row import SeriesRow
from pe_viewer.views.library.study_browser import StudyBrowser
from pe_viewer.views.picture.corner_text import blocks_of, length_note, sides_are_known, value_line
from pe_viewer.views.picture.slice_absence import SliceCondition, absence_of, condition_of
from pe_viewer.views.sheets.series_sheet import SeriesSheet
from pe_viewer.views.track.score_track import ScoreTrack

Shown = Callable[..., Any]

HERE = 5
"""The slice in view; it is named by every warning that names files."""

_SERIES = {"browser", "sheet"}
_SLICE = {*_SERIES, "corner"}

PLACES: Mapping[WarningCode, set[str]] = {
    WarningCode.TILT: _SLICE,
    WarningCode.GAP: {*_SLICE, "track"},
    WarningCode.DUPLICATE_POSITION: _SLICE,
    WarningCode.UNEVEN_SPACING: _SLICE,
    WarningCode.MIXED_FRAMES_OF_REFERENCE: _SERIES,
    WarningCode.ASSUMED_SPACING: {*_SLICE, "position", "length"},
    WarningCode.ASSUMED_RESCALE: {*_SLICE, "value"},
    WarningCode.MISSING_POSITION: {*_SLICE, "position", "sides"},
    WarningCode.ASSUMED_ORIENTATION: {*_SLICE, "sides"},
    WarningCode.LOSSY: _SLICE,
    WarningCode.UNDECODABLE: {*_SLICE, "track", "picture"},
    WarningCode.TRUNCATED: {*_SLICE, "track", "picture"},
    WarningCode.SINGLE_SLICE: _SLICE,
    WarningCode.NOT_AXIAL: _SLICE,
    WarningCode.NOT_CT: {*_SLICE, "value"},
    WarningCode.NOT_HU: {*_SLICE, "value"},
    WarningCode.RADIOGRAPH: {*_SLICE, "length"},
    WarningCode.SECONDARY: _SLICE,
    WarningCode.SHIFTED: _SLICE,
}

FILE = f"{HERE}.dcm"
MESSAGE = "What was found, in words for a reader."


@pytest.fixture
def snapshot_with(opened: ReviewSnapshot) -> Callable[[WarningCode], ReviewSnapshot]:
    """The open study with one warning of a kind, and what on it gave cause."""

    def made(code: WarningCode) -> ReviewSnapshot:
        assert opened.series is not None
        assert opened.volume is not None
        files = (FILE,) if WARNING_PLACES[code].scope.name == "NAMED_SLICES" else ()
        series = replace(opened.series, warnings=(SeriesWarning(code, MESSAGE, files),))
        volume = opened.volume
        match code:
            case WarningCode.GAP:
                series = with_gap_above(series, HERE)
            case WarningCode.NOT_CT:
                series = replace(series, modality="MR")
            case WarningCode.NOT_HU:
                maps = tuple(
                    replace(s, pixels=replace(s.pixels, rescale_type="PCT")) for s in series.slices
                )
                series = replace(series, slices=maps)
            case WarningCode.UNDECODABLE | WarningCode.TRUNCATED:
                volume = replace(volume, missing_slices=frozenset({HERE}))
        study = replace(opened.studies[0], series=(series,))
        return replace(
            opened, studies=(study,), study=study, series=series, volume=volume, slice_index=HERE
        )

    return made


def with_gap_above(series: Series, below: int) -> Series:
    moved = tuple(
        replace(s, position_mm=s.position_mm + (20.0 if k > below else 0.0))
        for k, s in enumerate(series.slices)
    )
    return replace(series, slices=moved)


def test_the_table_of_places_is_complete() -> None:
    assert set(PLACES) == set(WARNING_PLACES) == set(WarningCode)


@pytest.mark.parametrize("code", WarningCode)
def test_a_warning_stands_where_a_reader_would_look_for_it(
    code: WarningCode,
    snapshot_with: Callable[[WarningCode], ReviewSnapshot],
    opened: ReviewSnapshot,
    shown: Shown,
) -> None:
    snapshot = snapshot_with(code)
    found = {place for place, is_there in PROBES.items() if is_there(snapshot, opened, shown)}
    assert found == PLACES[code]


def in_corner(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    (warning,), series = warnings_of(snapshot)
    names = [gap_text(gap, HERE) for gap in gaps_beside(series, HERE)]
    wanted = names or [WARNING_TEXTS[warning.code]]
    return any(line.endswith(name) for line in corner_lines(snapshot) for name in wanted)


def in_browser(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    (warning,), _ = warnings_of(snapshot)
    (row,) = shown(StudyBrowser(ReviewState(snapshot)), 240, 600).findChildren(SeriesRow)
    named = [w.text() for w in row.findChildren(QLabel) if w.isVisible()]
    sign = row.findChild(QToolButton)
    is_counted = sign.isVisible() and sign.text().endswith(" 1")
    return is_counted and any(t.endswith(WARNING_TEXTS[warning.code]) for t in named)


def on_sheet(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    (warning,), _ = warnings_of(snapshot)
    page = shown(SeriesSheet(ReviewState(snapshot)), 560, 560).findChild(QTextBrowser)
    said = page.toPlainText()
    return all(word in said for word in (WARNING_TEXTS[warning.code], MESSAGE, *warning.files))


def on_track(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    with_warning = shown(ScoreTrack(ReviewState(snapshot)), 64, 376).grab().toImage()
    without = shown(ScoreTrack(ReviewState(plain)), 64, 376).grab().toImage()
    return bool(with_warning != without)


def in_the_picture(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    condition = condition_of(snapshot)
    if condition is not SliceCondition.UNREADABLE:
        return False
    absence = absence_of(snapshot, condition)
    return MESSAGE in absence.reason and FILE in absence.reason


def at_value(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    return value_line(snapshot, (3, 7)) != value_line(plain, (3, 7))


def at_position(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    said = next(line for line in corner_lines(snapshot) if line.startswith("Im "))
    return said.endswith(("assumed", "not certain"))


def at_length(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    return length_note(snapshot) in ("assumed", "at the detector")


def at_sides(snapshot: ReviewSnapshot, plain: ReviewSnapshot, shown: Shown) -> bool:
    return not sides_are_known(snapshot)


PROBES: Mapping[str, Callable[[ReviewSnapshot, ReviewSnapshot, Shown], bool]] = {
    "corner": in_corner,
    "browser": in_browser,
    "sheet": on_sheet,
    "track": on_track,
    "picture": in_the_picture,
    "value": at_value,
    "position": at_position,
    "length": at_length,
    "sides": at_sides,
}


def warnings_of(snapshot: ReviewSnapshot) -> tuple[tuple[SeriesWarning, ...], Series]:
    assert snapshot.series is not None
    return snapshot.series.warnings, snapshot.series


def corner_lines(snapshot: ReviewSnapshot) -> list[str]:
    return [line.text for block in blocks_of(snapshot, (3, 7)) for line in block.lines]


def test_a_warning_of_other_slices_is_counted_and_its_key_is_told(
    snapshot_with: Callable[[WarningCode], ReviewSnapshot],
) -> None:
    snapshot = replace(snapshot_with(WarningCode.TRUNCATED), slice_index=HERE + 2)
    assert "▲ 1 of this series: Ctrl+I" in corner_lines(snapshot)


def test_many_warnings_leave_the_slice_to_be_seen(opened: ReviewSnapshot) -> None:
    assert opened.series is not None
    codes = [
        WarningCode.TILT,
        WarningCode.LOSSY,
        WarningCode.SHIFTED,
        WarningCode.ASSUMED_RESCALE,
        WarningCode.SECONDARY,
        WarningCode.MIXED_FRAMES_OF_REFERENCE,
    ]
    series = replace(opened.series, warnings=tuple(SeriesWarning(c, MESSAGE) for c in codes))
    marked = [t for t in corner_lines(replace(opened, series=series)) if t[0] in "▲△"]
    assert marked == [
        "▲ Gantry tilt",
        "▲ Lossy",
        "▲ Slices shifted",
        "▲ HU scale assumed",
        "▲ 1 more of this series: Ctrl+I",
    ]


def test_a_note_on_the_series_as_a_whole_is_not_told_on_every_slice(
    opened: ReviewSnapshot,
) -> None:
    assert opened.series is not None
    mixed = SeriesWarning(WarningCode.MIXED_FRAMES_OF_REFERENCE, MESSAGE)
    series = replace(opened.series, warnings=(mixed,))
    assert corner_lines(replace(opened, series=series)) == corner_lines(opened)


def test_a_perfusion_map_is_not_read_in_hu_though_a_ct_made_it(opened: ReviewSnapshot) -> None:
    assert opened.series is not None
    maps = tuple(
        replace(s, pixels=replace(s.pixels, rescale_type="US")) for s in opened.series.slices
    )
    snapshot = replace(opened, series=replace(opened.series, slices=maps))
    assert value_line(snapshot, (3, 7)).text.endswith(", not HU")
    assert value_line(opened, (3, 7)).text.startswith("HU ")
