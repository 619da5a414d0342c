"""The axial view: one slice in true proportions, seen from the feet, with the overlay over it."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from pe_models.findings import Crop
from pe_models.imaging.geometry import Geometry, Triple
from pe_viewer.display.crosshair import point_mm_at, row_col_at
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.measuring import measure_of
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Placement, zoom_for_pixels
from pe_viewer.review import Length, Measure, Point
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.corner_painting import (
    Writing,
    overlay_caution,
    paint_blocks,
    paint_writings,
    side_letters,
    top_note,
)
from pe_viewer.views.picture.corner_text import (
    blocks_of,
    length_note,
    overlay_note,
    sides_are_known,
    value_unit,
)
from pe_viewer.views.picture.crosshair_painting import paint_crosshair
from pe_viewer.views.picture.gestures import zoomed
from pe_viewer.views.picture.label_painting import Label, paint_labels
from pe_viewer.views.picture.measure_painting import (
    measure_labels,
    model_labels,
    model_lines_shown,
    paint_measures,
    paint_model_lines,
)
from pe_viewer.views.picture.paint_counter import PaintCounter
from pe_viewer.views.picture.picture_view import PictureView
from pe_viewer.views.picture.place_painting import paint_places, place_labels, places_shown
from pe_viewer.views.picture.scales import colour_bar_places, paint_colour_bar, paint_scale_bar
from pe_viewer.views.picture.slice_absence import (
    SliceCondition,
    absence_of,
    condition_of,
    paint_absence,
)
from pe_viewer.views.picture.slice_layers import SliceLayers
from pe_viewer.views.picture.text_room import TextRoom

_FRAME_MS: Final = 1000 / 60
"""While painting takes less than this, every slice that is asked for is painted at once."""

_DRAWN_FIELDS: Final = (
    "series",
    "geometry",
    "pixels",
    "volume",
    "slice_index",
    "window",
    "view",
    "overlay",
    "is_inverted",
    "is_smooth",
    "tool",
    "hides_identity",
    "recut",
    "trunk",
    "keymap",
    "shows_corner_text",
    "shows_paint_count",
    "heatmaps",
    "asked_maps",
    "explaining",
    "model",
    "findings",
    "review",
    "voxels",
    "crosshair_mm",
)


class SliceView(PictureView):
    """Draws the current slice, and asks for slices beside what every picture asks for."""

    slice_requested = Signal(int)
    slice_painted = Signal(int)
    measure_made = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__(state)
        self._layers = SliceLayers()
        self.counter = PaintCounter()
        self._measure: Measure | None = None
        self.setObjectName("slice_view")
        self.setAccessibleName("Axial slice")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        state.changed.connect(self._on_changed)

    @property
    def placement(self) -> Placement | None:
        """Where the current slice lies in the view; None while nothing is open."""
        snapshot = self._state.snapshot
        return None if snapshot.geometry is None else self._placed(snapshot, snapshot.geometry)

    @property
    def transform(self) -> ViewTransform:
        return self._state.snapshot.view

    @property
    def crosshair(self) -> tuple[float, float] | None:
        """Row and col where the other planes cross; None while there are none."""
        snapshot = self._state.snapshot
        if snapshot.voxels is None or snapshot.crosshair_mm is None:
            return None
        return row_col_at(snapshot.voxels, snapshot.crosshair_mm)

    def sizeHint(self) -> QSize:
        return QSize(640, 640)

    def paintEvent(self, event: QPaintEvent) -> None:
        snapshot = self._state.snapshot
        self.counter.begin()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(PALETTE.view))
        if snapshot.geometry is None:
            return
        placement = self._placed(snapshot, snapshot.geometry)
        condition = condition_of(snapshot)
        if condition is SliceCondition.SHOWN:
            self._paint_slice(painter, snapshot, placement)
            paint_places(painter, placement, places_shown(snapshot))
            paint_model_lines(painter, placement, model_lines_shown(snapshot))
            paint_measures(painter, placement, self._measures(snapshot))
        else:
            area = QRectF(*placement.rectangle()).intersected(QRectF(self.rect()))
            paint_absence(painter, area, absence_of(snapshot, condition))
        if self.crosshair is not None:
            paint_crosshair(painter, QRectF(self.rect()), placement, self.crosshair)
        self._paint_text(painter, snapshot, snapshot.geometry, placement)
        painter.end()
        self.counter.end(shows_slice=condition is SliceCondition.SHOWN)
        if condition is SliceCondition.SHOWN:
            self.slice_painted.emit(snapshot.slice_index)

    def scroll_by(self, steps: int) -> None:
        """Asks for another slice; toward the reader is toward the feet."""
        self.slice_requested.emit(self._state.snapshot.slice_index + steps)

    def ask_for_actual_size(self) -> None:
        """Asks for one pixel of the screen a stored pixel, about the middle of the view."""
        placement = self.placement
        if placement is not None:
            zoom = zoom_for_pixels(
                placement, zoom=self.transform.zoom, px_per_unit=self.devicePixelRatioF()
            )
            self.ask_for_zoom(zoom / self.transform.zoom)

    def ask_for_zoom(self, factor: float) -> None:
        """Asks for a slice drawn so many times as large, about the middle of the view."""
        placement, middle = self.placement, self.rect().center()
        if placement is not None:
            view = zoomed(self.transform, placement, factor, middle.x(), middle.y())
            self.view_requested.emit(view)

    @property
    def can_measure(self) -> bool:
        """Only what is shown can be measured."""
        return condition_of(self._state.snapshot) is SliceCondition.SHOWN

    @property
    def widths(self) -> tuple[Length, ...]:
        """The reader's widths on the slice in view; none of a signed report can be moved."""
        snapshot = self._state.snapshot
        if not self.can_measure or snapshot.review.sign_off is not None:
            return ()
        here = snapshot.review.measures_on(snapshot.slice_index)
        return tuple(m for m in here if isinstance(m, Length) and m.structure is not None)

    def show_width(self, line: Length) -> None:
        self._measure = line
        self.update()

    def show_measure(self, start: Point, end: Point) -> None:
        snapshot = self._state.snapshot
        self._measure = measure_of(snapshot.tool, snapshot.slice_index, start, end)
        self.update()

    def end_measure(self) -> None:
        measure, self._measure = self._measure, None
        if measure is not None:
            self.measure_made.emit(measure)

    def forget_measure(self) -> None:
        self._measure = None

    def point_mm(self, row: float, col: float) -> Triple | None:
        """Where a pixel of the current slice lies, while other planes are shown."""
        snapshot = self._state.snapshot
        if snapshot.voxels is None:
            return None
        return point_mm_at(snapshot.voxels, snapshot.slice_index, row, col)

    def _placed(self, snapshot: ReviewSnapshot, geometry: Geometry) -> Placement:
        return Placement.fitted(
            self._layers.frame(geometry, snapshot.view),
            (self.width(), self.height()),
            zoom=snapshot.view.zoom,
            centre_row_col=snapshot.view.centre_row_col,
        )

    def _paint_slice(
        self, painter: QPainter, snapshot: ReviewSnapshot, placement: Placement
    ) -> None:
        target = QRectF(*placement.rectangle())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, snapshot.is_smooth)
        painter.drawImage(target, self._layers.slice_image(snapshot))
        overlay = self._layers.overlay(snapshot)
        if overlay is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setClipRect(_within_view(overlay.box, placement))  # clear pixels cost as much
            painter.drawImage(target, overlay.image)
            painter.setClipping(False)

    def _measures(self, snapshot: ReviewSnapshot) -> tuple[Measure, ...]:
        """Those of the review, the region in the trunk, and the one that is being drawn."""
        kept = snapshot.review.measures_on(snapshot.slice_index)
        found = None if snapshot.trunk is None else snapshot.trunk.ellipse
        return (
            *(measure for measure in kept if not _is_moved(measure, self._measure)),
            *(
                more
                for more in (found, self._measure)
                if more is not None and more.slice_index == snapshot.slice_index
            ),
        )

    def _labels(self, snapshot: ReviewSnapshot, placement: Placement) -> tuple[Label, ...]:
        """The words of all that is drawn on a slice, the reader's first; none where none is."""
        if condition_of(snapshot) is not SliceCondition.SHOWN:
            return ()
        unit, note = value_unit(snapshot), length_note(snapshot)
        measures = self._measures(snapshot)
        return (
            *measure_labels(snapshot, placement, measures, unit=unit, note=note),
            *model_labels(snapshot, placement, model_lines_shown(snapshot)),
            *place_labels(placement, places_shown(snapshot)),
        )

    def _paint_text(
        self,
        painter: QPainter,
        snapshot: ReviewSnapshot,
        geometry: Geometry,
        placement: Placement,
    ) -> None:
        """Sides and caution always; the rest where the reader has not hidden it."""
        area, heatmap = QRectF(self.rect()), snapshot.shown_heatmap
        room, staying = TextRoom(area), self._staying(area, snapshot, geometry)
        for writing in staying:
            room.take(writing.bounds)
        if heatmap is not None:
            for place in colour_bar_places(area, heatmap.method):
                room.take(place)
        if snapshot.shows_corner_text:
            cursor = self._cursor
            pixel = None if cursor is None else placement.pixel_at(cursor.x(), cursor.y())
            paint_scale_bar(painter, room, placement, note=length_note(snapshot))
            paint_blocks(painter, room, blocks_of(snapshot, pixel), cursor)
        paint_labels(painter, room, self._labels(snapshot, placement))
        if heatmap is not None:
            paint_colour_bar(painter, area, heatmap.method, snapshot.overlay.least_share)
        paint_writings(painter, staying)

    def _staying(
        self, area: QRectF, snapshot: ReviewSnapshot, geometry: Geometry
    ) -> tuple[Writing, ...]:
        """What nothing else is written over: the sides, the overlay's caution, the count."""
        turned = self._layers.orientation(geometry, snapshot.view)
        letters = side_letters(area, turned, are_known=sides_are_known(snapshot))
        note = overlay_note(snapshot)
        count = (top_note(area, self.counter.text()),) if snapshot.shows_paint_count else ()
        return (*letters, *((overlay_caution(area, note),) if note else ()), *count)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.pixels is None:
            self._layers.clear()
        is_other_slice = old.slice_index != new.slice_index and old.series is new.series
        if is_other_slice and condition_of(new) is SliceCondition.SHOWN:
            self._paint_now()
            return
        is_other_condition = condition_of(new) is not condition_of(old)
        if is_other_condition or any(getattr(old, f) is not getattr(new, f) for f in _DRAWN_FIELDS):
            self.update()

    def _paint_now(self) -> None:
        """Paints the slice before anything else comes, so that none is dropped.

        Qt merges the paints of requests that come together, as after a pause; slices would go
        unseen. Where painting is too slow for that, the newest slice matters more than all.
        """
        self.counter.request()
        if self.isVisible() and self.counter.quickest_ms < _FRAME_MS:
            self.repaint()
        else:
            self.update()


def _within_view(box: Crop, placement: Placement) -> QRect:
    """Where the pixels of ``box`` lie in the view, at least."""
    x0, y0 = placement.to_view(box.row_min - 0.5, box.col_min - 0.5)
    x1, y1 = placement.to_view(box.row_max - 0.5, box.col_max - 0.5)
    return QRectF(QPointF(x0, y0), QPointF(x1, y1)).normalized().toAlignedRect()


def _is_moved(measure: Measure, drawn: Measure | None) -> bool:
    """Whether ``drawn`` is about to take the place of ``measure``: a structure has one width."""
    if not (isinstance(measure, Length) and isinstance(drawn, Length)):
        return False
    return measure.structure is not None and measure.structure is drawn.structure
