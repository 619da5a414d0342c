"""All eight ways a slice can lie on screen: picture, places and letters agree in each."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.imaging.geometry import Geometry
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.orientation import view_orientation
from pe_viewer.display.placement import Frame, Placement, zoom_for_pixels

AXIAL = Geometry.axial((3, 40, 60), (1.25, 0.7, 0.8))
MIRRORED_STORE = replace(AXIAL, directions=((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)))
VIEWS = [ViewTransform(quarter_turns=t, is_mirrored=m) for t in range(4) for m in (False, True)]
LETTERS = {
    (0, False): "RLAP", (1, False): "PARL", (2, False): "LRPA", (3, False): "APLR",
    (0, True): "LRAP", (1, True): "PALR", (2, True): "RLPA", (3, True): "APRL",
}  # fmt: skip
"""Left, right, top, bottom: written down by turning a printed slice by hand."""


def drawn(view: ViewTransform, geometry: Geometry) -> tuple[Placement, np.ndarray]:
    """The placement at four times a pixel, and the picture, of slices whose pixels all differ."""
    laid = view_orientation(geometry, view)
    frame = Frame((40, 60), (1.0, 1.0), laid.flips_rows, laid.flips_cols, laid.is_transposed)
    picture = laid.turn(np.arange(2400).reshape(40, 60))
    return Placement.fitted(frame, (4.0 * picture.shape[1], 4.0 * picture.shape[0])), picture


@pytest.mark.parametrize("geometry", [AXIAL, MIRRORED_STORE])
@pytest.mark.parametrize("view", VIEWS)
def test_every_pixel_of_the_picture_lies_where_the_placement_says(
    view: ViewTransform, geometry: Geometry
) -> None:
    placement, picture = drawn(view, geometry)
    for y, x in ((0, 0), (3, 17), (11, 5), (picture.shape[0] - 1, picture.shape[1] - 1)):
        pixel = placement.pixel_at(4.0 * x + 2.0, 4.0 * y + 2.0)
        assert pixel is not None
        assert picture[y, x] == pixel[0] * 60 + pixel[1]


@pytest.mark.parametrize("geometry", [AXIAL, MIRRORED_STORE])
@pytest.mark.parametrize("view", VIEWS)
def test_the_letters_turn_with_the_picture(view: ViewTransform, geometry: Geometry) -> None:
    laid = view_orientation(geometry, view)
    shown = laid.left + laid.right + laid.top + laid.bottom
    assert shown == LETTERS[view.quarter_turns, view.is_mirrored]


@pytest.mark.parametrize("view", VIEWS)
def test_turns_and_mirrors_are_those_of_the_screen(view: ViewTransform) -> None:
    _, before = drawn(view, AXIAL)
    assert np.array_equal(drawn(view.turned(), AXIAL)[1], np.rot90(before, -1))
    assert np.array_equal(drawn(view.mirrored(), AXIAL)[1], before[:, ::-1])


def test_fitting_keeps_how_the_picture_lies() -> None:
    view = ViewTransform(3.0, (5.0, 7.0), 1, True)
    assert view.fitted() == ViewTransform(quarter_turns=1, is_mirrored=True)
    assert view.is_turned
    assert not ViewTransform(3.0).is_turned


def test_one_to_one_is_a_pixel_of_the_screen_a_stored_col() -> None:
    """60 cols fitted into 300 units of 2 pixels: ten pixels a col, so a tenth of the zoom."""
    placement = Placement.fitted(Frame((40, 60), (1.0, 1.0)), (300.0, 300.0), zoom=1.0)
    assert zoom_for_pixels(placement, zoom=1.0, px_per_unit=2.0) == pytest.approx(0.1)
