"""What dragging and turning the wheel mean: pure functions of where a gesture began and is now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from pe_models.imaging.window import MIN_WIDTH_HU, Window
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.placement import MAX_ZOOM, MIN_ZOOM, Placement
from pe_viewer.review import Length, Point

WHEEL_NOTCH: Final = 120
"""Qt's angle of one notch of a wheel, in eighths of a degree."""

_MOST_HU: Final = 8000.0
_PX_FOR_WIDTH: Final = 400.0
"""A drag this long changes a window by its own width, so that narrow windows move finely."""
_PX_FOR_TWICE: Final = 200.0
_ZOOM_OF_NOTCH: Final = 1.15
_LEAST_PX_PER_SLICE: Final = 2.0
_MOST_PX_PER_SLICE: Final = 16.0
_HELD_PX: Final = 5.0
"""So near to a line of the crosshair a drag takes hold of it."""
_HELD_AT_POINT_PX: Final = 14.0
_HELD_END_PX: Final = 8.0


@dataclass(frozen=True, slots=True)
class WindowDrag:
    """To the right widens, downward raises the centre."""

    window: Window
    x: float
    y: float

    def at(self, x: float, y: float) -> Window:
        hu_per_px = max(0.5, self.window.width_hu / _PX_FOR_WIDTH)
        width = self.window.width_hu + round((x - self.x) * hu_per_px)
        centre = self.window.centre_hu + round((y - self.y) * hu_per_px)
        return Window(
            min(max(width, MIN_WIDTH_HU), _MOST_HU), min(max(centre, -_MOST_HU), _MOST_HU)
        )


@dataclass(frozen=True, slots=True)
class PanDrag:
    """The pixel that was taken hold of stays under the cursor."""

    view: ViewTransform
    placement: Placement
    x: float
    y: float

    def at(self, x: float, y: float) -> ViewTransform:
        middle = self.placement.width / 2, self.placement.height / 2
        centre = self.placement.to_pixel(middle[0] + self.x - x, middle[1] + self.y - y)
        return replace(self.view, centre_row_col=_inside(centre, self.placement))


@dataclass(frozen=True, slots=True)
class ZoomDrag:
    """Upward enlarges about the point where the drag began."""

    view: ViewTransform
    placement: Placement
    x: float
    y: float

    def at(self, x: float, y: float) -> ViewTransform:
        factor = 2.0 ** ((self.y - y) / _PX_FOR_TWICE)
        return zoomed(self.view, self.placement, factor, self.x, self.y)


@dataclass(frozen=True, slots=True)
class MeasureDrag:
    """From where it began to where it is, both as row and col on the slice."""

    placement: Placement
    x: float
    y: float

    def at(self, x: float, y: float) -> tuple[Point, Point]:
        began, now = self.placement.to_pixel(self.x, self.y), self.placement.to_pixel(x, y)
        return _on_slice(began, self.placement), _on_slice(now, self.placement)


@dataclass(frozen=True, slots=True)
class EndDrag:
    """The end of a line that was taken hold of follows the cursor; ``line`` is the line before."""

    placement: Placement
    line: Length
    holds_start: bool
    x: float
    y: float

    def at(self, x: float, y: float) -> Length:
        began, now = self.placement.to_pixel(self.x, self.y), self.placement.to_pixel(x, y)
        row, col = self.line.start if self.holds_start else self.line.end
        moved = _on_slice((row + now[0] - began[0], col + now[1] - began[1]), self.placement)
        if self.holds_start:
            return replace(self.line, start=moved)
        return replace(self.line, end=moved)


@dataclass(slots=True)
class ScrollDrag:
    """Downward goes toward the feet, a slice every few pixels, so that a hand spans the study."""

    y: float
    px_per_slice: float
    _n_given: int = 0

    @classmethod
    def over(cls, height_px: float, n_slices: int, y: float) -> Self:
        px_per_slice = height_px / max(1, n_slices)
        return cls(y, min(max(px_per_slice, _LEAST_PX_PER_SLICE), _MOST_PX_PER_SLICE))

    def moved_to(self, y: float) -> int:
        """Whole slices since the last call; negative toward the feet."""
        total = -int((y - self.y) / self.px_per_slice)
        steps, self._n_given = total - self._n_given, total
        return steps


