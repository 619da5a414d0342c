"""Where a slice lies in a view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_viewer.display.placement import Frame, Placement, nice_length_mm

frames = st.builds(
    Frame,
    shape=st.tuples(st.integers(1, 700), st.integers(1, 700)),
    spacing_mm=st.tuples(st.floats(0.2, 5.0), st.floats(0.2, 5.0)),
    flips_rows=st.booleans(),
    flips_cols=st.booleans(),
    is_transposed=st.booleans(),
)
sizes = st.tuples(st.floats(50, 3000), st.floats(50, 3000))
WIDE = Frame(shape=(40, 60), spacing_mm=(2.0, 1.0))


@given(frames, sizes, st.floats(0.5, 20.0), st.floats(-100, 800), st.floats(-100, 800))
def test_a_point_of_the_view_leads_to_its_pixel_and_back(
    frame: Frame, size: tuple[float, float], zoom: float, x: float, y: float
) -> None:
    placement = Placement.fitted(frame, size, zoom=zoom)
    assert placement.to_view(*placement.to_pixel(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(frames, sizes)
def test_a_fitted_slice_touches_two_edges_and_lies_inside(
    frame: Frame, size: tuple[float, float]
) -> None:
    left, top, width, height = Placement.fitted(frame, size).rectangle()
    assert left == pytest.approx((size[0] - width) / 2, abs=1e-6)
    assert top == pytest.approx((size[1] - height) / 2, abs=1e-6)
    assert max(width / size[0], height / size[1]) == pytest.approx(1.0)


def test_pixels_that_are_not_square_are_drawn_in_millimetres() -> None:
    """40 rows of 2 mm and 60 cols of 1 mm: 80 x 60 mm, so the height decides."""
    placement = Placement.fitted(WIDE, (400.0, 400.0))
    assert placement.pixel_size == pytest.approx((10.0, 5.0))
    assert placement.rectangle() == pytest.approx((50.0, 0.0, 300.0, 400.0))


def test_flips_swap_the_edges() -> None:
    flipped = Frame((40, 60), (1.0, 1.0), flips_rows=True, flips_cols=True)
    placement = Placement.fitted(flipped, (60.0, 40.0))
    assert placement.pixel_at(0.4, 0.4) == (39, 59)
    assert placement.pixel_at(59.6, 39.6) == (0, 0)


def test_zoom_enlarges_about_the_chosen_centre() -> None:
    placement = Placement.fitted(WIDE, (400.0, 400.0), zoom=2.0, centre_row_col=(10.0, 50.0))
    assert placement.to_view(10.0, 50.0) == (200.0, 200.0)
    assert placement.pixel_size == pytest.approx((20.0, 10.0))


def test_outside_the_slice_there_is_no_pixel() -> None:
    placement = Placement.fitted(WIDE, (400.0, 400.0))
    assert placement.pixel_at(49.0, 200.0) is None
    assert placement.pixel_at(51.0, 399.0) == (39, 0)


@pytest.mark.parametrize(
    ("most", "expected"), [(0.4, 1), (1.9, 1), (4.9, 2), (49.0, 20), (50.0, 50), (180.0, 100)]
)
def test_the_scale_bar_has_a_round_length(most: float, expected: float) -> None:
    assert nice_length_mm(most) == expected
