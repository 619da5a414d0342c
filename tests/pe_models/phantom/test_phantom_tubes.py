"""Tubes on slices agree with tubes at points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pe_models.phantom.shapes import Canvas, coverage
from pe_models.phantom.tubes import (
    FAR_MM,
    blurred_distance_on,
    distance_at,
    distance_on,
    joined,
    smooth_path,
    tube,
)


def _canvas(z: float) -> Canvas:
    x = np.arange(-30, 31, 1.5, dtype=np.float32)[None, :]
    y = np.arange(-20, 24, 1.1, dtype=np.float32)[:, None]
    return Canvas(x, y, z, 1.0, np.zeros((y.size, x.size), np.float32))


_POINT = st.tuples(st.floats(-35, 35), st.floats(-25, 25), st.floats(-15, 15))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_POINT, min_size=2, max_size=6, unique=True),
    st.floats(0.5, 8),
    st.floats(0.5, 8),
    st.floats(-12, 12),
)
def test_a_slice_of_tubes_has_the_distances_of_its_points(
    points: list[tuple[float, float, float]], first: float, last: float, z: float
) -> None:
    tubes = tube(points, np.linspace(first, last, len(points)))
    canvas = _canvas(z)
    on_slice = distance_on(canvas, tubes, margin_mm=4.0)
    x, y = np.broadcast_arrays(canvas.x, canvas.y)
    grid = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, z)]).astype(np.float32)
    exact = distance_at(grid, tubes).reshape(x.shape)
    near = exact < 3.9
    assert np.allclose(on_slice[near], exact[near], atol=2e-2)
    assert (on_slice >= exact - 2e-2).all()


def test_far_from_all_tubes_the_field_says_far() -> None:
    tubes = tube([(0, 0, 100), (0, 0, 120)], 3.0)
    assert (distance_on(_canvas(0.0), tubes, margin_mm=4.0) == FAR_MM).all()


def test_a_capsule_measures_as_in_a_textbook() -> None:
    tubes = tube([(0, 0, 0), (10, 0, 0)], [2.0, 4.0])
    points = np.array([[5, 8, 0], [-6, 0, 0], [10, 0, 9]], np.float32)
    assert distance_at(points, tubes).tolist() == pytest.approx([8 - 3, 6 - 2, 9 - 4])


def test_a_smooth_path_passes_through_its_knots() -> None:
    knots = np.array([(0, 0, 0), (10, 5, 2), (14, 20, -6), (30, 22, -9)], float)
    points, radii = smooth_path(knots, [4, 3, 2, 1], step_mm=3.0)
    for knot, radius in zip(knots, (4, 3, 2, 1), strict=True):
        nearest = int(np.argmin(np.linalg.norm(points - knot, axis=1)))
        assert points[nearest] == pytest.approx(knot, abs=1e-4)
        assert radii[nearest] == pytest.approx(radius, abs=1e-4)
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() < 5.0


def test_joined_tubes_keep_their_owners() -> None:
    both = joined([tube([(0, 0, 0), (1, 0, 0)], 1.0, owner=3), tube([(9, 0, 0), (8, 0, 0)], 2.0)])
    assert both.owner.tolist() == [3, 0]
    assert both.where(both.owner == 3).start_radius.tolist() == [1.0]


def test_a_thick_tube_is_blurred_to_itself() -> None:
    tubes = tube([(0, 0, -20), (0, 0, 20)], 5.0)
    canvas = _canvas(0.0)
    plain = coverage(distance_on(canvas, tubes, margin_mm=2.0), canvas.edge_mm)
    blurred = coverage(blurred_distance_on(canvas, tubes), canvas.edge_mm)
    assert np.allclose(plain, blurred, atol=1e-3)


def test_a_thin_tube_is_drawn_faint_and_as_wide_as_the_blur() -> None:
    step = np.arange(-3, 3.01, 0.25, dtype=np.float32)
    canvas = Canvas(step[None, :], step[:, None], 0.0, 1.0, np.zeros((25, 25), np.float32))
    peak = []
    for radius in (0.15, 0.3, 0.6):
        tubes = tube([(0, 0, -20), (0, 0, 20)], radius)
        cover = coverage(blurred_distance_on(canvas, tubes), canvas.edge_mm)
        peak.append(float(cover.max()))
        sigma = canvas.edge_mm / np.sqrt(12)
        assert peak[-1] == pytest.approx(1 - np.exp(-(radius**2) / (2 * sigma**2)), rel=0.25)
    assert peak == sorted(peak)
