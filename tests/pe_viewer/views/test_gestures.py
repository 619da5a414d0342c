"""What dragging and turning the wheel mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.window import Window
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.placement import MAX_ZOOM, MIN_ZOOM, Frame, Placement
from pe_viewer.review import Length
from pe_viewer.views.picture.gestures import (
    CrosshairDrag,
    EndDrag,
    MeasureDrag,
    PanDrag,
    WheelSteps,
    WindowDrag,
    ZoomDrag,
    hold_on_crosshair,
    zoom_of_wheel,
)

SIZE = (600.0, 400.0)
positions = st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1]))


def placed(view: ViewTransform) -> Placement:
    frame = Frame((40, 60), (2.0, 1.0), flips_cols=True)
    return Placement.fitted(frame, SIZE, zoom=view.zoom, centre_row_col=view.centre_row_col)


def test_to_the_right_widens_and_downward_raises_the_centre() -> None:
    drag = WindowDrag(Window(400.0, 100.0), 50.0, 50.0)
    assert drag.at(80.0, 50.0) == Window(430.0, 100.0)
    assert drag.at(50.0, 90.0) == Window(400.0, 140.0)
    assert drag.at(50.0, 50.0) == Window(400.0, 100.0)


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_no_drag_makes_a_window_that_cannot_be(x: float, y: float) -> None:
    window = WindowDrag(Window(1.0, 0.0), 0.0, 0.0).at(x, y)
    assert 1.0 <= window.width_hu <= 8000.0


@given(positions)
def test_panning_keeps_the_pixel_under_the_cursor(to: tuple[float, float]) -> None:
    view = ViewTransform(3.0, (20.0, 30.0))
    held = placed(view).to_pixel(300.0, 200.0)
    moved = PanDrag(view, placed(view), 300.0, 200.0).at(*to)
    assert moved.zoom == 3.0
    inside = 0 < moved.centre_row_col[0] < 39 and 0 < moved.centre_row_col[1] < 59  # type: ignore[index]
    if inside:
        assert placed(moved).to_pixel(*to) == pytest.approx(held, abs=1e-6)


@given(positions, st.floats(-400, 400))
def test_zooming_keeps_the_pixel_where_the_drag_began(at: tuple[float, float], up: float) -> None:
    view = ViewTransform(2.0, (20.0, 30.0))
    held = placed(view).to_pixel(*at)
    zoomed = ZoomDrag(view, placed(view), *at).at(at[0], at[1] - up)
    assert MIN_ZOOM <= zoomed.zoom <= MAX_ZOOM
    inside = 0 < zoomed.centre_row_col[0] < 39 and 0 < zoomed.centre_row_col[1] < 59  # type: ignore[index]
    if inside:
        assert placed(zoomed).to_pixel(*at) == pytest.approx(held, abs=1e-6)


def test_dragging_up_by_200_px_doubles() -> None:
    view = ViewTransform(1.5, None)
    assert ZoomDrag(view, placed(view), 300.0, 300.0).at(0.0, 100.0).zoom == pytest.approx(3.0)


@given(positions, positions)
def test_no_measure_leaves_the_slice(began: tuple[float, float], now: tuple[float, float]) -> None:
    placement = placed(ViewTransform(0.5, (20.0, 30.0)))
    line = Length(0, *MeasureDrag(placement, *began).at(*now))
    moved = EndDrag(placement, line, True, *now).at(*began)
    for row, col in (line.start, line.end, moved.start, moved.end):
        assert -0.5 <= row <= 39.5
        assert -0.5 <= col <= 59.5


def test_a_notch_away_enlarges_and_a_notch_back_undoes_it() -> None:
    assert zoom_of_wheel(120) > 1
    assert zoom_of_wheel(120) * zoom_of_wheel(-120) == pytest.approx(1.0)


def test_a_high_resolution_wheel_steps_once_a_notch() -> None:
    wheel = WheelSteps()
    assert [wheel.turned(-30) for _ in range(8)] == [0, 0, 0, -1, 0, 0, 0, -1]


def test_a_plain_wheel_steps_at_once_and_by_as_many_notches_as_it_turned() -> None:
    wheel = WheelSteps()
    assert wheel.turned(120) == 1
    assert wheel.turned(-360) == -3


def test_turning_back_forgets_what_was_half_turned() -> None:
    wheel = WheelSteps()
    assert wheel.turned(90) == 0
    assert wheel.turned(-120) == -1


@given(positions, positions)
def test_a_crosshair_that_is_dragged_freely_stays_under_the_cursor(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    placement = placed(ViewTransform(2.0))
    found = CrosshairDrag.free(placement, *start).at(*end)
    assert found == pytest.approx(placement.to_pixel(*end))


@pytest.mark.parametrize(
    ("away", "held"),
    [
        ((0.0, 0.0), (True, True)),
        ((10.0, -10.0), (True, True)),
        ((80.0, 3.0), (True, False)),
        ((-3.0, 80.0), (False, True)),
    ],
)
def test_a_line_is_held_alone_and_both_at_the_point(
    away: tuple[float, float], held: tuple[bool, bool]
) -> None:
    placement = placed(ViewTransform())
    x, y = placement.to_view(20.0, 30.0)
    drag = hold_on_crosshair(placement, (20.0, 30.0), x + away[0], y + away[1])
    assert drag is not None
    assert (drag.moves_row, drag.moves_col) == held
    row, col = drag.at(drag.x + 25.0, drag.y + 25.0)
    assert (row != 20.0, col != 30.0) == held


def test_far_from_the_crosshair_nothing_is_held() -> None:
    placement = placed(ViewTransform())
    x, y = placement.to_view(20.0, 30.0)
    assert hold_on_crosshair(placement, (20.0, 30.0), x + 40.0, y + 40.0) is None
