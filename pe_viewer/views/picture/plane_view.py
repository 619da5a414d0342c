"""One of the other planes: the picture that was cut last, in true proportions."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent

from pe_models.imaging.geometry import Triple
from pe_models.imaging.reslice import Reslice
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.placement import Frame, Placement
from pe_viewer.display.plane_image import render_plane
from pe_viewer.display.planes import PlaneKind, plane_orientation
from pe_viewer.display.warning_places import Doubt
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.picture.corner_painting import (
    paint_blocks,
    paint_writings,
    side_letters,
)
from pe_viewer.views.picture.crosshair_painting import paint_crosshair
from pe_viewer.views.picture.kept_image import KeptImage
from pe_viewer.views.picture.picture_view import PictureView
from pe_viewer.views.picture.plane_text import plane_blocks, plane_length_note, series_doubts
from pe_viewer.views.picture.scales import paint_scale_bar
from pe_viewer.views.picture.slice_absence import Absence, paint_absence
from pe_viewer.views.picture.text_room import TextRoom
from pe_viewer.views.qimages import grey_image, rgba_image

_SCALE_BELOW_PX: Final = 66
_DRAWN_FIELDS: Final = (
    "reslices", "plane_views", "crosshair_mm", "window", "is_inverted", "shows_corner_text",
    "planes_refusal", "series",
)  # fmt: skip


class PlaneView(PictureView):
    """Draws one kind of plane; asks for another with the wheel."""

    step_requested = Signal(int)

    def __init__(self, state: ReviewState, kind: PlaneKind) -> None:
        super().__init__(state)
        self._kind = kind
        self._picture = KeptImage()
        self.setObjectName(f"{kind.name.lower()}_view")
        self.setAccessibleName(f"{kind.value} plane")
        state.changed.connect(self._on_changed)

    @property
    def placement(self) -> Placement | None:
        """Where the plane's picture lies in the view; None while there is none."""
        reslice = self._reslice
        if reslice is None:
            return None
        spacing_mm = (reslice.plane.spacing_mm, reslice.plane.spacing_mm)
        return Placement.fitted(
            Frame(reslice.plane.shape, spacing_mm),
            (self.width(), self.height()),
            zoom=self.transform.zoom,
            centre_row_col=self.transform.centre_row_col,
        )

    @property
    def transform(self) -> ViewTransform:
        return self._state.snapshot.plane_views.get(self._kind, ViewTransform())

    @property
    def crosshair(self) -> tuple[float, float] | None:
        """Row and col, in the plane's picture, of the point that all planes go through."""
        reslice, point_mm = self._reslice, self._state.snapshot.crosshair_mm
        if reslice is None or point_mm is None:
            return None
        row, col = reslice.plane.to_pixel(point_mm).tolist()
        return row, col

    def point_mm(self, row: float, col: float) -> Triple | None:
        """Where a pixel of the plane's picture lies."""
        reslice = self._reslice
        if reslice is None:
            return None
        x, y, z = reslice.plane.to_patient_mm((row, col)).tolist()
        return x, y, z

    def scroll_by(self, steps: int) -> None:
        """Asks for another plane of this kind; toward the reader is toward right, front, feet."""
        self.step_requested.emit(steps)

    def sizeHint(self) -> QSize:
        return QSize(400, 320)

    def paintEvent(self, event: QPaintEvent) -> None:
        snapshot, area = self._state.snapshot, QRectF(self.rect())
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(PALETTE.view))
        reslice, placement = self._reslice, self.placement
        if snapshot.planes_refusal:
            absence = Absence(f"No {self._kind.value.lower()} plane", snapshot.planes_refusal)
            paint_absence(painter, area, absence)
        elif reslice is not None and placement is not None:
            self._paint_plane(painter, reslice, placement)
            if self.crosshair is not None:
                paint_crosshair(painter, area, placement, self.crosshair)
            self._paint_text(painter, reslice, placement)
        painter.end()

    @property
    def _reslice(self) -> Reslice | None:
        return self._state.snapshot.reslices.get(self._kind)

    def _paint_plane(self, painter: QPainter, reslice: Reslice, placement: Placement) -> None:
        target, image = QRectF(*placement.rectangle()), self._image_of(reslice)
        if image.hasAlphaChannel():
            hatched = target.intersected(QRectF(self.rect()))
            painter.fillRect(hatched, QBrush(QColor(PALETTE.line), Qt.BrushStyle.BDiagPattern))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, image)

    def _image_of(self, reslice: Reslice) -> QImage:
        window, is_inverted = self._state.snapshot.window, self._state.snapshot.is_inverted

        def make() -> QImage:
            picture = render_plane(reslice, window, invert=is_inverted)
            return grey_image(picture) if picture.ndim == 2 else rgba_image(picture)

        return self._picture.image((reslice, window, is_inverted), make)

    def _paint_text(self, painter: QPainter, reslice: Reslice, placement: Placement) -> None:
        """Sides always; the rest where the reader has not hidden it."""
        snapshot, area, cursor = self._state.snapshot, QRectF(self.rect()), self._cursor
        if snapshot.series is None:
            return
        are_known = Doubt.SIDES not in series_doubts(snapshot.series)
        letters = side_letters(area, plane_orientation(reslice.plane), are_known=are_known)
        room = TextRoom(area)
        for letter in letters:
            room.take(letter.bounds)
        if snapshot.shows_corner_text:
            pixel = None if cursor is None else placement.pixel_at(cursor.x(), cursor.y())
            note = plane_length_note(snapshot.series)
            paint_scale_bar(painter, room, placement, note=note, below_px=_SCALE_BELOW_PX)
            paint_blocks(painter, room, plane_blocks(snapshot, self._kind, pixel), cursor)
        paint_writings(painter, letters)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if self._kind not in new.reslices:
            self._picture.clear()
        if any(getattr(old, name) is not getattr(new, name) for name in _DRAWN_FIELDS):
            self.update()
