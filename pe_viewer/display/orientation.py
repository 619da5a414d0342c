"""How an axial slice lies on screen: seen from the feet, the patient's right at the left.

From the Geometry's directions alone (ImageOrientationPatient), never from PatientPosition.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_viewer.display.looks import ViewTransform

_SIDES: Final = (("R", "L"), ("A", "P"), ("F", "H"))
"""Toward the negative and the positive end of x, y and z (LPS; PS3.3 C.7.6.1.1.1)."""

_NAMED_FROM: Final = 0.259
"""The sine of 15 degrees: a direction that leans less toward a side is not named after it."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored slice is laid on screen, and the sides at its edges then.

    The stored rows and cols are reversed where they flip; then, where it is transposed, rows run
    across the screen and cols down it.
    """

    flips_rows: bool
    flips_cols: bool
    left: str
    right: str
    top: str
    bottom: str
    is_transposed: bool = False

    def turn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """``pixels`` (row, col, ...) as they lie on screen: a view, not a copy."""
        step_row, step_col = (-1 if flip else 1 for flip in (self.flips_rows, self.flips_cols))
        laid = pixels[::step_row, ::step_col]
        return laid.swapaxes(0, 1) if self.is_transposed else laid

    def turned(self) -> "Orientation":
        """A quarter turn clockwise on screen: what ran down runs toward the left."""
        return replace(
            self,
            flips_rows=self.flips_rows == self.is_transposed,
            flips_cols=self.flips_cols != self.is_transposed,
            is_transposed=not self.is_transposed,
            top=self.left,
            right=self.top,
            bottom=self.right,
            left=self.bottom,
        )

    def mirrored(self) -> "Orientation":
        """Left for right on screen."""
        return replace(
            self,
            flips_rows=self.flips_rows != self.is_transposed,
            flips_cols=self.flips_cols == self.is_transposed,
            left=self.right,
            right=self.left,
        )


def reading_orientation(geometry: Geometry) -> Orientation:
    """Rows toward posterior and cols toward the patient's left, where the slices are axial.

    Slices in another plane keep their stored orientation; the letters tell what it is.
    """
    _, row_axis, col_axis = np.asarray(geometry.directions, dtype=np.float64)
    flips_rows = bool(np.argmax(np.abs(row_axis)) == 1 and row_axis[1] < 0)
    flips_cols = bool(np.argmax(np.abs(col_axis)) == 0 and col_axis[0] < 0)
    down = -row_axis if flips_rows else row_axis
    right = -col_axis if flips_cols else col_axis
    return Orientation(
        flips_rows,
        flips_cols,
        left=side_letters(-right),
        right=side_letters(right),
        top=side_letters(-down),
        bottom=side_letters(down),
    )


def view_orientation(geometry: Geometry, view: ViewTransform) -> Orientation:
    """The reading position, mirrored and turned as the reader has it."""
    laid = reading_orientation(geometry)
    if view.is_mirrored:
        laid = laid.mirrored()
    for _ in range(view.quarter_turns):
        laid = laid.turned()
    return laid


def position_axis(geometry: Geometry) -> str:
    """The patient axis that positions along the slices are told by: x, y or z (LPS).

    The one nearest to the slices' normal, toward whose positive end slices are counted.
    """
    return "xyz"[int(np.argmax(np.abs(geometry.normal)))]


def side_letters(direction: NDArray[np.float64]) -> str:
    """The sides that a unit vector (LPS) points to, the foremost first, such as ``L`` or ``LP``."""
    order = np.argsort(-np.abs(direction), kind="stable")
    named = [axis for axis in order if abs(direction[axis]) >= _NAMED_FROM]
    return "".join(_SIDES[axis][int(direction[axis] > 0)] for axis in named)
