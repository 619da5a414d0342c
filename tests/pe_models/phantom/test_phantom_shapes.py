"""Distance fields of the solids, and textures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.phantom.shapes import Canvas, coverage, ellipsoid, segment, smooth_union
from pe_models.phantom.texture import Texture


def _canvas(x_mm: np.ndarray, y_mm: np.ndarray, z: float) -> Canvas:
    x = x_mm.astype(np.float32)[None, :]
    y = y_mm.astype(np.float32)[:, None]
    return Canvas(x, y, z, 1.0, np.zeros((y.size, x.size), np.float32))


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50), st.floats(1, 30))
def test_a_sphere_measures_the_euclidean_distance(x: float, y: float, z: float, r: float) -> None:
    point = np.array([x]), np.array([y]), np.array([z])
    expected = np.sqrt(x * x + y * y + z * z) - r
    assert ellipsoid(*point, (0.0, 0.0, 0.0), (r, r, r))[0] == pytest.approx(expected, abs=1e-2)


def test_a_turned_ellipsoid_ends_where_its_radii_say() -> None:
    axes = ((0.0, 0.6, 0.8), (1.0, 0.0, 0.0), (0.0, -0.8, 0.6))
    radii = (30.0, 10.0, 5.0)
    for axis, radius in zip(np.array(axes), radii, strict=True):
        x, y, z = (axis * radius)[:, None] + np.array([[1.0], [2.0], [3.0]])
        assert ellipsoid(x, y, z, (1.0, 2.0, 3.0), radii, axes)[0] == pytest.approx(0, abs=1e-4)


def test_coverage_is_half_on_the_surface_and_whole_one_edge_apart() -> None:
    cover = coverage(np.array([-2.0, -1.0, 0.0, 1.0, 2.0], np.float32), 2.0)
    assert cover.tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_a_smooth_union_holds_at_least_both_and_little_more(a: float, b: float) -> None:
    joined = smooth_union(np.array([a]), np.array([b]), 8.0)[0]
    assert min(a, b) - 2.0 - 1e-9 <= joined <= min(a, b) + 1e-9  # blend / 4 at most


def test_a_segment_tells_distance_and_place() -> None:
    distance, along = segment(np.array([5.0, -3.0]), np.array([4.0, 0.0]), (0.0, 0.0), (10.0, 0.0))
    assert distance.tolist() == pytest.approx([4.0, 3.0])
    assert along.tolist() == pytest.approx([0.5, 0.0])


def test_painting_a_box_of_the_canvas_paints_the_canvas() -> None:
    canvas = _canvas(np.arange(20.0), np.arange(12.0), 0.0)
    part = canvas.box((4.0, 9.0), (2.0, 5.0))
    part.paint(np.full(part.hu.shape, -5.0, np.float32), 70.0)
    expected = np.zeros((12, 20), np.float32)
    expected[2:5, 4:9] = 70.0
    assert np.array_equal(canvas.hu, expected)


def test_texture_belongs_to_the_place_and_not_to_the_grid() -> None:
    texture = Texture.make(1, "any", 5.0)
    wide = texture.on(_canvas(np.arange(-40.0, 40.0), np.arange(-30.0, 30.0), 12.3))
    part = texture.on(_canvas(np.arange(-10.0, 10.0), np.arange(5.0, 15.0), 12.3))
    assert np.allclose(wide[35:45, 30:50], part, atol=1e-4)


def test_texture_has_about_unit_variance_at_every_level() -> None:
    texture = Texture.make(2, "any", 4.0)
    grid = np.arange(0.0, 250.0, 0.7)
    for z in (0.0, 1.0, 2.0, 3.1):
        values = texture.on(_canvas(grid, grid, z))
        assert abs(values.mean()) < 0.1
        assert 0.8 < values.std() < 1.25
