"""Where a slice lies in a view: stored pixels <-> the view's coordinates, in true proportions."""

from dataclasses import dataclass
from typing import Self

MIN_ZOOM = 0.1
MAX_ZOOM = 20.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be placed: (rows, cols) of a slice, mm of a pixel, and how it is turned."""

    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    flips_rows: bool = False
    flips_cols: bool = False
    is_transposed: bool = False

    @property
    def extent_mm(self) -> tuple[float, float]:
        """Height and width on screen."""
        (rows, cols), (row_mm, col_mm) = self.shape, self.spacing_mm
        extent = rows * row_mm, cols * col_mm
        return extent[::-1] if self.is_transposed else extent


@dataclass(frozen=True, slots=True)
class Placement:
    """A slice in a view of ``width`` x ``height``.

    The pixel (row, col) is a rectangle around its centre; ``row`` and ``col`` are fractional.
    ``scale`` is units of the view per mm, the same across and down. ``centre`` is the pixel in the
    middle of the view.
    """

    frame: Frame
    width: float
    height: float
    scale: float
    centre: tuple[float, float]

    @classmethod
    def fitted(
        cls,
        frame: Frame,
        size: tuple[float, float],
        *,
        zoom: float = 1.0,
        centre_row_col: tuple[float, float] | None = None,
    ) -> Self:
        """The whole slice in a view of ``size`` (width, height) at zoom 1."""
        (rows, cols), (height_mm, width_mm) = frame.shape, frame.extent_mm
        width, height = max(1.0, size[0]), max(1.0, size[1])
        scale = zoom * min(width / width_mm, height / height_mm)
        centre = centre_row_col or ((rows - 1) / 2, (cols - 1) / 2)
        return cls(frame, width, height, scale, centre)

    @property
    def pixel_size(self) -> tuple[float, float]:
        """What one row and one col of the stored slice measure in the view."""
        return self.frame.spacing_mm[0] * self.scale, self.frame.spacing_mm[1] * self.scale

    def to_view(self, row: float, col: float) -> tuple[float, float]:
        """``x`` and ``y`` in the view of a point in the slice."""
        (row_px, col_px), (row_sign, col_sign) = self.pixel_size, self._signs()
        down = row_sign * (row - self.centre[0]) * row_px
        across = col_sign * (col - self.centre[1]) * col_px
        if self.frame.is_transposed:
            down, across = across, down
        return self.width / 2 + across, self.height / 2 + down

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Fractional row and col under a point of the view; may lie outside the slice."""
        (row_px, col_px), (row_sign, col_sign) = self.pixel_size, self._signs()
        across, down = x - self.width / 2, y - self.height / 2
        if self.frame.is_transposed:
            down, across = across, down
        row = self.centre[0] + row_sign * down / row_px
        return row, self.centre[1] + col_sign * across / col_px

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Indices of the pixel under a point of the view; None outside the slice."""
        row, col = (round(value) for value in self.to_pixel(x, y))
        rows, cols = self.frame.shape
        return (row, col) if 0 <= row < rows and 0 <= col < cols else None

    def rectangle(self) -> tuple[float, float, float, float]:
        """``x``, ``y``, width and height of the whole slice in the view."""
        rows, cols = self.frame.shape
        corner = self.to_view(-0.5, -0.5)
        opposite = self.to_view(rows - 0.5, cols - 0.5)
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
        return left, top, right - left, bottom - top

    def _signs(self) -> tuple[int, int]:
        return -1 if self.frame.flips_rows else 1, -1 if self.frame.flips_cols else 1


def zoom_for_pixels(placement: Placement, *, zoom: float, px_per_unit: float) -> float:
    """The zoom at which a stored col is one pixel of the screen wide.

    ``zoom`` is the placement's own; a unit of the view is ``px_per_unit`` pixels of the screen.
    """
    return zoom / (placement.pixel_size[1] * px_per_unit)


def nice_length_mm(most_mm: float) -> float:
    """The longest of 1, 2, 5, 10, 20, 50... mm that is at most ``most_mm``; at least 1."""
    length, steps = 1.0, (2.0, 2.5, 2.0)
    index = 0
    while length * steps[index % 3] <= most_mm:
        length *= steps[index % 3]
        index += 1
    return length
