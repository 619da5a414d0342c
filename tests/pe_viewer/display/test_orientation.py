"""How a slice lies on screen, and the letters at its edges."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.imaging.geometry import Geometry, Triple
from pe_viewer.display.orientation import position_axis, reading_orientation, side_letters

AXIAL = Geometry.axial((3, 40, 60), (1.25, 0.7, 0.8))
UP: Triple = (0.0, 0.0, 1.0)


def turned(row_axis: Triple, col_axis: Triple, slice_axis: Triple = UP) -> Geometry:
    return replace(AXIAL, directions=(slice_axis, row_axis, col_axis))


def test_the_usual_axial_slice_lies_as_it_is_stored() -> None:
    orientation = reading_orientation(AXIAL)

    assert (orientation.flips_rows, orientation.flips_cols) == (False, False)
    letters = (orientation.left, orientation.right, orientation.top, orientation.bottom)
    assert letters == ("R", "L", "A", "P")


@pytest.mark.parametrize("row_sign", [1.0, -1.0])
@pytest.mark.parametrize("col_sign", [1.0, -1.0])
def test_an_axial_slice_is_read_from_the_feet_however_it_is_stored(
    row_sign: float, col_sign: float
) -> None:
    """An arrow drawn toward the patient's left and front ends in the same corner of the screen."""
    geometry = turned((0.0, row_sign, 0.0), (col_sign, 0.0, 0.0))
    orientation = reading_orientation(geometry)
    stored = np.zeros((40, 60))
    stored[0 if row_sign > 0 else -1, -1 if col_sign > 0 else 0] = 1.0

    assert orientation.turn(stored)[0, -1] == 1.0
    letters = (orientation.left, orientation.right, orientation.top, orientation.bottom)
    assert letters == ("R", "L", "A", "P")


def test_colours_turn_with_their_pixels() -> None:
    orientation = reading_orientation(turned((0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)))
    colours = np.arange(24).reshape(2, 4, 3)

    assert np.array_equal(orientation.turn(colours), colours[::-1, ::-1])


def test_a_sagittal_slice_keeps_its_place_and_says_what_it_is() -> None:
    orientation = reading_orientation(turned((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)))

    assert (orientation.flips_rows, orientation.flips_cols) == (False, False)
    letters = (orientation.left, orientation.right, orientation.top, orientation.bottom)
    assert letters == ("A", "P", "H", "F")


@pytest.mark.parametrize(
    ("row_axis", "col_axis", "slice_axis", "axis"),
    [
        ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), UP, "z"),
        ((0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "y"),
        ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), "x"),
        ((0.0, 0.8, 0.6), (1.0, 0.0, 0.0), (0.0, -0.6, 0.8), "z"),
    ],
)
def test_a_position_is_told_along_the_axis_that_the_slices_lie_across(
    row_axis: Triple, col_axis: Triple, slice_axis: Triple, axis: str
) -> None:
    assert position_axis(turned(row_axis, col_axis, slice_axis)) == axis


@pytest.mark.parametrize(
    ("degrees", "letters"), [(0, "L"), (14, "L"), (16, "LP"), (44, "LP"), (46, "PL"), (90, "P")]
)
def test_a_second_letter_comes_with_15_degrees(degrees: float, letters: str) -> None:
    angle = np.radians(degrees)

    assert side_letters(np.array([np.cos(angle), np.sin(angle), 0.0])) == letters
