"""The axial view: what is drawn, and what the mouse asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import LoadedSlices
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_models.imaging.window import Window
from pe_viewer.display.heat import scale_of
from pe_viewer.display.looks import OverlaySettings, Tool, ViewTransform
from pe_viewer.display.palette import PALETTE
from pe_viewer.review import Length, Review, Structure
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.picture.corner_text import blocks_of, overlay_note, value_line
from pe_viewer.views.picture.slice_absence import Absence, absence_of, condition_of
from pe_viewer.views.picture.slice_view import SliceView
from tests.pe_viewer.views.conftest import turn_wheel

Shown = Callable[..., Any]
SIZE = 420


def bare(snapshot: ReviewSnapshot) -> ReviewSnapshot:
    return replace(snapshot, shows_corner_text=False)


def grabbed(view: SliceView) -> QImage:
    return view.grab().toImage()


def grey_at(view: SliceView, row: float, col: float) -> int:
    """The grey that is drawn in the middle of a stored pixel."""
    assert view.placement is not None
    x, y = view.placement.to_view(row, col)
    return int(grabbed(view).pixelColor(round(x), round(y)).red())


def blocky(snapshot: ReviewSnapshot, row: int, col: int) -> ReviewSnapshot:
    """The snapshot with one white block of 4 x 4 pixels from (row, col), the rest black."""
    assert snapshot.pixels is not None
    pixels = np.full_like(snapshot.pixels, -1000)
    pixels[:, row : row + 4, col : col + 4] = 1000
    return replace(snapshot, pixels=pixels)


def test_the_first_row_and_col_lie_at_the_patients_right_and_front(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    """Rows toward posterior, cols toward left: (0, 0) is right anterior, drawn at the top left."""
    view = shown(SliceView(ReviewState(blocky(bare(opened), 3, 2))), SIZE, SIZE)
    assert view.placement.to_view(4.5, 3.5)[0] < SIZE / 3
    assert grey_at(view, 4.5, 3.5) == 255
    assert grey_at(view, 35.5, 3.5) == 0
    assert grey_at(view, 4.5, 55.5) == 0


def test_a_slice_stored_the_other_way_round_is_turned_to_the_reading_position(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    """Cols toward the patient's right: col 0 is left, and must be drawn on the right."""
    assert opened.geometry is not None
    mirrored = Geometry(
        opened.geometry.shape,
        opened.geometry.spacing_mm,
        opened.geometry.origin_mm,
        ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)),
    )
    snapshot = replace(blocky(bare(opened), 3, 2), geometry=mirrored)
    view = shown(SliceView(ReviewState(snapshot)), SIZE, SIZE)
    x, y = view.placement.to_view(4.5, 3.5)
    assert x > SIZE * 2 / 3
    assert y > SIZE / 2
    assert grey_at(view, 4.5, 3.5) == 255


def test_pixels_keep_their_proportions_in_millimetres(opened: ReviewSnapshot, shown: Shown) -> None:
    """40 rows of 1 mm by 60 cols of 0.5 mm: higher than wide."""
    view = shown(SliceView(ReviewState(opened)), SIZE, SIZE)
    _, _, width, height = view.placement.rectangle()
    assert width / height == pytest.approx(30 / 40)


def test_the_window_and_inverting_change_what_is_drawn(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(blocky(bare(opened), 3, 2))
    view = shown(SliceView(state), SIZE, SIZE)
    state.update(window=Window(4000.0, 0.0))
    assert 180 < grey_at(view, 4.5, 3.5) < 200  # 1000 HU: (1000 + 2000) / 4000 of 255 = 191
    state.update(is_inverted=True)
    assert 55 < grey_at(view, 4.5, 3.5) < 75


@pytest.mark.parametrize("tool", [Tool.LENGTH, Tool.ELLIPSE, Tool.RV, Tool.LV, Tool.TRUNK])
def test_a_measure_that_was_being_drawn_when_another_series_came_is_made_of_neither(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot, tool: Tool
) -> None:
    state = ReviewState(replace(opened, tool=tool))
    view = shown(SliceView(state), SIZE, SIZE)
    begin_drag(view, qtbot, QPoint(180, 180))
    state.update(series=replace(opened.series, series_uid="1.1.2"))
    with qtbot.assertNotEmitted(view.measure_made):
        qtbot.mouseMove(view, QPoint(270, 260))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(280, 260))


