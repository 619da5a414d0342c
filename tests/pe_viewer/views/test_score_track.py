"""The track: what is drawn at which height, and where a click leads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pe_models.findings import Findings, Flag
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import LoadedSlices
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.recut import Recut
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.track.score_track import ScoreTrack
from pe_viewer.views.track.track_marks import side_letters_of
from pe_viewer.views.track.track_painting import PAD_PX
from pe_viewer.views.track.track_text import value_text

Shown = Callable[..., Any]
HEIGHT = 376  # 360 px for 12 slices: 30 px a slice
CURVE, FLAG_BAR, MARK, KEY, VIEWED = 8, 33, 52, 60, 2
"""Columns of the track in px."""


def column_of(score: float) -> int:
    """The curve's axis runs from column 6 (score 0) to 29 (score 1)."""
    return int(6 + 23 * score)


def track(shown: Shown, snapshot: ReviewSnapshot, height: int = HEIGHT) -> ScoreTrack:
    widget = shown(ScoreTrack(ReviewState(snapshot)), 64, height)
    assert isinstance(widget, ScoreTrack)
    return widget


def colour(widget: ScoreTrack, x: int, slice_index: int, *, offset: int = 6) -> str:
    """The colour at column ``x``, a little off the middle of a slice, beside the pointer."""
    assert widget.scale is not None
    y = round(widget.scale.centre_of(slice_index)) + PAD_PX + offset
    return str(image_of(widget).pixelColor(x, y).name()).upper()


def image_of(widget: ScoreTrack) -> QImage:
    return widget.grab().toImage()