@dataclass(frozen=True, slots=True)
class CrosshairDrag:
    """The line that was taken hold of follows the cursor, or both do.

    ``row`` and ``col`` are the crosshair's where the drag began, at (``x``, ``y``).
    """

    placement: Placement
    row: float
    col: float
    x: float
    y: float
    moves_row: bool = True
    moves_col: bool = True

    @classmethod
    def free(cls, placement: Placement, x: float, y: float) -> Self:
        """The point stays under the cursor."""
        return cls(placement, *placement.to_pixel(x, y), x, y)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Row and col of the crosshair."""
        began, now = self.placement.to_pixel(self.x, self.y), self.placement.to_pixel(x, y)
        return (
            self.row + (now[0] - began[0] if self.moves_row else 0.0),
            self.col + (now[1] - began[1] if self.moves_col else 0.0),
        )


Drag = WindowDrag | PanDrag | ZoomDrag | ScrollDrag | MeasureDrag | EndDrag | CrosshairDrag


def hold_on_end(
    placement: Placement, lines: Iterable[Length], x: float, y: float
) -> EndDrag | None:
    """The end of a structure's width that a drag from (x, y) takes hold of; None where it is far.

    Of several the nearest.
    """
    ends = [
        (_away_px(placement, point, x, y), EndDrag(placement, line, holds_start, x, y))
        for line in lines
        if line.structure is not None
        for point, holds_start in ((line.start, True), (line.end, False))
    ]
    away, held = min(ends, key=lambda end: end[0], default=(_HELD_AT_POINT_PX, None))
    return held if away < _HELD_END_PX else None


def _away_px(placement: Placement, point: Point, x: float, y: float) -> float:
    at_x, at_y = placement.to_view(*point)
    return max(abs(x - at_x), abs(y - at_y))


def hold_on_crosshair(
    placement: Placement, crosshair: tuple[float, float], x: float, y: float
) -> CrosshairDrag | None:
    """What of a crosshair (row, col) a drag from (x, y) takes hold of; None where it is far."""
    point_x, point_y = placement.to_view(*crosshair)
    away_x, away_y = abs(x - point_x), abs(y - point_y)
    is_at_point = max(away_x, away_y) <= _HELD_AT_POINT_PX
    moves_row, moves_col = is_at_point or away_y <= _HELD_PX, is_at_point or away_x <= _HELD_PX
    if placement.frame.is_transposed:
        moves_row, moves_col = moves_col, moves_row
    if not (moves_row or moves_col):
        return None
    return CrosshairDrag(placement, *crosshair, x, y, moves_row=moves_row, moves_col=moves_col)


def zoomed(
    view: ViewTransform, placement: Placement, factor: float, x: float, y: float
) -> ViewTransform:
    """``view`` enlarged by ``factor``, the pixel at (x, y) staying where it is."""
    zoom = min(max(view.zoom * factor, MIN_ZOOM), MAX_ZOOM)
    held = placement.to_pixel(x, y)
    enlarged = replace(placement, scale=placement.scale * zoom / view.zoom, centre=held)
    middle = placement.width / 2, placement.height / 2
    centre = enlarged.to_pixel(2 * middle[0] - x, 2 * middle[1] - y)
    return replace(view, zoom=zoom, centre_row_col=_inside(centre, placement))


def zoom_of_wheel(angle: float) -> float:
    """The factor of a turn of the wheel; away from the reader enlarges."""
    return float(_ZOOM_OF_NOTCH ** (angle / WHEEL_NOTCH))


@dataclass(slots=True)
class WheelSteps:
    """Collects the small turns of a high-resolution wheel into whole slices."""

    _angle: int = 0

    def turned(self, angle: int) -> int:
        """Whole notches that are complete now; negative toward the reader."""
        if angle * self._angle < 0:
            self._angle = 0  # a turn back starts afresh, so that it answers at once
        self._angle += angle
        steps = int(self._angle / WHEEL_NOTCH)
        self._angle -= steps * WHEEL_NOTCH
        return steps


def _on_slice(point: Point, placement: Placement) -> Point:
    """The nearest point of the slice, whose first pixel begins half a pixel before its middle."""
    rows, cols = placement.frame.shape
    return min(max(point[0], -0.5), rows - 0.5), min(max(point[1], -0.5), cols - 0.5)


def _inside(centre: tuple[float, float], placement: Placement) -> tuple[float, float]:
    """The nearest centre that keeps the middle of the view on the slice."""
    rows, cols = placement.frame.shape
    return min(max(centre[0], 0.0), rows - 1.0), min(max(centre[1], 0.0), cols - 1.0)