def test_an_end_that_was_being_moved_when_another_series_came_stays_where_it_was(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    line = Length(opened.slice_index, (20.0, 10.0), (20.0, 50.0), Structure.RV)
    state = ReviewState(replace(opened, review=Review(measures=(line,))))
    view = shown(SliceView(state), SIZE, SIZE)
    x, y = view.placement.to_view(*line.end)
    begin_drag(view, qtbot, QPoint(round(x), round(y)))
    state.update(series=replace(opened.series, series_uid="1.1.2"), review=Review())
    with qtbot.assertNotEmitted(view.measure_made):
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(260, 260))


def begin_drag(view: SliceView, qtbot: QtBot, start: QPoint) -> None:
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for away in (10, 60):
        qtbot.mouseMove(view, start + QPoint(away, away))


def test_another_slice_is_drawn_and_reported_as_painted(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    state = ReviewState(opened)
    view = shown(SliceView(state), SIZE, SIZE)
    with qtbot.waitSignal(view.slice_painted) as painted:
        state.update(slice_index=7)
    assert painted.args == [7]


def test_a_slice_that_is_not_loaded_is_hatched_and_never_counts_as_painted(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    partly = replace(bare(opened), loaded=LoadedSlices(12).with_slices([0]), volume=None)
    view = SliceView(ReviewState(partly))
    painted: list[int] = []
    view.slice_painted.connect(painted.append)
    shown(view, SIZE, SIZE)
    image = grabbed(view)
    column = {image.pixelColor(SIZE // 2 - 40, y).name() for y in range(100, 160)}
    assert len(column) > 1, "a plain area could be taken for air"
    assert painted == []


def test_a_slice_appears_once_it_is_loaded(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    state = ReviewState(replace(opened, loaded=LoadedSlices(12), volume=None))
    view = shown(SliceView(state), SIZE, SIZE)
    with qtbot.waitSignal(view.slice_painted) as painted:
        state.update(loaded=LoadedSlices(12).with_slices([5]))
    assert painted.args == [5]


def test_a_slice_that_could_not_be_read_is_drawn_as_missing(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    assert opened.volume is not None
    missing = replace(opened.volume, missing_slices=frozenset({5}))
    view = SliceView(ReviewState(replace(opened, volume=missing)))
    painted: list[int] = []
    view.slice_painted.connect(painted.append)
    shown(view, SIZE, SIZE)
    assert painted == []


@pytest.mark.parametrize(
    ("changes", "title", "reason"),
    [
        ({"loading": Activity(Phase.RUNNING, "Loading")}, "Not loaded yet", ""),
        (
            {"loading": Activity(Phase.CANCELLED)},
            "Not loaded",
            "Loading was cancelled. Open the series again for the rest.",
        ),
        (
            {"loading": Activity(Phase.FAILED, message="No slice can be read."), "pixels": None},
            "This series could not be read",
            "No slice can be read.",
        ),
    ],
)
def test_a_slice_that_is_not_there_says_why(
    opened: ReviewSnapshot, shown: Shown, changes: dict[str, Any], title: str, reason: str
) -> None:
    snapshot = replace(opened, loaded=LoadedSlices(12), volume=None, **changes)
    condition = condition_of(snapshot)
    assert absence_of(snapshot, condition) == Absence(title, reason)
    image = grabbed(shown(SliceView(ReviewState(bare(snapshot))), SIZE, SIZE))
    assert len({image.pixelColor(SIZE // 2, y).name() for y in range(100, 160)}) > 1


def test_a_load_that_fails_is_drawn_at_once(opened: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(
        replace(opened, loaded=LoadedSlices(12), volume=None, pixels=None,
                loading=Activity(Phase.RUNNING, "Loading"))
    )  # fmt: skip
    view = shown(SliceView(state), SIZE, SIZE)
    QApplication.processEvents()
    before = grabbed(view)
    state.update(loading=Activity(Phase.FAILED, message="No slice can be read."))
    assert grabbed(view) != before


def test_the_text_of_an_absence_is_wrapped_and_stays_in_the_view(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    message = "None of the slices of this series can be read: they are encoded oddly. " * 4
    failed = replace(
        bare(opened), pixels=None, volume=None, loaded=LoadedSlices(12),
        loading=Activity(Phase.FAILED, message=message),
    )  # fmt: skip
    image = grabbed(shown(SliceView(ReviewState(failed)), SIZE, SIZE))
    letters = {
        y
        for y in range(SIZE // 2 + 4, SIZE // 2 + 120)
        for x in range(60, SIZE - 60)
        if image.pixelColor(x, y).name().upper() == PALETTE.dim_text
    }
    assert max(letters) - min(letters) > 3 * 14, "several lines"


def test_letters_carry_a_question_mark_where_no_file_tells_the_sides(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    assert opened.series is not None
    lost = SeriesWarning(WarningCode.MISSING_POSITION, "No position.")
    unknown = replace(opened, series=replace(opened.series, warnings=(lost,)))
    known_image, unknown_image = (
        grabbed(shown(SliceView(ReviewState(bare(s))), SIZE, SIZE)).copy(0, 180, 40, 60)
        for s in (opened, unknown)
    )
    assert has_colour(unknown_image, PALETTE.bad)
    assert not has_colour(known_image, PALETTE.bad)


def test_a_length_says_where_its_scale_was_assumed(opened: ReviewSnapshot, shown: Shown) -> None:
    assert opened.series is not None
    assumed = SeriesWarning(WarningCode.ASSUMED_SPACING, "No pixel spacing.")
    doubtful = replace(opened, series=replace(opened.series, warnings=(assumed,)))
    exact_image, doubtful_image = (
        grabbed(shown(SliceView(ReviewState(s)), SIZE, SIZE)).copy(SIZE - 130, SIZE - 110, 130, 20)
        for s in (opened, doubtful)
    )
    assert has_colour(doubtful_image, PALETTE.bad)
    assert not has_colour(exact_image, PALETTE.bad)


def has_colour(image: QImage, colour: str) -> bool:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(image.pixelColor(x, y).name().upper() == colour for x, y in places)


CORONAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
SAGITTAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


@pytest.mark.parametrize(
    ("directions", "place"), [(CORONAL, "y -97.5 mm"), (SAGITTAL, "x -97.5 mm")]
)
def test_a_reformat_names_the_axis_that_its_slices_lie_across(
    opened: ReviewSnapshot, directions: Any, place: str
) -> None:
    assert opened.geometry is not None
    assert opened.series is not None
    geometry = replace(opened.geometry, directions=directions)
    snapshot = replace(opened, geometry=geometry, series=replace(opened.series, geometry=geometry))
    lines = [line.text for block in blocks_of(snapshot, None) for line in block.lines]
    assert f"Im 7/12  {place}" in lines


def test_the_overlay_lies_on_its_crop_and_only_when_asked_for(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    """The map of slice 9 is hot in the first cell of its crop: rows 4 to 12, cols 10 to 18."""
    state = ReviewState(replace(blocky(bare(analysed), 30, 50), slice_index=9))
    view = shown(SliceView(state), SIZE, SIZE)

    def colour(row: float, col: float) -> tuple[int, int, int]:
        x, y = view.placement.to_view(row, col)
        return grabbed(view).pixelColor(round(x), round(y)).toTuple()[:3]

    assert colour(6.0, 13.0) == (0, 0, 0)
    state.update(overlay=OverlaySettings(is_visible=True))
    red, _, blue = colour(6.0, 13.0)
    assert red > 80
    assert red > blue
    assert colour(30.0, 13.0) == (0, 0, 0)
    assert colour(6.0, 40.0) == (0, 0, 0)
    state.update(slice_index=8)
    assert colour(6.0, 13.0) == (0, 0, 0), "another slice has no map"


def test_the_wheel_toward_the_reader_goes_toward_the_feet(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(SliceView(ReviewState(opened)), SIZE, SIZE)
    with qtbot.waitSignal(view.slice_requested) as asked:
        turn_wheel(view, -120)
    assert asked.args == [4]


def test_ctrl_and_the_wheel_zoom_at_the_cursor(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(SliceView(ReviewState(opened)), SIZE, SIZE)
    with qtbot.waitSignal(view.view_requested) as asked:
        turn_wheel(view, 120, Qt.KeyboardModifier.ControlModifier)
    assert asked.args[0].zoom > 1


def test_a_left_drag_asks_for_a_window(opened: ReviewSnapshot, shown: Shown, qtbot: QtBot) -> None:
    view = shown(SliceView(ReviewState(opened)), SIZE, SIZE)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    with qtbot.waitSignal(view.window_requested) as asked:
        qtbot.mouseMove(view, QPoint(260, 200))
    assert asked.args[0].width_hu > 700
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(260, 200))
    with qtbot.assertNotEmitted(view.window_requested):
        qtbot.mouseMove(view, QPoint(300, 200))


def test_a_middle_drag_pans_and_a_double_click_fits(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    state = ReviewState(replace(opened, view=ViewTransform(3.0, (20.0, 30.0))))
    view = shown(SliceView(state), SIZE, SIZE)
    qtbot.mousePress(view, Qt.MouseButton.MiddleButton, pos=QPoint(200, 200))
    with qtbot.waitSignal(view.view_requested) as panned:
        qtbot.mouseMove(view, QPoint(230, 200))
    assert panned.args[0].centre_row_col[1] < 30.0
    qtbot.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=QPoint(230, 200))
    with qtbot.waitSignal(view.view_requested) as fitted:
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert fitted.args == [ViewTransform()]


def test_nothing_is_asked_for_while_nothing_is_open(shown: Shown, qtbot: QtBot) -> None:
    view = shown(SliceView(ReviewState()), SIZE, SIZE)
    with qtbot.assertNotEmitted(view.slice_requested):
        turn_wheel(view, -120)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    with qtbot.assertNotEmitted(view.window_requested):
        qtbot.mouseMove(view, QPoint(260, 200))


def test_the_corners_name_position_window_and_value(opened: ReviewSnapshot) -> None:
    lines = [line.text for block in blocks_of(opened, (3, 7)) for line in block.lines]
    assert "Im 7/12  z -97.5 mm" in lines
    assert "W 700 L 100" in lines
    assert opened.pixels is not None
    assert value_line(opened, (3, 7)).text == f"HU {opened.pixels[5, 3, 7]}"
    assert value_line(opened, None).text == ""


@pytest.mark.parametrize("row_sign", [1.0, -1.0])
@pytest.mark.parametrize("col_sign", [1.0, -1.0])
def test_the_overlay_stays_on_its_pixels_however_the_slice_is_stored(
    analysed: ReviewSnapshot, shown: Shown, row_sign: float, col_sign: float
) -> None:
    """The map's highest value lies where the scale is reddest; beyond it colours turn pale."""
    assert analysed.geometry is not None
    geometry = replace(
        analysed.geometry,
        directions=((0.0, 0.0, 1.0), (0.0, row_sign, 0.0), (col_sign, 0.0, 0.0)),
    )
    (heatmap,) = analysed.heatmaps
    hottest = np.float32(scale_of(heatmap.method).at(0.5) / heatmap.values.max())
    snapshot = replace(
        blocky(bare(analysed), 30, 50),
        slice_index=9,
        geometry=geometry,
        heatmaps=(replace(heatmap, values=heatmap.values * hottest),),
        overlay=OverlaySettings(is_visible=True),
    )
    view = shown(SliceView(ReviewState(snapshot)), SIZE, SIZE)
    redness = {}
    image = grabbed(view)
    for row in range(2, 40, 4):
        for col in range(2, 60, 4):
            colour = image.pixelColor(*(round(v) for v in view.placement.to_view(row, col)))
            redness[row, col] = colour.red() - colour.blue()
    row, col = max(redness, key=lambda place: redness[place])
    assert 4 <= row < 12
    assert 10 <= col < 18


def test_an_overlay_never_stands_without_its_caution(analysed: ReviewSnapshot) -> None:
    on = replace(analysed, slice_index=9, overlay=OverlaySettings(is_visible=True))
    assert overlay_note(on) == "Shows what moved the score, not where a finding lies"
    assert overlay_note(replace(on, slice_index=8)) == "No activation map of this slice"
    assert overlay_note(replace(on, findings=None)) == ""
    assert overlay_note(analysed) == ""


def test_a_slice_that_is_not_loaded_has_no_value(opened: ReviewSnapshot) -> None:
    assert value_line(replace(opened, loaded=LoadedSlices(12)), (3, 7)).text == ""


def test_text_steps_aside_from_the_cursor_and_can_be_hidden(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    dark = replace(opened, window=Window(1.0, 5000.0))
    state = ReviewState(dark)
    view = shown(SliceView(state), SIZE, SIZE)
    corner = (20, SIZE - 30, 120, 25)
    assert brightest(view, corner) > 150
    qtbot.mouseMove(view, QPoint(40, SIZE - 20))
    QApplication.processEvents()
    assert brightest(view, corner) == 0
    qtbot.mouseMove(view, QPoint(200, 200))
    assert brightest(view, corner) > 150
    state.update(shows_corner_text=False)
    assert brightest(view, corner) == 0


def brightest(view: SliceView, area: tuple[int, int, int, int]) -> int:
    image = view.grab().toImage().copy(*area)
    return max(
        image.pixelColor(x, y).red() for x in range(image.width()) for y in range(image.height())
    )