def test_scores_at_or_above_the_threshold_are_bright_and_others_dim(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    low = replace(findings, flag_threshold=0.8)
    widget = track(shown, replace(analysed, findings=low))
    assert colour(widget, CURVE, 9) == PALETTE.model
    assert colour(widget, CURVE, 3) == PALETTE.model_dim


def test_a_flag_is_a_bar_over_its_own_slices_alone(analysed: ReviewSnapshot, shown: Shown) -> None:
    widget = track(shown, analysed)
    painted = [k for k in range(12) if colour(widget, FLAG_BAR, k) == PALETTE.model]
    assert painted == [2, 3, 4, 8, 9]


def test_before_any_score_the_track_is_empty(opened: ReviewSnapshot, shown: Shown) -> None:
    widget = track(shown, opened)
    assert {colour(widget, CURVE, k) for k in range(12)} == {PALETTE.ground}


def test_a_coarse_pass_is_hatched_and_never_bright_throughout(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    coarse = np.full(12, np.nan, dtype=np.float32)
    coarse[::4] = 0.9
    widget = track(shown, replace(opened, coarse_scores=coarse))
    image = image_of(widget)
    column = {image.pixelColor(CURVE + 4, y).name().upper() for y in range(20, 340)}
    assert PALETTE.model in column
    assert PALETTE.ground in column


def test_what_is_not_loaded_is_hatched(opened: ReviewSnapshot, shown: Shown) -> None:
    loaded = LoadedSlices(12).with_slices(range(6, 12))
    image = image_of(track(shown, replace(opened, loaded=loaded, volume=None, slice_index=0)))
    middle = PAD_PX + 180
    above = {image.pixelColor(20, y).name() for y in range(PAD_PX, middle - 2)}
    below = {image.pixelColor(20, y).name() for y in range(middle + 2, middle + 140)}
    assert len(above) == 1
    assert len(below) > 1


def missing(opened: ReviewSnapshot, *indices: int) -> ReviewSnapshot:
    assert opened.volume is not None
    return replace(opened, volume=replace(opened.volume, missing_slices=frozenset(indices)))


def test_a_slice_that_could_not_be_read_is_hatched(opened: ReviewSnapshot, shown: Shown) -> None:
    widget = track(shown, missing(opened, 7))
    assert widget.scale is not None
    top, bottom = (round(y) + PAD_PX for y in widget.scale.span_of(7, 7))
    image = image_of(widget)
    reds = {y for y in range(HEIGHT) if image.pixelColor(20, y).name().upper() == PALETTE.bad}
    assert reds
    assert all(top <= y < bottom for y in reds)


def test_one_missing_slice_of_1083_is_seen(opened: ReviewSnapshot, shown: Shown) -> None:
    image = image_of(track(shown, of_1083(missing(opened, 500))))
    reds = [y for y in range(HEIGHT) for x in (16, 17, 18, 19) if is_bad(image, x, y)]
    assert reds
    assert all(abs(y - PAD_PX - 360 * (1 - 500 / 1083)) < 4 for y in reds)


def test_a_gap_breaks_the_track_between_its_slices(opened: ReviewSnapshot, shown: Shown) -> None:
    """The line of viewed slices, which runs through else, is cut too."""
    widget = track(shown, with_gap(replace(opened, viewed=LoadedSlices.all_of(12)), 7))
    assert widget.scale is not None
    between = round(widget.scale.span_of(7, 7)[0]) + PAD_PX
    image = image_of(widget)
    assert image.pixelColor(VIEWED, between).name().upper() == PALETTE.ground
    assert is_bad(image, CURVE, between - 2)
    assert is_bad(image, CURVE, between + 2)
    assert colour(widget, VIEWED, 7) == colour(widget, VIEWED, 8) == PALETTE.reader_dim


def test_the_track_says_what_is_missing(opened: ReviewSnapshot) -> None:
    gapped = with_gap(missing(opened, 3), 7)
    assert value_text(gapped, 3) == "Im 9   could not be read"
    assert value_text(gapped, 8) == "Im 4   not analysed\nGap of 23.0 mm toward the feet"


def with_gap(opened: ReviewSnapshot, below: int) -> ReviewSnapshot:
    """20 mm more than the usual 3 mm above slice ``below``, and its warning."""
    assert opened.series is not None
    slices = tuple(
        replace(s, position_mm=s.position_mm + (20.0 if k > below else 0.0))
        for k, s in enumerate(opened.series.slices)
    )
    warnings = (SeriesWarning(WarningCode.GAP, "A gap."),)
    return replace(opened, series=replace(opened.series, slices=slices, warnings=warnings))


def of_1083(snapshot: ReviewSnapshot) -> ReviewSnapshot:
    geometry = Geometry.axial((1083, 40, 60), (0.5, 1.0, 0.5))
    return replace(snapshot, geometry=geometry, loaded=None, viewed=None)


def is_bad(image: QImage, x: int, y: int) -> bool:
    return str(image.pixelColor(x, y).name()).upper() == PALETTE.bad


def test_viewed_slices_are_a_line_that_grows(opened: ReviewSnapshot, shown: Shown) -> None:
    widget = track(shown, replace(opened, viewed=LoadedSlices(12).with_slices([10, 11])))
    assert colour(widget, VIEWED, 11) == colour(widget, VIEWED, 10) == PALETTE.reader_dim
    assert colour(widget, VIEWED, 9) == PALETTE.raised


def test_each_decision_has_a_shape_of_its_own(analysed: ReviewSnapshot, shown: Shown) -> None:
    flag = analysed.flags[1]
    shapes = set()
    for state in (*DecisionState,):
        review = Review((Decision.on_flag(flag, state),))
        widget = track(shown, replace(analysed, review=review, slice_index=0))
        assert widget.scale is not None
        y = round(widget.scale.centre_of(flag.peak)) + PAD_PX
        mark = image_of(widget).copy(MARK - 6, y - 6, 12, 12)
        shapes.add(bytes(mark.constBits()))
    assert len(shapes) == len(DecisionState)


def test_a_clot_on_one_of_1083_slices_is_drawn(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    """Three slices fall on a row of pixels."""
    assert analysed.geometry is not None
    template = findings.slices[0]
    slices = tuple(
        replace(template, slice_index=k, pe_score=0.9 if k == 500 else 0.01) for k in range(1083)
    )
    many = replace(
        analysed,
        geometry=Geometry.axial((1083, 40, 60), (0.5, 1.0, 0.5)),
        findings=replace(findings, slices=slices, flags=()),
        loaded=None,
        viewed=None,
    )
    image = image_of(track(shown, many))
    bright = [
        y
        for y in range(HEIGHT)
        if image.pixelColor(column_of(0.8), y).name().upper() == PALETTE.model
    ]
    assert len(bright) >= 1
    assert all(abs(y - PAD_PX - 360 * (1 - 500 / 1083)) < 3 for y in bright)


def test_a_click_near_the_top_asks_for_the_most_superior_slice(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    widget = track(shown, opened)
    with qtbot.waitSignal(widget.slice_requested) as asked:
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(20, PAD_PX + 1))
    assert asked.args == [11]


def test_a_drag_asks_for_every_slice_it_passes_and_stops_at_the_ends(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    widget = track(shown, opened)
    asked: list[int] = []
    widget.slice_requested.connect(asked.append)
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(20, PAD_PX + 45))
    qtbot.mouseMove(widget, QPoint(20, PAD_PX + 75))
    qtbot.mouseMove(widget, QPoint(20, HEIGHT + 90))
    assert asked == [10, 9, 0]


def test_the_value_of_a_slice_is_told_with_what_it_is(
    analysed: ReviewSnapshot, opened: ReviewSnapshot
) -> None:
    assert value_text(analysed, 6) == "Im 6   model score 0.03"
    assert value_text(opened, 9) == "Im 3   not analysed"
    coarse = np.full(12, np.nan, dtype=np.float32)
    coarse[8] = 0.25
    partly = replace(opened, coarse_scores=coarse)
    assert value_text(partly, 8) == "Im 4   model score 0.25 (coarse)"
    assert value_text(partly, 9) == "Im 3   not analysed"
    raw = replace(analysed, shows_raw_scores=True)
    assert value_text(raw, 6) == "Im 6   model score 0.03, raw 0.03"


def test_a_flag_and_the_readers_marks_are_told_too(analysed: ReviewSnapshot) -> None:
    rejected = Decision.on_flag(analysed.flags[1], DecisionState.REJECTED, RejectionReason.VEIN)
    review = Review((rejected,)).with_key_slice_toggled(9)
    assert value_text(replace(analysed, review=review), 9).splitlines() == [
        "Im 3   model score 0.94",
        "Flag Im 3–4  right, peak 0.94",
        "Reader: rejected: Vein, key image",
    ]


def test_a_key_image_is_a_diamond_beside_its_slice(opened: ReviewSnapshot, shown: Shown) -> None:
    marked = replace(opened, review=Review().with_key_slice_toggled(7), slice_index=0)
    widget = track(shown, marked)
    painted = [k for k in range(12) if colour(widget, KEY, k, offset=0) == PALETTE.reader]
    assert painted == [7]


def test_the_side_of_a_flag_is_written_at_its_peak(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    def letters(*sides: str) -> bytes:
        flag = replace(findings.flags[1], sides=sides)
        here = replace(analysed, findings=replace(findings, flags=(flag,)), slice_index=0)
        widget = track(shown, here)
        assert widget.scale is not None
        y = round(widget.scale.centre_of(flag.peak)) + PAD_PX
        return bytes(image_of(widget).copy(36, y - 6, 12, 12).constBits())

    assert len({letters(), letters("left"), letters("right"), letters("right", "left")}) == 4


def test_a_drag_of_the_threshold_asks_for_another_and_moves_no_slice(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    widget = track(shown, analysed)
    wanted: list[float] = []
    slices: list[int] = []
    widget.threshold_requested.connect(wanted.append)
    widget.slice_requested.connect(slices.append)
    line = column_of(analysed.threshold)
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(line, 200))
    qtbot.mouseMove(widget, QPoint(23, 220))
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=QPoint(23, 220))
    assert wanted == pytest.approx([17 / 23])
    assert slices == []
    with qtbot.waitSignal(widget.threshold_reset_requested):
        qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(line, 200))


def test_runs_are_drawn_as_the_reader_cuts_them(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    """The flags of 0.7 and 0.94 at a threshold of 0.8: only the higher one is left."""
    widget = track(shown, replace(analysed, recut=Recut.at(findings, 0.8)))
    assert [k for k in range(12) if colour(widget, FLAG_BAR, k) == PALETTE.model] == [8, 9]
    assert colour(widget, CURVE, 3) == PALETTE.model_dim
    assert colour(widget, column_of(0.8), 6) == PALETTE.reader


def test_raw_scores_are_a_line_on_request(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    """Raw 0.5 lies where a calibrated 0.03 does not reach."""
    slices = tuple(replace(s, pe_score_raw=0.5) for s in findings.slices)
    low = replace(analysed, findings=replace(findings, slices=slices, flag_threshold=0.9))
    assert colour(track(shown, low), column_of(0.5), 6) == PALETTE.ground
    raw = track(shown, replace(low, shows_raw_scores=True))
    assert colour(raw, column_of(0.5), 6) != PALETTE.ground


@pytest.mark.parametrize("height", [30, 376, 1400])
def test_the_pointer_stands_at_the_current_slice(
    opened: ReviewSnapshot, shown: Shown, height: int
) -> None:
    widget = track(shown, replace(opened, slice_index=2), height)
    assert widget.scale is not None
    y = round(widget.scale.centre_of(2) + PAD_PX)
    image = image_of(widget)
    assert any(image.pixelColor(62, y + dy).lightness() > 180 for dy in (-1, 0, 1))
    assert image.pixelColor(62, PAD_PX + 1).lightness() < 60


def test_of_three_sides_the_surest_two_have_room() -> None:
    assert side_letters_of(Flag(1, 1, 1, 0.9, ("left", "central", "right"))) == "LC"
    assert side_letters_of(Flag(1, 1, 1, 0.9)) == ""
