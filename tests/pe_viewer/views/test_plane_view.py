"""The planes beside the slices: what is drawn, and what the mouse asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.volume import LoadedSlices
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_models.imaging.window import Window
from pe_viewer.display.crosshair import centre_mm
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.planes import PlaneKind, plane_through
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.plane_column import PlaneColumn
from pe_viewer.views.picture.plane_text import plane_blocks, plane_length_note
from pe_viewer.views.picture.plane_view import PlaneView
from pe_viewer.views.picture.slice_view import SliceView
from tests.pe_viewer.views.conftest import turn_wheel

Shown = Callable[..., Any]
SIZE = 420
CORONAL, SAGITTAL = PlaneKind.CORONAL, PlaneKind.SAGITTAL
VOXEL = 5, 12, 45
"""Where the crosshair stands: slice, row, col of 12 x 40 x 60 (3, 1, 0.5 mm)."""


def with_planes(
    opened: ReviewSnapshot, *, voxels: Voxels | None = None, slab: Slab = THIN, **changes: Any
) -> ReviewSnapshot:
    assert opened.volume is not None
    voxels = Voxels.of(opened.volume) if voxels is None else voxels
    point_mm = centre_mm(voxels, VOXEL)
    reslices = {
        kind: reslice(voxels, plane_through(kind, voxels.geometry, point_mm), slab)
        for kind in (CORONAL, SAGITTAL)
    }
    return replace(
        opened,
        shows_planes=True,
        voxels=voxels,
        crosshair_mm=point_mm,
        slab=slab,
        reslices=reslices,
        **changes,
    )


def arrow(opened: ReviewSnapshot) -> ReviewSnapshot:
    """Black, but for four white voxels toward head and left in the row of the crosshair."""
    assert opened.volume is not None
    hu = np.full(opened.volume.hu.shape, -1000, dtype=np.int16)
    hu[9:11, VOXEL[1], 50:56] = 1000
    volume = replace(opened.volume, hu=hu)
    return replace(opened, volume=volume, pixels=volume.hu, shows_corner_text=False)


def lines_of(snapshot: ReviewSnapshot, pixel: tuple[int, int] | None = None) -> list[str]:
    blocks = plane_blocks(snapshot, CORONAL, pixel)
    return [line.text for block in blocks for line in block.lines]


def grabbed(view: QWidget) -> QImage:
    return view.grab().toImage()


def test_the_coronal_plane_has_the_head_at_the_top_and_left_at_the_right(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(with_planes(arrow(opened)))
    view = shown(PlaneView(state, CORONAL), SIZE, SIZE)
    image = grabbed(view)
    bright = [
        (x, y)
        for x in range(0, SIZE, 4)
        for y in range(0, SIZE, 4)
        if 40 < x < SIZE - 40 and 40 < y < SIZE - 40 and image.pixelColor(x, y).red() > 250
    ]
    assert bright
    assert all(x > SIZE / 2 and y < SIZE / 2 for x, y in bright)


def test_a_plane_keeps_its_proportions_in_millimetres(opened: ReviewSnapshot, shown: Shown) -> None:
    """Twelve slices of 3 mm by 60 cols of 0.5 mm: 36 by 30, in pixels of half a millimetre."""
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), SIZE, SIZE)
    _, _, width, height = view.placement.rectangle()
    assert width / height == pytest.approx(30 / 36, abs=0.02)


def test_the_crosshair_meets_at_one_point_in_all_views(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(with_planes(opened))
    axial = shown(SliceView(state), SIZE, SIZE)
    assert axial.crosshair == pytest.approx(VOXEL[1:])
    for kind in (CORONAL, SAGITTAL):
        view = shown(PlaneView(state, kind), SIZE, SIZE)
        assert view.point_mm(*view.crosshair) == pytest.approx(state.snapshot.crosshair_mm)
    state.update(voxels=None, reslices={})
    assert axial.crosshair is None


def test_lines_stand_on_the_crosshair_and_leave_its_point_open(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    dark = with_planes(opened, window=Window(1.0, 5000.0), shows_corner_text=False)
    view = shown(SliceView(ReviewState(dark)), SIZE, SIZE)
    x, y = (round(value) for value in view.placement.to_view(*VOXEL[1:]))
    image = grabbed(view)
    assert image.pixelColor(x, y - 40).red() > 40
    assert image.pixelColor(x - 40, y).red() > 40
    assert image.pixelColor(x, y).red() == 0
    assert image.pixelColor(x + 3, y - 40).red() == 0


def test_what_is_not_loaded_is_hatched_and_air_is_not(opened: ReviewSnapshot, shown: Shown) -> None:
    assert opened.series is not None
    assert opened.pixels is not None
    black = replace(arrow(opened), window=Window(1.0, 5000.0))
    half = LoadedSlices(12).with_slices(range(4, 12))
    voxels = Voxels.loading(opened.series, opened.pixels, half)
    view = shown(PlaneView(ReviewState(with_planes(black, voxels=voxels)), CORONAL), SIZE, SIZE)
    image = grabbed(view)

    def colours(top: int) -> set[str]:
        return {image.pixelColor(SIZE // 2 - 60, y).name() for y in range(top, top + 30)}

    assert colours(100) == {"#000000"}
    assert len(colours(SIZE - 80)) > 1, "a plain area could be taken for air"


def test_a_wheel_over_a_plane_asks_for_the_next_one(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), SIZE, SIZE)
    with qtbot.waitSignal(view.step_requested) as asked:
        turn_wheel(view, -120)
    assert asked.args == [-1]
    with qtbot.waitSignal(view.view_requested) as zoomed:
        turn_wheel(view, 120, Qt.KeyboardModifier.ControlModifier)
    assert zoomed.args[0].zoom > 1


@pytest.mark.parametrize("kind", [None, CORONAL, SAGITTAL])
def test_a_click_asks_for_the_crosshair_there_and_for_no_window(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot, kind: PlaneKind | None
) -> None:
    state = ReviewState(with_planes(opened))
    view = shown(SliceView(state) if kind is None else PlaneView(state, kind), SIZE, SIZE)
    at = QPoint(150, 120)
    with qtbot.assertNotEmitted(view.window_requested):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseMove(view, at + QPoint(1, 1))
        with qtbot.waitSignal(view.crosshair_requested) as asked:
            qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at)
    expected = view.point_mm(*view.placement.to_pixel(150.0, 120.0))
    assert asked.args[0] == pytest.approx(expected)


def test_a_click_close_to_the_crosshair_puts_it_there_too(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), SIZE, SIZE)
    x, y = (round(value) for value in view.placement.to_view(*view.crosshair))
    with qtbot.waitSignal(view.crosshair_requested) as asked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x - 8, y - 8))
    expected = view.point_mm(*placed(view, QPoint(x - 8, y - 8)))
    assert asked.args[0] == pytest.approx(expected)


def test_a_click_beside_the_picture_asks_for_nothing(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), 2 * SIZE, SIZE)
    with qtbot.assertNotEmitted(view.crosshair_requested):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))


def test_a_click_asks_for_nothing_where_the_slices_stand_alone(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(SliceView(ReviewState(opened)), SIZE, SIZE)
    with qtbot.assertNotEmitted(view.crosshair_requested):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 120))


def test_a_drag_windows_and_with_shift_or_on_the_crosshair_moves_that(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), SIZE, SIZE)
    x, y = (round(value) for value in view.placement.to_view(*view.crosshair))
    away, on_point, on_line = QPoint(x - 90, y - 60), QPoint(x, y), QPoint(x - 90, y)

    def drags(start: QPoint, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> QPoint:
        end = start + QPoint(30, 20)
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, modifiers, pos=start)
        qtbot.mouseMove(view, end)
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, modifiers, pos=end)
        return end

    with qtbot.waitSignal(view.window_requested), qtbot.assertNotEmitted(view.crosshair_requested):
        drags(away)
    points: list[Any] = []
    view.crosshair_requested.connect(points.append)
    with qtbot.assertNotEmitted(view.window_requested):
        free_end = drags(away, Qt.KeyboardModifier.ShiftModifier)
        free = points[-1]
        drags(on_point)
        held = points[-1]
        drags(on_line)
        across = points[-1]
    start = view.point_mm(*view.crosshair)
    moved_mm = (30 / view.placement.scale, -20 / view.placement.scale)
    assert free == pytest.approx(view.point_mm(*placed(view, free_end)))
    assert held == pytest.approx((start[0] + moved_mm[0], start[1], start[2] + moved_mm[1]))
    assert across == pytest.approx((start[0], start[1], start[2] + moved_mm[1]))


def test_the_hand_that_held_a_crosshair_moves_none_of_the_next_series(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    state = ReviewState(with_planes(opened))
    view = shown(PlaneView(state, CORONAL), SIZE, SIZE)
    x, y = (round(value) for value in view.placement.to_view(*view.crosshair))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    qtbot.mouseMove(view, QPoint(x + 30, y + 20))
    state.update(series=replace(opened.series, series_uid="1.1.2"))
    with qtbot.assertNotEmitted(view.crosshair_requested):
        qtbot.mouseMove(view, QPoint(x + 60, y + 40))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(x + 60, y + 40))


def placed(view: PlaneView, at: QPoint) -> tuple[float, float]:
    assert view.placement is not None
    return view.placement.to_pixel(at.x(), at.y())


def test_the_cursor_tells_what_a_drag_would_take_hold_of(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    view = shown(PlaneView(ReviewState(with_planes(opened)), CORONAL), SIZE, SIZE)
    x, y = (round(value) for value in view.placement.to_view(*view.crosshair))
    for at, shape in (
        (QPoint(x, y), Qt.CursorShape.SizeAllCursor),
        (QPoint(x - 80, y), Qt.CursorShape.SplitVCursor),
        (QPoint(x, y - 80), Qt.CursorShape.SplitHCursor),
        (QPoint(x - 80, y - 80), Qt.CursorShape.CrossCursor),
    ):
        qtbot.mouseMove(view, at)
        assert view.cursor().shape() is shape


def test_the_corners_name_plane_place_value_and_slab(opened: ReviewSnapshot) -> None:
    snapshot = with_planes(opened)
    assert lines_of(snapshot) == ["Coronal  y -8.0 mm"]
    cut = snapshot.reslices[CORONAL]
    assert lines_of(snapshot, (3, 7))[0] == f"HU {cut.hu[3, 7]}"
    thick = with_planes(opened, slab=Slab(10.0, Projection.MIP))
    assert lines_of(thick)[-1] == "MIP 10 mm"
    zoomed = replace(thick, plane_views={CORONAL: ViewTransform(2.0)})
    assert lines_of(zoomed)[-2:] == ["Zoom 2.0", "MIP 10 mm"]


def test_where_nothing_is_there_no_value_is_named(opened: ReviewSnapshot) -> None:
    assert opened.series is not None
    assert opened.pixels is not None
    half = LoadedSlices(12).with_slices(range(6, 12))
    voxels = Voxels.loading(opened.series, opened.pixels, half)
    snapshot = with_planes(opened, voxels=voxels)
    n_rows = snapshot.reslices[CORONAL].hu.shape[0]
    assert not any("HU" in line for line in lines_of(snapshot, (n_rows - 1, 7)))
    assert any("HU" in line for line in lines_of(snapshot, (0, 7)))


@pytest.mark.parametrize(
    ("code", "line", "note"),
    [
        (WarningCode.MISSING_POSITION, "Coronal  position not certain", "assumed"),
        (WarningCode.ASSUMED_ORIENTATION, "Coronal  position not certain", ""),
        (WarningCode.ASSUMED_SPACING, "Coronal  y -8.0 mm", "assumed"),
        (WarningCode.ASSUMED_RESCALE, "HU ", ""),
    ],
)
def test_what_is_in_doubt_on_any_slice_is_in_doubt_on_a_plane(
    opened: ReviewSnapshot, code: WarningCode, line: str, note: str
) -> None:
    """A warning that names one file alone: the plane goes through that slice too."""
    assert opened.series is not None
    warning = SeriesWarning(code, "As it is.", files=("3.dcm",))
    doubtful = replace(opened, series=replace(opened.series, warnings=(warning,)))
    snapshot = with_planes(doubtful)
    found = [text for text in lines_of(snapshot, (3, 7)) if text.startswith(line)]
    assert found
    if code is WarningCode.ASSUMED_RESCALE:
        assert found[0].endswith(", scale assumed")
    assert snapshot.series is not None
    assert plane_length_note(snapshot.series) == note


def test_planes_that_cannot_be_say_why_in_their_place(opened: ReviewSnapshot, shown: Shown) -> None:
    refused = replace(opened, shows_planes=True, planes_refusal="One slice alone has no other")
    view = shown(PlaneView(ReviewState(refused), CORONAL), SIZE, SIZE)
    image = grabbed(view)
    assert len({image.pixelColor(SIZE // 2, y).name() for y in range(SIZE)}) > 2
    assert view.placement is None


def test_the_column_shows_the_planes_that_the_slices_do_not(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    assert opened.geometry is not None
    state = ReviewState(opened)
    column = shown(PlaneColumn(state), SIZE, 2 * SIZE)
    assert [kind for kind, view in column.views.items() if view.isVisible()] == [CORONAL, SAGITTAL]
    coronal = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
    state.update(geometry=replace(opened.geometry, directions=coronal))
    visible = [kind for kind, view in column.views.items() if view.isVisible()]
    assert visible == [PlaneKind.AXIAL, SAGITTAL]


def test_text_over_a_plane_can_be_hidden_and_letters_stay(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(with_planes(opened, window=Window(1.0, 5000.0)))
    view = shown(PlaneView(state, CORONAL), SIZE, SIZE)
    assert has_text(view, 10, SIZE - 30)
    state.update(shows_corner_text=False)
    assert not has_text(view, 10, SIZE - 30)
    assert has_text(view, 4, SIZE // 2 - 12)


def has_text(view: QWidget, left: int, top: int) -> bool:
    image = grabbed(view).copy(left, top, 120, 24)
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(image.pixelColor(x, y).name().upper() == PALETTE.text for x, y in places)
